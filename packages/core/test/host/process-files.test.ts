import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { EcapaError } from '../../src/errors.js';
import { processFiles } from '../../src/host/process-files.js';

const FILES = Array.from({ length: 30 }, (_, i) => `${i}.wav`);
const failure = (file: string, code: 'NOT_AUDIO' | 'DISK_FULL'): EcapaError =>
  new EcapaError(code, `${file}: no.`, { file });

describe('processFiles', () => {
  it('does as many at a time as it may, and yields outcomes as they come', async () => {
    let running = 0;
    let most = 0;
    let left = FILES.length;
    const order: string[] = [];
    const work = async (file: string): Promise<string> => {
      most = Math.max(most, ++running);
      // The first one is done last of those that may run ahead of it.
      do await sleep(1);
      while (file === FILES[0] && left > FILES.length - 11);
      running--;
      left--;
      return file;
    };
    for await (const { file } of processFiles(FILES, work, { concurrency: 3 })) order.push(file);
    assert.equal(most, 3);
    assert.deepEqual(order.toSorted(), FILES.toSorted());
    assert.ok(order.indexOf('0.wav') >= 10);
  });

  it('yields in the order of the files where that is asked for, and runs only so far ahead of a slow one', async () => {
    let begun = 0;
    let release = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const work = async (file: string): Promise<string> => {
      begun++;
      if (file === FILES[0]) await held;
      return `verdict on ${file}`;
    };
    const outcomes = processFiles(FILES, work, { concurrency: 2, inOrder: true });
    const first = outcomes.next();
    await sleep(20);
    assert.equal(begun, 8, 'four for each of the two, and no more');
    release();
    const seen = [await first.then(({ value }) => value)];
    for await (const outcome of outcomes) seen.push(outcome);
    assert.deepEqual(
      seen.map((outcome) => outcome !== undefined && 'value' in outcome && outcome.value),
      FILES.map((file) => `verdict on ${file}`),
    );
  });

  it("has a file's own error as its outcome, and throws what concerns all after what came before it", async () => {
    const seen: string[] = [];
    const run = async (code: 'NOT_AUDIO' | 'DISK_FULL'): Promise<void> => {
      seen.length = 0;
      const work = async (file: string): Promise<number> => {
        if (file === '5.wav') throw failure(file, code);
        return 1;
      };
      for await (const outcome of processFiles(FILES, work, { concurrency: 3, inOrder: true }))
        seen.push('error' in outcome ? outcome.error.code : 'done');
    };
    await run('NOT_AUDIO');
    assert.deepEqual(
      seen,
      FILES.map((file) => (file === '5.wav' ? 'NOT_AUDIO' : 'done')),
    );
    await assert.rejects(run('DISK_FULL'), { code: 'DISK_FULL' });
    assert.deepEqual(seen, Array(5).fill('done'));
    await assert.rejects(processFiles(FILES, async () => 1, { concurrency: 0 }).next(), RangeError);
  });

  it('starts nothing after a cancellation, and cancels what is under way when its reader leaves', async () => {
    const abort = new AbortController();
    let begun = 0;
    const count = async (): Promise<number> => {
      if (++begun === 4) abort.abort();
      return begun;
    };
    const all = async (): Promise<void> => {
      for await (const _ of processFiles(FILES, count, { concurrency: 1, signal: abort.signal }));
    };
    await assert.rejects(all(), { code: 'CANCELLED' });
    assert.equal(begun, 4);

    let cancelled = 0;
    const endless = async (file: string, signal: AbortSignal): Promise<string> => {
      if (file === '0.wav') return file;
      await sleep(60_000, undefined, { signal }).finally(() => cancelled++);
      return file;
    };
    for await (const _ of processFiles(FILES, endless, { concurrency: 3 })) break;
    assert.equal(cancelled, 3);
  });
});
