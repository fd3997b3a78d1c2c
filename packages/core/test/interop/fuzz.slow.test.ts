import assert from 'node:assert/strict';
import { fuzzCheckpoints, fuzzPickles } from './fuzz.js';

describe('damaged files', () => {
  // The full count has a command of its own: pnpm --filter @ecapa/core fuzz
  it('give typed errors only: 5,000 mutated files', () => {
    const { inputs, outcomes, slowestMilliseconds } = fuzzPickles(5000, 1);
    const counted = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
    assert.equal(counted, inputs);
    assert.ok((outcomes.PICKLE_INVALID ?? 0) > 1000, 'most damage should be noticed');
    assert.ok((outcomes.PICKLE_FORBIDDEN ?? 0) > 50, 'damaged names should be refused');
    assert.ok(slowestMilliseconds < 2000, `one input took ${slowestMilliseconds} ms`);
  });

  it('give typed errors only: 500 mutated checkpoints', async () => {
    const { inputs, outcomes, slowestMilliseconds } = await fuzzCheckpoints(500, 1);
    const counted = Object.values(outcomes).reduce((sum, count) => sum + count, 0);
    assert.equal(counted, inputs);
    assert.ok((outcomes.CHECKPOINT_INVALID ?? 0) > 200, 'most damage should be noticed');
    assert.ok(slowestMilliseconds < 2000, `one input took ${slowestMilliseconds} ms`);
  });
});
