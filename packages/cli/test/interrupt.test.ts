import assert from 'node:assert/strict';
import { EcapaError } from '@ecapa/core';
import { interruptible } from '../src/terminal/interrupt.js';

/** Stands for the end of the process, which would end the tests too. */
const stay = (): void => undefined;

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

describe('Ctrl-C', () => {
  afterEach(() => {
    process.exitCode = undefined;
  });

  it('stops the work, whose errors after that are ignored', async () => {
    const work = interruptible(
      async (signal, ended) => {
        await aborted(signal);
        assert.equal(ended.aborted, false);
        throw new Error('left in the middle');
      },
      undefined,
      stay,
    );
    process.emit('SIGINT');
    await work;
    assert.equal(process.exitCode, 130);
  });

  it('ends a stream, and stops the work when it comes again', async () => {
    let ends = 0;
    const work = interruptible(
      async (signal, ended) => {
        await aborted(ended);
        assert.deepEqual([signal.aborted, ends], [false, 1]);
        process.emit('SIGINT');
        assert.equal(signal.aborted, true);
        throw new Error('left in the middle');
      },
      () => ends++,
      stay,
    );
    process.emit('SIGINT');
    await work;
    assert.deepEqual([ends, process.exitCode], [1, 130]);
  });

  it('ends a stream of which nothing had come quietly, and hides no other error', async () => {
    for (const code of ['CANCELLED', 'DISK_FULL'] as const) {
      const work = interruptible(
        async (_, ended) => {
          await aborted(ended);
          throw new EcapaError(code, 'ended');
        },
        () => undefined,
        stay,
      );
      process.emit('SIGINT');
      if (code === 'CANCELLED') await work;
      else await assert.rejects(work, { code });
    }
  });

  it('abandons work that does not stop, after a second or when it comes again', async () => {
    for (const times of [1, 2]) {
      let finish = (): void => undefined;
      let work = Promise.resolve();
      const keepsAlive = setTimeout(() => undefined, 10_000); // the timer of `interruptible` does not
      await new Promise<void>((exit) => {
        work = interruptible(() => new Promise((done) => (finish = done)), undefined, exit);
        for (let time = 0; time < times; time++) process.emit('SIGINT');
      });
      clearTimeout(keepsAlive);
      finish();
      await work;
    }
  });
});
