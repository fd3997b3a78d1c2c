import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { endedBy, isStream, streamOf } from '../src/streams.js';

async function textOf(bytes: AsyncIterable<Uint8Array>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of bytes) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe('streams on the command line', () => {
  const { signal } = new AbortController();

  it('are standard input, addresses and named pipes', async function () {
    if (process.platform === 'win32') this.skip();
    const folder = mkdtempSync(join(tmpdir(), 'ecapa-inputs-'));
    try {
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      writeFileSync(join(folder, 'file'), 'x');
      const names = [
        '-',
        'http://radio.example/live',
        pipe,
        join(folder, 'file'),
        join(folder, 'none'),
        'a\0b',
      ];
      assert.deepEqual(names.map(isStream), [true, true, true, false, false, false]);
      const { bytes, copyLimitBytes } = streamOf(pipe, signal, { copyLimit: 2 });
      assert.equal(copyLimitBytes, 2 * 1024 ** 2);
      const [text] = await Promise.all([textOf(bytes), writeFile(pipe, 'sound')]);
      assert.equal(text, 'sound');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('end when they are told to, also while nothing comes, and are closed', async () => {
    const controller = new AbortController();
    let isClosed = false;
    const silent: AsyncIterable<Uint8Array> = {
      [Symbol.asyncIterator]: () => ({
        next: () => new Promise(() => undefined),
        return: async () => {
          isClosed = true;
          return { done: true, value: undefined };
        },
      }),
    };
    setTimeout(() => controller.abort(), 10);
    const spoken: AsyncIterable<Uint8Array> = (async function* () {
      yield Buffer.from('heard');
      yield* silent;
    })();
    assert.equal(await textOf(endedBy(controller.signal, spoken)), 'heard');
    await assert.rejects(textOf(endedBy(controller.signal, silent)), { code: 'CANCELLED' }); // nothing was heard
    assert.ok(isClosed);
  });

  it('pass on what goes wrong before', async () => {
    const broken = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x');
      throw new Error('the line is gone');
    };
    await assert.rejects(textOf(endedBy(signal, broken())), /the line is gone/);
  });
});
