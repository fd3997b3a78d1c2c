import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { InputPlan, PreparedInput } from '../../src/engine/input.js';
import { resultOf } from '../../src/engine/job-map.js';
import { type PoolJob, type PoolOptions, WorkerPool } from '../../src/engine/pool.js';
import type { JobSource } from '../../src/engine/protocol.js';
import { isEcapaError } from '../../src/errors.js';

const FAKE_WORKER = fileURLToPath(new URL('./fake-worker.mjs', import.meta.url));
const open: WorkerPool[] = [];

function createPool(options: Partial<PoolOptions> = {}, modelDirectory = 'fake'): WorkerPool {
  const pool = new WorkerPool({
    workerPath: FAKE_WORKER,
    settings: { modelDirectory, threads: 1, runtime: 'auto' },
    workers: 1,
    queueLimit: 100,
    queueBytes: Number.POSITIVE_INFINITY,
    queuePolicy: 'wait',
    stallSeconds: 60,
    ...options,
  });
  open.push(pool);
  return pool;
}

function plan(source: JobSource, more: Partial<InputPlan & PreparedInput> = {}): InputPlan {
  const { pieces, dispose = () => Promise.resolve(), ...rest } = more;
  const prepared = { source, ...(pieces && { pieces }), dispose };
  const prepare = () => Promise.resolve(prepared);
  return { name: source.name, sizeBytes: 0, replayable: true, live: false, prepare, ...rest };
}

type TestJob = PoolJob<'classify'>;

/** Runs a job of the fake worker, which looks at nothing but the name of its file. */
function run(
  pool: WorkerPool,
  job: string | InputPlan,
  more: Partial<TestJob> = {},
  onEvent?: () => void,
): Promise<unknown> {
  const input = typeof job === 'string' ? plan({ kind: 'file', path: job, name: job }) : job;
  const settings = { head: {}, withEmbedding: false, settings: {} } as TestJob['settings'];
  return resultOf(pool.run({ kind: 'classify', settings, input, replayable: true, ...more }), onEvent);
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    return `no error: ${String(await promise)}`;
  } catch (error) {
    return isEcapaError(error) ? error.code : `untyped: ${String(error)}`;
  }
}

/** Aborts, lets the cancellation be sent, then blocks the event loop for longer than a worker has to answer. */
function holdUp(controller: AbortController): void {
  if (controller.signal.aborted) return;
  controller.abort();
  setTimeout(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2500), 1);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('WorkerPool', () => {
  afterEach(async () => {
    await Promise.all(open.splice(0).map((pool) => pool.close()));
  });

  it('answers every job once, with no more workers than allowed', async () => {
    const pool = createPool({ workers: 2 });
    const results = await Promise.all(Array.from({ length: 50 }, (_, i) => run(pool, `echo:${i}`)));
    assert.deepEqual(
      results,
      Array.from({ length: 50 }, (_, i) => String(i)),
    );
    assert.equal(pool.stats().workers, 2);
    assert.equal(pool.stats().queued, 0);
  });

  it('passes a typed failure on and continues with the same worker', async () => {
    const pool = createPool();
    const before = await run(pool, 'pid');
    assert.equal(await codeOf(run(pool, 'fail')), 'NOT_AUDIO');
    assert.equal(await run(pool, 'pid'), before);
  });

  it('replaces a worker that dies and gives its job to the next one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ecapa-test-'));
    try {
      const pool = createPool();
      assert.equal(await run(pool, `crash-once:${join(folder, 'flag')}`), 'second try');
      assert.equal(pool.stats().crashes, 1);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('gives up on a job that kills two workers, and only on that one', async () => {
    const pool = createPool();
    const jobs = [run(pool, 'echo:a'), run(pool, 'crash'), run(pool, 'echo:b')];
    assert.equal(await jobs[0], 'a');
    assert.equal(await codeOf(jobs[1] as Promise<unknown>), 'WORKER_CRASHED');
    assert.equal(await jobs[2], 'b');
    assert.equal(pool.stats().crashes, 2);
  });

  it('does not repeat a job whose audio cannot be had again', async () => {
    const pool = createPool();
    assert.equal(await codeOf(run(pool, 'crash', { replayable: false })), 'WORKER_CRASHED');
    assert.equal(pool.stats().crashes, 1);
  });

  it('reports why when no worker can start, and tries again for the next job', async () => {
    for (const [model, code] of [
      ['unusable', 'RUNTIME_UNAVAILABLE'],
      ['crashes-at-start', 'WORKER_CRASHED'],
    ] as const) {
      const pool = createPool({}, model);
      assert.equal(await codeOf(pool.warmUp()), code);
      assert.equal(await codeOf(run(pool, 'echo:x')), code);
      assert.equal(await codeOf(run(pool, 'echo:x')), code);
    }
  });

  it('starts a worker again with WebAssembly where the native library ends it, whatever the job', async () => {
    const pool = createPool({}, 'native-crashes');
    const [first, second] = await Promise.all([pool.warmUp(), run(pool, 'echo:x', { replayable: false })]);
    assert.deepEqual([first.id, second, pool.stats().crashes], ['fake', 'x', 0]);
    const settings = { modelDirectory: 'native-crashes', threads: 1, runtime: 'native' } as const;
    assert.equal(await codeOf(createPool({ settings }).warmUp()), 'WORKER_CRASHED');
  });

  it('cancels a waiting job at once and a running one at its next block', async () => {
    const pool = createPool();
    const running = new AbortController();
    const waiting = new AbortController();
    const first = run(pool, 'slow', { signal: running.signal }, () => running.abort());
    const second = run(pool, 'echo:never', { signal: waiting.signal });
    waiting.abort();
    assert.equal(await codeOf(second), 'CANCELLED');
    assert.equal(await codeOf(first), 'CANCELLED');
    assert.equal(await run(pool, 'echo:next'), 'next');
    assert.equal(pool.stats().crashes, 0);
  });

  it('kills a worker that does not hear the cancellation', async () => {
    const pool = createPool();
    const controller = new AbortController();
    await pool.warmUp();
    const deaf = run(pool, 'deaf', { signal: controller.signal });
    setTimeout(() => controller.abort(), 50);
    assert.equal(await codeOf(deaf), 'CANCELLED');
    assert.equal(await run(pool, 'echo:next'), 'next');
    assert.equal(pool.stats().crashes, 0); // nothing was wrong with it
  });

  it('does not wait for a model that is still loading when it is cancelled', async () => {
    const pool = createPool({}, 'loads-forever');
    const controller = new AbortController();
    const loading = run(pool, 'echo:x', { signal: controller.signal });
    controller.abort();
    assert.equal(await codeOf(loading), 'CANCELLED');
    assert.equal(pool.stats().crashes, 0);
  });

  it('spares a worker whose answer the host was too busy to read', async () => {
    const pool = createPool();
    const before = await run(pool, 'pid');
    const controller = new AbortController();
    const slow = run(pool, 'slow', { signal: controller.signal }, () => holdUp(controller));
    assert.equal(await codeOf(slow), 'CANCELLED');
    assert.equal(await run(pool, 'pid'), before);
  });

  it('keeps the queue within its limit by the chosen policy', async () => {
    const outcomes = async (queuePolicy: PoolOptions['queuePolicy']): Promise<string[]> => {
      const pool = createPool({ queueLimit: 1, queuePolicy });
      await pool.warmUp();
      const jobs = ['a', 'b', 'c', 'd'].map((name) => run(pool, `echo:${name}`));
      return Promise.all(jobs.map(async (promise) => (await codeOf(promise)).replace('no error: ', '')));
    };
    assert.deepEqual(await outcomes('wait'), ['a', 'b', 'c', 'd']);
    assert.deepEqual(await outcomes('reject'), ['a', 'b', 'QUEUE_FULL', 'QUEUE_FULL']);
    assert.deepEqual(await outcomes('drop-newest'), ['a', 'b', 'QUEUE_FULL', 'QUEUE_FULL']);
    assert.deepEqual(await outcomes('drop-oldest'), ['a', 'QUEUE_FULL', 'QUEUE_FULL', 'd']);
  });

  it('makes audio ready when a worker takes it, so that what waits or is refused has written nothing', async () => {
    let ready = 0;
    let most = 0;
    const spooled = (name: string): InputPlan => {
      const file = { kind: 'file', path: `echo:${name}`, name } as const;
      const dispose = async (): Promise<void> => {
        ready--;
      };
      const prepare = async () => {
        most = Math.max(most, ++ready);
        // The first takes longest: the order is that of the queue all the same.
        await new Promise((resolve) => setTimeout(resolve, name === '0' ? 50 : 1));
        return { source: file, dispose };
      };
      return plan(file, { sizeBytes: 10, prepare });
    };
    for (const [queuePolicy, limits, kept] of [
      ['wait', {}, [0, 1, 2, 3, 4, 5, 6, 7]],
      ['reject', { queueLimit: 3 }, [0, 1, 2, 3]],
      ['drop-newest', { queueBytes: 20 }, [0, 1, 2]],
      ['drop-oldest', { queueLimit: 3 }, [0, 5, 6, 7]],
      ['drop-oldest', { queueBytes: 25 }, [0, 6, 7]],
    ] as const) {
      const pool = createPool({ queuePolicy, ...limits });
      await pool.warmUp();
      most = 0;
      const done: number[] = [];
      const jobs = Array.from({ length: 8 }, (_, i) =>
        codeOf(run(pool, spooled(`${i}`)).then(() => done.push(i))),
      );
      const codes = await Promise.all(jobs);
      assert.deepEqual(done, kept, `${queuePolicy} ${JSON.stringify(limits)}`);
      assert.equal(codes.filter((code) => code === 'QUEUE_FULL').length, 8 - kept.length);
      assert.equal(most, 1, 'no more than the one worker has room for');
      assert.equal(ready, 0, 'all of it is taken away again');
    }
  });

  it('ends a job that takes longer than it may, and continues with the next', async () => {
    const pool = createPool();
    await pool.warmUp();
    assert.equal(await codeOf(run(pool, 'slow', { timeLimitSeconds: 0.05 })), 'TIMED_OUT');
    assert.equal(await run(pool, 'echo:next', { timeLimitSeconds: 60 }), 'next');
  });

  it('sends PCM no faster than the worker takes it, and lets live streams share a worker', async () => {
    const pool = createPool();
    const blocks = 40;
    let produced = 0;
    const live = (): Promise<unknown> =>
      run(
        pool,
        plan(
          { kind: 'pcm', sampleRate: 16_000, channels: 1, name: 'live', live: true },
          {
            live: true,
            pieces: async function* () {
              for (let i = 0; i < blocks; i++) {
                produced++;
                yield new Float32Array(100);
              }
            },
          },
        ),
        { replayable: false },
      );
    assert.deepEqual(await Promise.all([live(), live(), live()]), [4000, 4000, 4000]);
    assert.equal(produced, 3 * blocks);
    assert.equal(pool.stats().workers, 1);
  });

  it('rejects with the error of a PCM source that breaks', async () => {
    const pool = createPool();
    const broken = run(
      pool,
      plan(
        { kind: 'pcm', sampleRate: 16_000, channels: 1, name: 'live', live: true },
        {
          live: true,
          pieces: async function* () {
            yield new Float32Array(100);
            throw new Error('microphone unplugged');
          },
        },
      ),
      { replayable: false },
    );
    await assert.rejects(broken, /microphone unplugged/);
    assert.equal(await run(pool, 'echo:next'), 'next');
  });

  it('keeps its program alive until it has closed, whatever its workers still send', () => {
    const program = fileURLToPath(new URL('./close-under-way.ts', import.meta.url));
    const output = execFileSync(process.execPath, ['--import=tsx', program], { encoding: 'utf8' });
    assert.equal(output, 'closed\n');
  });

  it('ends its processes and rejects what is under way when it is closed', async () => {
    const pool = createPool({ workers: 2 });
    const pids = (await Promise.all([run(pool, 'pid'), run(pool, 'pid')])) as number[];
    const running = codeOf(run(pool, 'slow'));
    const waiting = codeOf(run(pool, 'deaf'));
    await pool.close();
    assert.deepEqual([await running, await waiting], ['CLOSED', 'CLOSED']);
    assert.equal(await codeOf(run(pool, 'echo:x')), 'CLOSED');
    for (const pid of pids) assert.ok(!isRunning(pid), `worker ${pid} is still there`);
  });
});
