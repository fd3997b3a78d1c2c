import assert from 'node:assert/strict';
import { predict } from '../../src/heads/predict.js';
import { type Example, type FitOptions, trainHead } from '../../src/heads/train/train.js';
import type { Head } from '../../src/types.js';
import { loadSklearnReference, type ReferenceSet } from './sklearn-reference.js';

const NAMES = { id: 'test', modelId: 'm' };

function examplesOf(set: ReferenceSet): Example[] {
  return set.points.map((embedding, i) => ({ embedding, label: set.labels[i] ?? '' }));
}

async function train(examples: readonly Example[], options: FitOptions = {}): Promise<Head> {
  return (await trainHead(examples, { ...NAMES, ...options })).head;
}

function probabilities(head: Head, values: ArrayLike<number>): Float64Array {
  return predict(head, { values: Float32Array.from(values), modelId: 'm' }).probabilities;
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  assert.equal(a.length, b.length);
  return Array.from(a).reduce((worst, x, i) => Math.max(worst, Math.abs(x - (b[i] ?? Number.NaN))), 0);
}

/** Deterministic numbers in [-1, 1). */
function noise(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

describe('trainHead', () => {
  for (const set of loadSklearnReference()) {
    for (const [name, fit] of Object.entries(set.fits)) {
      it(`agrees with scikit-learn's LogisticRegression: ${set.name} ${name}`, async () => {
        const head = await train(examplesOf(set), {
          C: fit.params.C,
          classWeight: fit.params.class_weight ?? 'none',
          standardise: fit.scale !== undefined,
        });
        assert.deepEqual(head.labels, fit.classes);
        set.queries.forEach((query, q) => {
          assert.ok(largestDifference(probabilities(head, query), fit.proba[q] ?? []) <= 1e-6);
        });
        const d = set.dimension;
        const rows = Array.from({ length: head.labels.length }, (_, k) =>
          head.weights.slice(k * d, (k + 1) * d),
        );
        // scikit-learn keeps one row for two classes: the second's less the first's.
        const ours = fit.coef.length === 1 ? [rows[1]?.map((w, j) => w - (rows[0]?.[j] ?? 0)) ?? []] : rows;
        fit.coef.forEach((row, k) => {
          const plain = row.map((c, j) => c / (fit.scale?.[j] ?? 1));
          assert.ok(largestDifference(ours[k] ?? [], plain) <= 1e-6);
        });
      });
    }
  }

  it('comes to the minimum when asked for it: the gradient vanishes', async () => {
    for (const set of loadSklearnReference()) {
      const training = await trainHead(examplesOf(set), { ...NAMES, tolerance: 1e-15 });
      assert.ok(training.gradientNorm < 1e-5, `${set.name}: ${training.gradientNorm}`);
    }
  });

  it('gives the same bits each time, and the same head whatever the order of the clips', async () => {
    const [set] = loadSklearnReference();
    assert.ok(set);
    const examples = examplesOf(set);
    const head = await train(examples);
    assert.deepEqual(await train(examples), head);
    const reversed = await train(examples.toReversed());
    assert.ok(largestDifference(reversed.weights, head.weights) < 1e-9);
  });

  it('counts a class weight of 2 as each of its clips twice', async () => {
    const set = loadSklearnReference().find(({ name }) => name === 'five_unbalanced');
    assert.ok(set);
    const examples = examplesOf(set);
    const twice = [...examples, ...examples.filter(({ label }) => label === 'b')];
    const options = { tolerance: 1e-14 };
    const weighted = await train(examples, { ...options, classWeight: { b: 2 } });
    const repeated = await train(twice, options);
    assert.ok(largestDifference(weighted.weights, repeated.weights) < 1e-5);
  });

  it('folds standardisation into the weights, so that units do not matter', async () => {
    const set = loadSklearnReference().find(({ name }) => name === 'binary');
    assert.ok(set);
    const scaled = examplesOf(set).map(({ embedding, label }) => ({
      label,
      embedding: Array.from(embedding, (x, j) => x * 10 ** (j % 5) + 100 * j),
    }));
    const plainHead = await train(examplesOf(set), { standardise: true, tolerance: 1e-14 });
    const scaledHead = await train(scaled, { standardise: true, tolerance: 1e-14 });
    for (const query of set.queries) {
      const moved = Array.from(query, (x, j) => x * 10 ** (j % 5) + 100 * j);
      assert.ok(largestDifference(probabilities(plainHead, query), probabilities(scaledHead, moved)) < 1e-4);
    }
  });

  it('ends on separable clips with next to no penalty, and separates them', async () => {
    const examples = [-3, -2, -1, 1, 2, 3].map((x) => ({
      embedding: [x * 1e3, 5],
      label: x < 0 ? 'low' : 'high',
    }));
    for (const standardise of [false, true]) {
      const head = await train(examples, { C: 1e12, standardise });
      for (const { embedding, label } of examples) {
        assert.equal(predict(head, { values: Float32Array.from(embedding), modelId: 'm' }).label, label);
      }
    }
  });

  it('copes with components that never vary, with equal clips and with one clip a class', async () => {
    const constant = [
      { embedding: [7, 0, 1], label: 'a' },
      { embedding: [7, 0, -1], label: 'b' },
    ];
    for (const standardise of [false, true]) {
      const head = await train(constant, { standardise });
      assert.ok((probabilities(head, [7, 0, 1])[0] ?? 0) > 0.6);
      assert.ok(head.weights.every(Number.isFinite));
    }
    const equal = await train([
      { embedding: [1, 2], label: 'a' },
      { embedding: [1, 2], label: 'b' },
      { embedding: [1, 2], label: 'b' },
    ]);
    assert.ok(Math.abs((probabilities(equal, [1, 2])[1] ?? 0) - 2 / 3) < 1e-4);
    const zero = await train([
      { embedding: [0, 0], label: 'a' },
      { embedding: [0, 0], label: 'b' },
    ]);
    assert.deepEqual([...probabilities(zero, [3, 4])], [0.5, 0.5]);
  });

  it('takes fifty classes with any names', async () => {
    const random = noise(3);
    const examples = Array.from({ length: 150 }, (_, i) => ({
      embedding: Array.from(
        { length: 20 },
        (_, j) => random() + (j === i % 20 ? 4 : 0) + (i % 50 > 25 ? 3 : 0),
      ),
      label: `class ${i % 50} — ünï`,
    }));
    const head = await train(examples, { C: 10 });
    assert.equal(head.labels.length, 50);
    assert.equal(head.weights.length, 1000);
  });

  it('gives way to the event loop and stops when cancelled', async () => {
    const random = noise(5);
    const examples = Array.from({ length: 3000 }, (_, i) => ({
      embedding: Array.from({ length: 100 }, random),
      label: ['a', 'b', 'c'][i % 3] ?? '',
    }));
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    try {
      await train(examples, { C: 100, tolerance: 1e-15 });
    } finally {
      clearInterval(timer);
    }
    assert.ok(turns >= 2, `${turns} turns of the event loop`);
    const controller = new AbortController();
    const training = train(examples, { C: 100, signal: controller.signal });
    setImmediate(() => controller.abort());
    await assert.rejects(training, { code: 'CANCELLED' });
  });

  it('refuses what cannot be trained on', async () => {
    const ok: Example = { embedding: [1, 2], label: 'a' };
    await assert.rejects(train([]), { code: 'TOO_FEW_CLIPS' });
    await assert.rejects(train([ok, ok]), { code: 'TOO_FEW_CLASSES', message: /"a"/ });
    await assert.rejects(train([ok, { embedding: [1], label: 'b' }]), {
      name: 'RangeError',
      message: /examples\[1\]\.embedding/,
    });
    await assert.rejects(train([ok, { embedding: [1, Number.NaN], label: 'b' }]), {
      code: 'INFERENCE_FAILED',
    });
    const two = [ok, { embedding: [2, 1], label: 'b' }];
    for (const C of [0, -1, Number.NaN, Infinity]) {
      await assert.rejects(train(two, { C }), { name: 'RangeError', message: /C must/ });
    }
    await assert.rejects(train(two, { classWeight: { b: -1 } }), { message: /classWeight\["b"\]/ });
    await assert.rejects(train(two, { C: 1e6, tolerance: 1e-15, maxIterations: 1 }), {
      code: 'NOT_CONVERGED',
    });
  });
});
