import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { predict, softmax } from '../../src/heads/predict.js';
import { exportJson } from '../../src/interop/json/export-json.js';
import { exportSklearn } from '../../src/interop/sklearn/export-sklearn.js';
import type { Head, InputNorm } from '../../src/types.js';
import { normalNoise } from '../heads/noise.js';
import { skip } from '../reference.js';

const DIMENSION = 24;
const normal = normalNoise(6);
const QUERIES = Array.from({ length: 8 }, () => Float32Array.from({ length: DIMENSION }, () => 5 * normal()));

function headOf(labels: readonly string[], inputNorm: InputNorm, temperature: number): Head {
  return {
    id: 'export',
    modelId: 'm',
    dimension: DIMENSION,
    labels,
    weights: Float64Array.from({ length: labels.length * DIMENSION }, () => normal()),
    bias: Float64Array.from({ length: labels.length }, () => normal()),
    inputNorm,
    temperature,
    provenance: { options: { C: 0.25 } },
  };
}

const CASES: readonly [string, Head][] = [
  ['three classes', headOf(['music', 'noise', 'speech'], 'none', 1)],
  ['two classes and a temperature', headOf(['no', 'yes'], 'none', 1.7)],
  ['a norm before it', headOf(['a', 'b', 'c', 'd'], 'l2', 0.6)],
  ['the largest value as norm, names beyond ASCII', headOf(['größer', '音楽', '🎵🎵'], 'max', 1)],
];

/** Debian's; a Python of another name may lack scikit-learn. */
const PYTHON = '/usr/bin/python3';

const SCRIPT = `
import json, sys, joblib, numpy
model = joblib.load(sys.argv[1])
X = numpy.array(json.load(sys.stdin))
print(json.dumps({"classes": [str(c) for c in model.classes_], "proba": model.predict_proba(X).tolist(),
                  "predict": [str(c) for c in model.predict(X)], "type": type(model).__name__}))
`;

describe('exportSklearn', () => {
  let directory: string;
  before(function () {
    const probe = spawnSync(PYTHON, ['-c', 'import sklearn, joblib']);
    if (probe.status !== 0) skip(this, `${PYTHON} has no scikit-learn`);
    directory = mkdtempSync(join(tmpdir(), 'ecapa-export-'));
  });
  after(() => {
    if (directory !== undefined) rmSync(directory, { recursive: true, force: true });
  });

  for (const [name, head] of CASES) {
    it(`gives scikit-learn the same head: ${name}`, function () {
      this.timeout(60_000);
      const path = join(directory, 'head.pkl');
      writeFileSync(path, exportSklearn(head));
      const answer = JSON.parse(
        execFileSync(PYTHON, ['-W', 'ignore', '-c', SCRIPT, path], {
          input: JSON.stringify(QUERIES.map((query) => Array.from(query))),
          encoding: 'utf8',
        }),
      ) as { classes: string[]; proba: number[][]; predict: string[]; type: string };
      assert.deepEqual(answer.classes, head.labels);
      assert.equal(answer.type, head.inputNorm === 'none' ? 'LogisticRegression' : 'Pipeline');
      QUERIES.forEach((values, q) => {
        const { label, probabilities } = predict(head, { values, modelId: 'm' });
        assert.equal(answer.predict[q], label);
        probabilities.forEach((p, k) => {
          assert.ok(Math.abs(p - (answer.proba[q]?.[k] ?? Number.NaN)) < 1e-9);
        });
      });
    });
  }
});

describe('exportJson', () => {
  it('holds all that its formula needs, and no clips', () => {
    const head: Head = {
      ...headOf(['a', 'b', 'c'], 'l2', 0.5),
      rejection: { rule: 'probability', threshold: 0.6 },
      provenance: { clips: [{ path: '/home/me/private.wav' }] },
    };
    const text = exportJson(head);
    assert.ok(!text.includes('private'));
    const exported = JSON.parse(text) as {
      weights: number[][];
      bias: number[];
      rejection: object;
      model: string;
    };
    for (const values of QUERIES) {
      const length = Math.hypot(...values);
      const logits = exported.weights.map((row, k) =>
        row.reduce((sum, w, j) => sum + (w * (values[j] ?? 0)) / length, exported.bias[k] ?? 0),
      );
      const expected = predict({ ...head }, { values, modelId: 'm' }).probabilities;
      softmax(logits).forEach((p, k) => {
        assert.ok(Math.abs(p - (expected[k] ?? Number.NaN)) < 1e-12);
      });
    }
    assert.deepEqual(exported.rejection, { rule: 'probability', threshold: 0.6 });
    assert.equal(exported.model, 'm');
  });
});
