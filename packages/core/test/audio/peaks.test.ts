import assert from 'node:assert/strict';
import { LEVEL_COUNT, LEVEL_FACTOR, levelFor, PeakLevels } from '../../src/audio/peak-levels.js';

const samples = Float32Array.from({ length: 100_123 }, (_, i) => Math.sin(i * i * 1e-5) * ((i % 997) / 997));

/** Lowest and highest byte of each stretch of so many samples, the plain way. */
function plainly(size: number): number[] {
  const pairs: number[] = [];
  for (let from = 0; from < samples.length; from += size) {
    const part = samples.subarray(from, from + size);
    const [low, high] = part.reduce(([a, b], value) => [Math.min(a, value), Math.max(b, value)], [1, -1]);
    pairs.push(Math.round(127 * low), Math.round(127 * high));
  }
  return [...Int8Array.from(pairs)];
}

describe('peaks', () => {
  it('are the lowest and highest sample of each bin of each level, whatever the blocks', () => {
    for (const block of [1, 39, 40, 16_000, samples.length]) {
      const levels = new PeakLevels();
      const taken: number[][] = Array.from({ length: LEVEL_COUNT }, () => []);
      const take = (): void => {
        for (const [level, pairs] of levels.take().entries())
          for (const byte of pairs) taken[level]?.push(byte);
      };
      for (let from = 0; from < samples.length; from += block) {
        levels.push(samples.subarray(from, from + block));
        if (from % 5 === 0) take();
      }
      levels.finish();
      take();
      for (let level = 0; level < LEVEL_COUNT; level++)
        assert.deepEqual(
          taken[level],
          plainly(40 * LEVEL_FACTOR ** level),
          `level ${level}, blocks of ${block}`,
        );
    }
  });

  it('come from the coarsest level that has a bin for each pixel', () => {
    assert.equal(levelFor(0.001), 0);
    assert.equal(levelFor(0.039), 0);
    assert.equal(levelFor(0.04), 1);
    assert.equal(levelFor(30), 2);
  });
});
