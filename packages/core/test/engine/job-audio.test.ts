import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { openJobAudio } from '../../src/engine/job-audio.js';
import type { PcmSamples, SourcePiece } from '../../src/engine/protocol.js';
import { PushQueue } from '../../src/engine/push-queue.js';
import { isEcapaError } from '../../src/errors.js';

async function through(
  pieces: readonly PcmSamples[],
  sampleRate: number,
  channels: number,
  limitSeconds?: number,
): Promise<Float32Array> {
  const inbox = new PushQueue<PcmSamples>();
  for (const piece of pieces) inbox.push(piece);
  inbox.end();
  const { signal } = new AbortController();
  const audio = await openJobAudio(
    { kind: 'pcm', sampleRate, channels, name: 'test', live: false, limitSeconds },
    inbox,
    {
      ffmpegPath: undefined,
      threads: 1,
      signal,
    },
  );
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

  it('is heard up to a limit, to the sample', async () => {
    const second = Float32Array.from({ length: 16_000 }, (_, i) => i / 16_000);
    const whole = await through([second, second], 16_000, 1);
    assert.deepEqual(await through([second, second], 16_000, 1, 1.25), whole.subarray(0, 20_000));
    assert.deepEqual(await through([second, second], 16_000, 1, 1e9), whole);
  });
});

describe('bytes of a job', () => {
  const bytesOf = (name: string): Uint8Array =>
    readFileSync(fileURLToPath(new URL(`../../../../test/fixtures/audio/${name}`, import.meta.url)));
  const open = (bytes: Uint8Array, copyLimitBytes?: number) => {
    const inbox = new PushQueue<SourcePiece>();
    for (let at = 0; at < bytes.length; at += 1000) inbox.push(bytes.slice(at, at + 1000));
    inbox.end();
    const { signal } = new AbortController();
    const options = { ffmpegPath: undefined, threads: 1, signal };
    return openJobAudio({ kind: 'bytes', name: 'test', copyLimitBytes }, inbox, options);
  };

  // The way without a copy needs the built program: streamed-bytes.slow.test.ts.
  it('are copied where they cannot be decoded as they come, up to a limit', async () => {
    const bytes = bytesOf('source.moov-last.m4a');
    const audio = await open(bytes, bytes.length);
    assert.equal(audio.info?.container, 'mp4');
    await audio.close();
    await assert.rejects(
      open(bytes, bytes.length - 1),
      (error) => isEcapaError(error) && error.code === 'TOO_LONG' && /copyLimitBytes/.test(error.message),
    );
  });

  it('are refused when there are none', async () => {
    await assert.rejects(
      open(new Uint8Array(0)),
      (error) => isEcapaError(error) && error.code === 'EMPTY_FILE',
    );
  });
});
