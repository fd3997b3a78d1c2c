import assert from 'node:assert/strict';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type DecodedGap, decodeMono16k } from '../../src/audio/decode.js';
import { decodeInThread } from '../../src/engine/decoder-thread.js';
import { isEcapaError } from '../../src/errors.js';

// Threads take no TypeScript on Node 20: the built program is tested.
const WORKER = fileURLToPath(new URL('../../dist/engine/worker.js', import.meta.url));
const FIXTURES = fileURLToPath(new URL('../../../../test/fixtures', import.meta.url));
const signal = new AbortController().signal;

async function all(blocks: AsyncIterable<Float32Array | DecodedGap>): Promise<number[]> {
  const samples: number[] = [];
  for await (const block of blocks) if (block instanceof Float32Array) samples.push(...block);
  return samples;
}

describe('decoding in a thread', () => {
  for (const name of ['samples/music-band.mp3', 'audio/film.mp4', 'audio/piece.f64.wav']) {
    it(`gives what decoding on the spot gives: ${name}`, async () => {
      const path = join(FIXTURES, name);
      const here = await decodeMono16k(path);
      const there = await decodeInThread(path, { name: path, signal }, WORKER);
      assert.deepEqual(there.info, here.info);
      assert.deepEqual(await all(there.blocks), await all(here.blocks));
      assert.deepEqual(there.summary(), here.summary());
      await there.close();
    });
  }

  it('passes typed errors on, also those that come while decoding', async () => {
    await assert.rejects(
      decodeInThread(join(FIXTURES, 'audio/mute.film.mp4'), { name: 'mute', signal }, WORKER),
      (error) => isEcapaError(error) && error.code === 'NO_AUDIO_STREAM' && error.file === 'mute',
    );
    await assert.rejects(
      decodeInThread(join(FIXTURES, 'nothing.wav'), { name: 'nothing', signal }, WORKER),
      (error) => isEcapaError(error) && error.code === 'FILE_NOT_FOUND',
    );
  });

  it('stops when cancelled, and when its reader leaves', async () => {
    const path = join(FIXTURES, 'samples/music-band.mp3');
    const controller = new AbortController();
    const cancelled = await decodeInThread(path, { name: path, signal: controller.signal }, WORKER);
    controller.abort();
    await assert.rejects(all(cancelled.blocks), (error) => isEcapaError(error) && error.code === 'CANCELLED');
    const left = await decodeInThread(path, { name: path, signal }, WORKER);
    for await (const _ of left.blocks) break;
    await left.close();
  });

  it('reports that the thread has died', async () => {
    await assert.rejects(
      decodeInThread('x', { name: 'x', signal }, join(FIXTURES, 'no-program.mjs')),
      (error) => isEcapaError(error) && error.code === 'DECODER_FAILED',
    );
  });
});
