import assert from 'node:assert/strict';
import { predict } from '../../src/heads/predict.js';
import { predictPresence, presentLabels, sigmoid } from '../../src/heads/presence.js';
import type { Head, PresenceReadout } from '../../src/types.js';

const labels = ['music', 'noise', 'speech'];
const readout: PresenceReadout = {
  weights: Float64Array.from([2, 0, 0, 1, 0, -4]),
  bias: Float64Array.from([0.5, -1, 0]),
  inputNorm: 'l2',
  temperature: 0.5,
  exclusive: [],
};
const head: Head = {
  id: 'h',
  modelId: 'm',
  dimension: 2,
  labels,
  weights: new Float64Array(6),
  bias: Float64Array.from([0, 0, 1]),
  inputNorm: 'none',
  temperature: 1,
  presence: readout,
};

describe('presence', () => {
  it('is one logistic regression per label on the normalised embedding', () => {
    // (3, 4) has length 5: the input is (0.6, 0.8).
    const [music, noise, speech] = predictPresence(readout, [3, 4]);
    const logistic = (x: number): number => 1 / (1 + Math.exp(-x));
    assert.ok(Math.abs((music ?? 0) - logistic((2 * 0.6 + 0.5) / 0.5)) < 1e-15);
    assert.ok(Math.abs((noise ?? 0) - logistic((0.8 - 1) / 0.5)) < 1e-15);
    assert.ok(Math.abs((speech ?? 0) - logistic((-4 * 0.8) / 0.5)) < 1e-15);
  });

  it('stands beside the verdict, which stays what it is', () => {
    const values = Float32Array.from([3, 4]);
    const { presence, present, ...verdict } = predict(head, { modelId: 'm', values });
    const { presence: _, ...plain } = head;
    assert.deepEqual(verdict, predict(plain, { modelId: 'm', values }));
    assert.deepEqual(present, ['music']);
    assert.deepEqual(presence, predictPresence(readout, values));
  });

  it('lists several labels, or none, the surest first', () => {
    assert.deepEqual(presentLabels(head, [0.6, 0.49, 0.9]), ['speech', 'music']);
    assert.deepEqual(presentLabels(head, [0.1, 0.2, 0.3]), []);
    assert.deepEqual(presentLabels(head, [0.1, 0.2, 0.3], 0.2), ['speech', 'noise']);
    assert.deepEqual(presentLabels(head, [0.5, 0, 0]), ['music']);
  });

  it('has only the surer one of two labels that exclude one another', () => {
    const exclusive = { labels, presence: { ...readout, exclusive: [['speech', 'music']] as const } };
    assert.deepEqual(presentLabels(exclusive, [0.6, 0.55, 0.9]), ['speech', 'noise']);
    assert.deepEqual(presentLabels(exclusive, [0.6, 0.55, 0.4]), ['music', 'noise']);
  });

  it('does not overflow', () => {
    assert.deepEqual([sigmoid(-1e4), sigmoid(0), sigmoid(1e4)], [0, 0.5, 1]);
  });

  it('refuses an embedding that is not finite', () => {
    assert.throws(() => predictPresence(readout, [Number.NaN, 1]), { code: 'INFERENCE_FAILED' });
  });
});
