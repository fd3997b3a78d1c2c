import assert from 'node:assert/strict';
import { openJobAudio } from '../../src/engine/job-audio.js';
import type { PcmSamples } from '../../src/engine/protocol.js';
import { PushQueue } from '../../src/engine/push-queue.js';
import { isEcapaError } from '../../src/errors.js';

async function through(
  pieces: readonly PcmSamples[],
  sampleRate: number,
  channels: number,
): Promise<Float32Array> {
  const inbox = new PushQueue<PcmSamples>();
  for (const piece of pieces) inbox.push(piece);
  inbox.end();
  const { signal } = new AbortController();
  const audio = await openJobAudio({ kind: 'pcm', sampleRate, channels, name: 'test', live: false }, inbox, {
    ffmpegPath: undefined,
    threads: 1,
    signal,
  });
  const values: number[] = [];
  for await (const block of audio.blocks) if (block instanceof Float32Array) values.push(...block);
  return Float32Array.from(values);
}

/** Stereo: both channels count up, the right one half as fast. */
const stereo = Float32Array.from({ length: 200 }, (_, i) => (i % 2 === 0 ? i / 400 : (i - 1) / 800));

describe('PCM of a job', () => {
  it('is the same however it is cut, also in the middle of a frame', async () => {
    const whole = await through([stereo], 16_000, 2);
    const cut = await through(
      [stereo.subarray(0, 33), stereo.subarray(33, 34), stereo.subarray(34)],
      16_000,
      2,
    );
    assert.equal(whole.length, 100);
    assert.deepEqual(cut, whole);
    assert.ok(whole.every((value, i) => Math.abs(value - (3 * i) / 800) < 1e-6));
  });

  it('takes 16-bit integers at full scale 1', async () => {
    assert.deepEqual(
      await through([Int16Array.of(-32_768, 16_384, 0)], 16_000, 1),
      Float32Array.of(-1, 0.5, 0),
    );
  });

  it('is resampled to 16 kHz', async () => {
    assert.equal(
      (await through([new Float32Array(48_000), new Float32Array(24_000)], 48_000, 1)).length,
      24_000,
    );
  });

  it('is refused when it is empty or not finite', async () => {
    for (const [pieces, code] of [
      [[], 'NO_SAMPLES'],
      [[Float32Array.of(0, Number.NaN)], 'NON_FINITE_SAMPLES'],
    ] as const) {
      await assert.rejects(through(pieces, 16_000, 1), (error) => isEcapaError(error) && error.code === code);
    }
  });
});
