import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import { wavHeader } from '../../src/audio/wav-writer.js';
import { resultOf } from '../../src/engine/job-map.js';
import { WorkerProcess } from '../../src/engine/worker-process.js';
import type { RuntimeName } from '../../src/model/session/session.js';
import { locateModel } from '../../src/models/locate.js';
import { useTemporaryDirectory } from '../model/temporary-directory.js';
import { fixturePath, skip } from '../reference.js';

/** As built: a loader of TypeScript would be measured with it. */
const WORKER = fileURLToPath(new URL('../../dist/engine/worker.js', import.meta.url));
const MODEL = await locateModel();

/** The most memory a process has had resident, in MiB. */
async function peakMebibytes(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
}

/** The peaks of a worker, each after one more group of files that it embedded, in turn. */
async function peaksOf(runtime: RuntimeName, groups: readonly (readonly string[])[]): Promise<number[]> {
  const settings = { modelDirectory: MODEL, threads: 1, runtime };
  const worker = new WorkerProcess(WORKER, { settings, cancelMilliseconds: 5000 });
  const peaks: number[] = [];
  try {
    assert.equal((await worker.ready).runtime.name, runtime);
    for (const files of groups) {
      for (const path of files) {
        const name = basename(path);
        const { values } = await resultOf(
          worker.run({ kind: 'embed', name, input: { source: { kind: 'file', path, name } } }),
        );
        assert.equal(values.length, 192);
      }
      peaks.push(await peakMebibytes(worker.pid));
    }
    return peaks;
  } finally {
    worker.kill();
    await worker.gone;
  }
}

describe('the memory of a worker', function () {
  this.timeout(600_000);
  const temporary = useTemporaryDirectory();

  it('is with WebAssembly at most 1.3 times what it is with the native library', async function () {
    if (process.platform !== 'linux') skip(this, 'the peak of another process is read from /proc');
    const samples = (await readdir(fixturePath('samples'))).map((name) => fixturePath('samples', name));
    const frames = 30 * 16_000;
    const sweep = Int16Array.from({ length: frames }, (_, i) => 8000 * Math.sin(i * i * 1e-5));
    const long = temporary('half-minute.wav');
    const header = wavHeader({ sampleRate: 16_000, channels: 1, format: 'pcm16' }, frames);
    await writeFile(long, Buffer.concat([header, Buffer.from(sweep.buffer)]));
    const groups = [samples, [long]];
    const native = await peaksOf('native', groups);
    const wasm = await peaksOf('wasm', groups);
    for (const [index, what] of ['short files', 'half a minute'].entries()) {
      const [ours, theirs] = [wasm[index] ?? Number.NaN, native[index] ?? Number.NaN];
      const figures = `${what}: ${ours.toFixed(0)} MiB against native ${theirs.toFixed(0)} MiB`;
      console.log(`      ${figures}`);
      assert.ok(ours <= 1.3 * theirs, figures);
    }
  });
});
