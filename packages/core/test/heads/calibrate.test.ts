import assert from 'node:assert/strict';
import { softmax } from '../../src/heads/predict.js';
import { isRejected } from '../../src/heads/rejection.js';
import { fitDistanceRejection, fitTemperature } from '../../src/heads/train/calibrate.js';
import { normalNoise } from './noise.js';

/** Labels drawn from softmax(logits / trueTemperature): the temperature to be found. */
function sample(trueTemperature: number, count: number) {
  const normal = normalNoise(11);
  const logits = Array.from({ length: count }, () => [3 * normal(), 3 * normal(), 3 * normal()]);
  // Gumbel's trick needs no cumulative sums: the largest of logit + Gumbel noise is such a draw.
  const targets = logits.map((row) => {
    const draws = row.map((z) => {
      const u = 0.5 * (1 + Math.tanh(0.7978845608 * normal() * 1.1));
      return z / trueTemperature - Math.log(-Math.log(Math.min(1 - 1e-12, Math.max(1e-12, u))));
    });
    return draws.indexOf(Math.max(...draws));
  });
  return { logits, targets };
}

describe('fitTemperature', () => {
  it('finds the temperature that the labels were drawn with', () => {
    for (const truth of [0.5, 1, 3]) {
      const { logits, targets } = sample(truth, 4000);
      const found = fitTemperature(logits, targets);
      assert.ok(Math.abs(Math.log(found / truth)) < 0.15, `${found} instead of ${truth}`);
    }
  });

  it('stays moderate when a handful of clips are all right', () => {
    const logits = Array.from({ length: 15 }, (_, i) => [0, 1, 2].map((k) => (k === i % 3 ? 5 : 0)));
    const targets = logits.map((_, i) => i % 3);
    const temperature = fitTemperature(logits, targets);
    const [sure] = softmax(logits[0] ?? [], temperature);
    assert.ok(temperature > 0.6 && temperature < 1, `${temperature}`);
    assert.ok((sure ?? 0) > 0.98 && (sure ?? 1) < 0.9999, `${sure}`);
  });

  it('is not thrown off by one surprise', () => {
    const logits = Array.from({ length: 10 }, () => [30, 0]);
    const temperature = fitTemperature(logits, [1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    assert.ok(temperature > 1.5 && temperature < 20, `${temperature}`);
  });

  it('leaves a head alone that nothing is known of', () => {
    assert.equal(fitTemperature([], []), 1);
  });
});

describe('fitDistanceRejection', () => {
  const normal = normalNoise(2);
  const draw = (label: string, centre: number) => ({
    label,
    embedding: Array.from({ length: 30 }, (_, j) => centre * (j < 3 ? 1 : 0) + (1 + j / 10) * normal()),
  });
  const clips = (count: number) =>
    Array.from({ length: count }, (_, i) => draw(i % 2 === 0 ? 'a' : 'b', i % 2 === 0 ? -3 : 3));
  const passes = (rejection: NonNullable<ReturnType<typeof fitDistanceRejection>>, count: number) =>
    clips(count).filter(({ embedding }) => !isRejected(rejection, embedding, 1)).length / count;

  it('lets the promised share of new clips pass, and few that lie elsewhere', () => {
    const rejection = fitDistanceRejection(clips(200), ['a', 'b'], 'none', 0.9);
    assert.ok(rejection);
    const share = passes(rejection, 2000);
    assert.ok(share > 0.85 && share < 0.95, `${share} of new clips pass`);
    const far = Array.from({ length: 200 }, () => draw('a', 30));
    assert.ok(far.every(({ embedding }) => isRejected(rejection, embedding, 1)));
  });

  it('still lets most pass after five clips a class', () => {
    const rejection = fitDistanceRejection(clips(10), ['a', 'b'], 'none', 0.95);
    assert.ok(rejection);
    const share = passes(rejection, 2000);
    assert.ok(share > 0.8, `${share} of new clips pass`);
  });

  it('gives up honestly on one clip a class and on clips that do not vary', () => {
    assert.equal(
      fitDistanceRejection([draw('a', 0), draw('a', 0), draw('b', 1)], ['a', 'b'], 'none'),
      undefined,
    );
    const same = ['a', 'a', 'b', 'b'].map((label) => ({ label, embedding: [1, 2] }));
    assert.equal(fitDistanceRejection(same, ['a', 'b'], 'none'), undefined);
    assert.throws(() => fitDistanceRejection(same, ['a', 'b'], 'none', 1), RangeError);
  });
});
