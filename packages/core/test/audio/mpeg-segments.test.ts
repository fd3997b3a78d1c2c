import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeMono16k } from '../../src/audio/decode.js';
import { MpegSegmenter } from '../../src/audio/mpeg-segments.js';

const MUSIC = fileURLToPath(new URL('../../../../test/fixtures/samples/music-band.mp3', import.meta.url));

async function samplesOf(input: string | Uint8Array): Promise<Float32Array> {
  const all: number[] = [];
  for await (const block of (await decodeMono16k(input)).blocks) all.push(...block);
  return Float32Array.from(all);
}

describe('segments of an endless MPEG stream', () => {
  it('decode to the sound of the whole, without a gap or a click where they meet', async () => {
    const bytes = readFileSync(MUSIC);
    const segmenter = new MpegSegmenter(1);
    const parts: Float32Array[] = [];
    for (let at = 0; at < bytes.length; at += 997) {
      for (const { bytes: segment, overlapSeconds } of segmenter.push(bytes.subarray(at, at + 997))) {
        parts.push((await samplesOf(segment)).subarray(Math.round(16_000 * overlapSeconds)));
      }
    }
    assert.ok(parts.length >= 4);
    const cut = Float32Array.from(parts.flatMap((part) => [...part]));
    const whole = await samplesOf(bytes);
    /** Difference of a stretch from the whole, shifted by `lag` samples, by its own power. */
    const differenceAt = (from: number, lag: number, length: number): number => {
      let error = 0;
      let power = 0;
      for (let i = 0; i < length; i++) {
        error += ((cut[from + lag + i] ?? 0) - (whole[from + i] ?? 0)) ** 2;
        power += (whole[from + i] ?? 0) ** 2;
      }
      return error / power;
    };
    const bestLag = (from: number, around: number, reach: number, length: number): number => {
      const lags = Array.from({ length: 2 * reach + 1 }, (_, i) => around - reach + i);
      return lags.reduce((best, lag) =>
        differenceAt(from, lag, length) < differenceAt(from, best, length) ? lag : best,
      );
    };
    // Decoders drop a delay at the start of a file; rounding to whole samples may add one at each cut.
    const start = bestLag(20_000, 0, 3000, 1000);
    for (let from = 16_000; from + 1600 < cut.length - 3000; from += 1600) {
      const lag = bestLag(from, start, 2 * parts.length, 1600);
      const difference = differenceAt(from, lag, 1600);
      assert.ok(
        difference < 0.1,
        `at ${from / 16_000} s: ${difference} of the power, ${lag - start} samples off`,
      );
    }
  });

  it('are not made of what is not MPEG', () => {
    const segmenter = new MpegSegmenter(1);
    assert.deepEqual(segmenter.push(new Uint8Array(200_000)), []);
    assert.ok(segmenter.isLost);
  });
});
