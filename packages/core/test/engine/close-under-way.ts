import { fileURLToPath } from 'node:url';
import { resultOf } from '../../src/engine/job-map.js';
import { WorkerPool } from '../../src/engine/pool.js';

// A program that ends as a command-line tool does: cancelled, it waits for the pool to close, then prints that it has.
const pool = new WorkerPool({
  workerPath: fileURLToPath(new URL('./fake-worker.mjs', import.meta.url)),
  settings: { modelDirectory: 'fake', threads: 1, runtime: 'auto' },
  workers: 1,
  queueLimit: 1,
  queueBytes: Number.POSITIVE_INFINITY,
  queuePolicy: 'wait',
  stallSeconds: 60,
});
await pool.warmUp();
const controller = new AbortController();
const source = { kind: 'file', path: 'slow', name: 'slow' } as const;
const input = {
  name: 'slow',
  sizeBytes: 0,
  replayable: true,
  live: false,
  prepare: () => Promise.resolve({ source, dispose: () => Promise.resolve() }),
};
resultOf(pool.run({ kind: 'embed', settings: {}, input, replayable: true, signal: controller.signal })).catch(
  () => undefined,
);
setTimeout(async () => {
  controller.abort();
  // The worker's answer lies unread while the pool closes, and is read before the worker's end is.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
  await pool.close();
  console.log('closed');
}, 100);
