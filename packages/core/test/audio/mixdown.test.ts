import assert from 'node:assert/strict';
import { findUnusableSample, MAX_MAGNITUDE, mixdown } from '../../src/audio/mixdown.js';

describe('mixdown', () => {
  it('averages, so that equal channels keep their level', () => {
    const channel = Float32Array.of(0.5, -1, 1);
    assert.deepEqual(mixdown([channel, channel, channel]), channel);
    assert.deepEqual(
      mixdown([Float32Array.of(1, 0, 0.25), Float32Array.of(0, -1, 0.75)]),
      Float32Array.of(0.5, -0.5, 0.5),
    );
  });

  it('refuses no channels, and channels of two lengths', () => {
    assert.throws(() => mixdown([]), RangeError);
    assert.throws(() => mixdown([new Float32Array(2), new Float32Array(3)]), RangeError);
  });
});

describe('findUnusableSample', () => {
  it('finds the first NaN, infinity or absurd size', () => {
    assert.equal(findUnusableSample(Float32Array.of(0, -1, 1, MAX_MAGNITUDE)), -1);
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1e30]) {
      assert.equal(findUnusableSample(Float32Array.of(0, 1, bad, bad)), 2);
    }
  });
});
