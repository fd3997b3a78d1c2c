import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { forkWorker, startWorkerAhead } from '../../src/engine/fork-worker.js';
import { workerPath } from '../../src/engine/worker-path.js';
import { WorkerProcess } from '../../src/engine/worker-process.js';
import { loadModelInfo } from '../../src/model/model-file.js';
import { locateModel } from '../../src/models/locate.js';

const MODEL = await locateModel();

async function end(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit');
  child.kill('SIGKILL');
  await exit;
}

/** The processes that this one has started, this listing aside. */
function children(): number[] {
  const rows = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,comm='], { encoding: 'utf8' }).trim().split('\n');
  return rows.flatMap((row) => {
    const [pid, parent, name] = row.trim().split(/\s+/);
    return Number(parent) === process.pid && name !== 'ps' ? [Number(pid)] : [];
  });
}

describe('a worker that was started ahead', () => {
  it('is the first that is taken, once, and only for its own program', async function () {
    if (process.platform === 'win32') this.skip(); // no ps
    const before = children();
    startWorkerAhead();
    startWorkerAhead();
    const started = children().filter((pid) => !before.includes(pid));
    const other = forkWorker(fileURLToPath(new URL('./fake-worker.mjs', import.meta.url)));
    const withEnvironment = forkWorker(workerPath(), { ECAPA_TEST: '1' });
    const first = forkWorker(workerPath());
    const second = forkWorker(workerPath());
    assert.deepEqual(started, [first.pid]);
    assert.equal(new Set([other, withEnvironment, first, second].map(({ pid }) => pid)).size, 4);
    await Promise.all([other, withEnvironment, first, second].map(end));
  });

  it('opens a model as any other does', async function () {
    this.timeout(120_000);
    startWorkerAhead();
    const settings = { modelDirectory: MODEL, threads: 1, runtime: 'auto' } as const;
    const worker = new WorkerProcess(workerPath(), { settings, cancelMilliseconds: 5000 });
    try {
      assert.equal((await worker.ready).id, (await loadModelInfo(MODEL)).id);
    } finally {
      worker.kill();
      await worker.gone;
    }
  });

  it('sees no packages that NODE_PATH names', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ecapa-test-'));
    const before = process.env.NODE_PATH;
    try {
      mkdirSync(join(folder, 'packages', 'elsewhere'), { recursive: true });
      writeFileSync(join(folder, 'packages', 'elsewhere', 'index.js'), '');
      const program = join(folder, 'program.cjs');
      writeFileSync(
        program,
        `try { process.send(require.resolve('elsewhere')); } catch { process.send('none'); }`,
      );
      process.env.NODE_PATH = join(folder, 'packages');
      const child = forkWorker(program);
      const [[found]] = await Promise.all([once(child, 'message'), once(child, 'exit')]);
      assert.equal(found, 'none');
    } finally {
      if (before === undefined) delete process.env.NODE_PATH;
      else process.env.NODE_PATH = before;
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
