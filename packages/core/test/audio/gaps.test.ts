import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type DecodedGap, decodeMono16k, decodeMonoWithGaps } from '../../src/audio/decode.js';
import { SAMPLE_RATE_HZ } from '../../src/sample-rate.js';

const SAMPLES = new URL('../../../../test/fixtures/samples/', import.meta.url);
const FILES = [
  'speech-radio-talk.flac',
  'music-band.mp3',
  'music-trio.m4a',
  'noise-machine.ogg',
  'noise-rain.opus',
] as const;

function bytesOf(file: string): Uint8Array {
  return new Uint8Array(readFileSync(fileURLToPath(new URL(file, SAMPLES))));
}

/** A tenth of the file, from a little before the middle on, overwritten with what a pseudo-random generator gives. */
function damaged(file: string): Uint8Array {
  const bytes = bytesOf(file);
  const from = Math.floor(bytes.length * 0.4);
  let state = 1;
  for (let at = from; at < from + Math.floor(bytes.length / 10); at++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[at] = state >>> 24;
  }
  return bytes;
}

/** The decoded samples, each where it belongs: gaps are filled with silence. */
async function placed(
  bytes: Uint8Array,
): Promise<{ samples: Float32Array; gaps: DecodedGap[]; reason?: string }> {
  const decoding = await decodeMonoWithGaps(bytes, { name: 'damaged' });
  const samples: number[] = [];
  const gaps: DecodedGap[] = [];
  for await (const block of decoding.blocks) {
    if (block instanceof Float32Array) for (const sample of block) samples.push(sample);
    else {
      gaps.push(block);
      for (let i = Math.round(block.gapSeconds * SAMPLE_RATE_HZ); i > 0; i--) samples.push(0);
    }
  }
  const { partialReason } = decoding.summary();
  return { samples: Float32Array.from(samples), gaps, ...(partialReason && { reason: partialReason }) };
}

/** By how many seconds the last second of `found` lies later than in `whole`, at most a second either way. */
function delaySeconds(found: Float32Array, whole: Float32Array): number {
  const length = SAMPLE_RATE_HZ;
  const start = whole.length - Math.round(1.5 * length);
  let best = { lag: 0, likeness: Number.NEGATIVE_INFINITY };
  for (let lag = -length; lag <= length; lag += 4) {
    let likeness = 0;
    for (let i = 0; i < length; i += 3) likeness += (found[start + lag + i] ?? 0) * (whole[start + i] ?? 0);
    if (likeness > best.likeness) best = { lag, likeness };
  }
  return best.lag / SAMPLE_RATE_HZ;
}

describe('damage in the middle of a file', () => {
  for (const file of FILES) {
    it(`leaves a gap of its length, and what comes after it keeps its time: ${file}`, async () => {
      const { samples: whole } = await placed(bytesOf(file));
      const { samples, gaps, reason } = await placed(damaged(file));
      assert.ok(gaps.length > 0, 'no gap was reported');
      const delay = delaySeconds(samples, whole);
      assert.ok(Math.abs(delay) < 0.3, `what follows comes ${delay} s late`);
      assert.match(reason ?? '', /damaged|left out/);
    });
  }

  it('is passed over by who asks for samples alone', async () => {
    const decoding = await decodeMono16k(damaged(FILES[0]), { name: 'damaged' });
    for await (const block of decoding.blocks) assert.ok(block instanceof Float32Array);
  });
});
