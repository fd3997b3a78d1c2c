import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type DecodedGap,
  decodeMono16k,
  decodeMonoWithGaps,
  SAMPLE_RATE_HZ,
} from '../../src/audio/decode.js';

const TALK = fileURLToPath(
  new URL('../../../../test/fixtures/samples/speech-radio-talk.flac', import.meta.url),
);

/** A fifth of the file, from the middle on, overwritten. */
function damaged(): Uint8Array {
  const bytes = new Uint8Array(readFileSync(TALK));
  const middle = bytes.length >> 1;
  bytes.fill(0, middle, middle + Math.floor(bytes.length / 5));
  return bytes;
}

describe('damage in the middle of a file', () => {
  it('is told where it lies, and what comes after it is decoded', async () => {
    const whole = await decodeMono16k(TALK);
    let wholeSamples = 0;
    for await (const block of whole.blocks) wholeSamples += block.length;

    const decoding = await decodeMonoWithGaps(damaged(), { name: 'damaged' });
    const parts: (number | DecodedGap)[] = [];
    for await (const block of decoding.blocks)
      parts.push(block instanceof Float32Array ? block.length : block);
    const at = parts.findIndex((part) => typeof part !== 'number');
    const seconds = (some: typeof parts): number =>
      some.reduce<number>((sum, part) => sum + (typeof part === 'number' ? part : 0), 0) / SAMPLE_RATE_HZ;
    assert.ok(at > 0, 'no gap was told');
    const total = wholeSamples / SAMPLE_RATE_HZ;
    assert.ok(
      Math.abs(seconds(parts.slice(0, at)) - total / 2) < total / 6,
      `gap after ${seconds(parts.slice(0, at))} s`,
    );
    assert.ok(seconds(parts.slice(at)) > total / 6);
    for (const part of parts)
      if (typeof part !== 'number') assert.ok(part.gapSeconds > 0 && part.gapSeconds < total);
    assert.equal(decoding.summary().partial, true);
  });

  it('is passed over by who asks for samples alone', async () => {
    const decoding = await decodeMono16k(damaged(), { name: 'damaged' });
    for await (const block of decoding.blocks) assert.ok(block instanceof Float32Array);
  });
});
