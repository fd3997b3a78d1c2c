import assert from 'node:assert/strict';
import { isEcapaError } from '../../src/errors.js';
import { audioBytes, audioNames, decodeAllMono, randomNumbers } from './fixtures.js';

const MUTATIONS_PER_FILE = 4;

/** Damages a copy in one of the ways in which files get damaged; the same way for the same seed. */
function damage(bytes: Uint8Array, seed: number): Uint8Array {
  const random = randomNumbers(seed);
  const below = (limit: number): number => Math.floor(random() * limit);
  const copy = Uint8Array.from(bytes);
  switch (seed % 4) {
    case 0: // single bytes, mostly in the headers
      for (let i = 0; i < 20; i++)
        copy[below(random() < 0.7 ? Math.min(600, copy.length) : copy.length)] = below(256);
      return copy;
    case 1: {
      // a stretch of noise
      const at = below(copy.length);
      for (let i = at; i < Math.min(copy.length, at + 300); i++) copy[i] = below(256);
      return copy;
    }
    case 2: {
      // a piece cut out
      const at = below(copy.length);
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + below(2000))]);
    }
    default: // large numbers where sizes stand
      for (let i = 0; i < 6; i++) copy.fill(0xff, below(Math.min(400, copy.length)), below(4) + below(400));
      return copy;
  }
}

describe('damaged files', () => {
  for (const name of audioNames()) {
    it(`decodes or refuses ${name}, however it is damaged`, async function () {
      this.timeout(60_000);
      const bytes = audioBytes(name);
      for (let seed = 0; seed < MUTATIONS_PER_FILE; seed++) {
        try {
          const { samples, summary } = await decodeAllMono(damage(bytes, seed), { name });
          assert.ok(samples.every(Number.isFinite), `seed ${seed}: not finite`);
          assert.ok(summary.durationSeconds > 0);
        } catch (error) {
          assert.ok(isEcapaError(error), `seed ${seed}: ${error}`);
          assert.notEqual(error.code, 'READ_FAILED', `seed ${seed}: ${error.message}`);
        }
      }
    });
  }
});
