import assert from 'node:assert/strict';
import { isEcapaError } from '../../src/errors.js';
import { normalizeInput } from '../../src/heads/affine.js';
import { predict, softmax } from '../../src/heads/predict.js';
import type { Head, Rejection } from '../../src/types.js';
import { readJson, sharedPath, skip } from '../reference.js';
import { loadSklearnReference, type ReferenceFit } from './sklearn-reference.js';

/** A head with scikit-learn's numbers: a StandardScaler is folded in, a binary fit becomes two rows. */
function headOf(fit: ReferenceFit, dimension: number): Head {
  const rows = fit.coef.length === 1 ? [fit.coef[0]?.map(() => 0) ?? [], ...fit.coef] : fit.coef;
  const intercepts = fit.coef.length === 1 ? [0, ...fit.intercept] : fit.intercept;
  const weights = rows.map((row) => row.map((w, i) => w / (fit.scale?.[i] ?? 1)));
  const bias = intercepts.map((b, k) =>
    (weights[k] ?? []).reduce((sum, w, i) => sum - w * (fit.mean?.[i] ?? 0), b),
  );
  return {
    id: 'reference',
    modelId: 'm',
    dimension,
    labels: fit.classes,
    weights: Float64Array.from(weights.flat()),
    bias: Float64Array.from(bias),
    inputNorm: 'none',
    temperature: 1,
  };
}

function smallHead(rejection?: Rejection): Head {
  return {
    id: 'small',
    modelId: 'm',
    dimension: 2,
    labels: ['a', 'b'],
    weights: Float64Array.from([1, 0, 0, 1]),
    bias: Float64Array.from([0, 0]),
    inputNorm: 'none',
    temperature: 1,
    ...(rejection && { rejection }),
  };
}

function embedding(...values: number[]) {
  return { values: Float32Array.from(values), modelId: 'm' };
}

describe('predict', () => {
  for (const set of loadSklearnReference()) {
    for (const [name, fit] of Object.entries(set.fits)) {
      it(`equals scikit-learn's predict_proba: ${set.name} ${name}`, () => {
        const head = headOf(fit, set.dimension);
        let worst = 0;
        set.queries.forEach((values, q) => {
          const { probabilities, label } = predict(head, { values, modelId: 'm' });
          const expected = fit.proba[q] ?? [];
          expected.forEach((p, k) => {
            worst = Math.max(worst, Math.abs(p - (probabilities[k] ?? Number.NaN)));
          });
          assert.equal(label, fit.classes[expected.indexOf(Math.max(...expected))]);
        });
        assert.ok(worst <= 1e-6, `largest difference ${worst}`);
      });
    }
  }

  it("equals predict_proba of the seed project's own head", function () {
    const path = sharedPath('reference', 'seed', 'head_ref.json');
    const headPath = sharedPath('reference', 'seed', 'head.json');
    if (path === undefined || headPath === undefined)
      skip(this, 'the seed head is not beside the repository');
    const seed = readJson(headPath) as ReferenceFit;
    const reference = readJson(path) as { X: number[][]; predict_proba: number[][]; predict: string[] };
    const head = headOf(seed, 192);
    reference.X.forEach((x, row) => {
      const { probabilities, label } = predict(head, { values: Float32Array.from(x), modelId: 'm' });
      assert.equal(label, reference.predict[row]);
      reference.predict_proba[row]?.forEach((p, k) => {
        assert.ok(Math.abs(p - (probabilities[k] ?? Number.NaN)) <= 1e-6);
      });
    });
  });

  it('gives probabilities that sum to 1 for logits that would overflow', () => {
    const { probabilities, label } = predict(smallHead(), embedding(3e4, -3e4));
    assert.deepEqual([...probabilities], [1, 0]);
    assert.equal(label, 'a');
  });

  it('divides logits by the temperature', () => {
    const p = predict({ ...smallHead(), temperature: 2 }, embedding(2, 0)).probabilities;
    assert.ok(Math.abs((p[0] ?? 0) - 1 / (1 + Math.exp(-1))) < 1e-12);
    assert.deepEqual([...softmax([1, 1], 5)], [0.5, 0.5]);
  });

  it('normalises by the rule of the head', () => {
    assert.deepEqual([...normalizeInput([3, -4], 'l2')], [0.6, -0.8]);
    assert.deepEqual([...normalizeInput([1, -3], 'l1')], [0.25, -0.75]);
    assert.deepEqual([...normalizeInput([1, -4], 'max')], [0.25, -1]);
    assert.deepEqual([...normalizeInput([0, 0], 'l2')], [0, 0]);
    const scaled = predict({ ...smallHead(), inputNorm: 'l2' }, embedding(300, 400)).probabilities;
    const unit = predict({ ...smallHead(), inputNorm: 'l2' }, embedding(3, 4)).probabilities;
    assert.ok(Math.abs((scaled[0] ?? 0) - (unit[0] ?? 1)) < 1e-7);
  });

  it('answers unknown under the probability threshold and keeps the probabilities', () => {
    const head = smallHead({ rule: 'probability', threshold: 0.7 });
    const rejected = predict(head, embedding(0.5, 0));
    assert.equal(rejected.label, 'unknown');
    assert.ok(Math.abs(rejected.probability - 1 / (1 + Math.exp(-0.5))) < 1e-12);
    assert.equal(predict(head, embedding(2, 0)).label, 'a');
  });

  it('answers unknown far from every centroid, by squared Mahalanobis distance', () => {
    const rejection: Rejection = {
      rule: 'distance',
      threshold: 9,
      centroids: Float64Array.from([0, 0, 10, 0]),
      inverseVariances: Float64Array.from([1, 0.25]),
    };
    // (10, 5) is 5 away from the second centroid in a direction of variance 4: 25 / 4 = 6.25 <= 9.
    assert.equal(predict(smallHead(rejection), embedding(10, 5)).label, 'a');
    assert.equal(predict(smallHead(rejection), embedding(10, 7)).label, 'unknown');
    assert.equal(predict(smallHead(rejection), embedding(5, 0)).label, 'unknown');
  });

  it('refuses embeddings of another model, of another size and with NaN', () => {
    const codeOf = (values: Float32Array, modelId: string) => {
      try {
        predict(smallHead(), { values, modelId });
        return 'none';
      } catch (error) {
        assert.ok(isEcapaError(error));
        return error.code;
      }
    };
    assert.equal(codeOf(Float32Array.of(1, 2), 'other'), 'HEAD_MODEL_MISMATCH');
    assert.equal(codeOf(Float32Array.of(1, 2, 3), 'm'), 'HEAD_MODEL_MISMATCH');
    assert.equal(codeOf(Float32Array.of(1, Number.NaN), 'm'), 'INFERENCE_FAILED');
    assert.throws(() => predict(smallHead(), { values: Float32Array.of(1, 2), modelId: 'other' }), {
      message: /"small".*"m".*"other".*train/s,
    });
  });
});
