import assert from 'node:assert/strict';
import { predict } from '../../src/heads/predict.js';
import { exportJson } from '../../src/interop/json/export-json.js';
import { parseSklearn } from '../../src/interop/sklearn/sklearn.js';
import { fixturePath, readJson } from '../reference.js';
import { expectError } from './expect-error.js';

interface Reference {
  sklearn: string;
  queries: number[][];
  fits: { title: string; labels: string[] | null; presence: number[][]; file: string }[];
  refused: { title: string; file: string }[];
}

const NAMES = ['music', 'noise', 'speech'];
const { queries, fits, refused, sklearn } = readJson(
  fixturePath('sklearn-multi-label', '1.2.1.json'),
) as Reference;

describe(`import sklearn, one regression per label (scikit-learn ${sklearn})`, () => {
  for (const { title, labels, presence, file } of fits) {
    it(`${title}: presence is each regression's own probability`, () => {
      const bytes = Buffer.from(file, 'base64');
      const { head } = parseSklearn(bytes, 'several.joblib', {
        modelId: 'm',
        ...(labels === null && { labels: NAMES }),
      });
      assert.deepEqual(head.labels, labels ?? NAMES);
      for (const [i, query] of queries.entries()) {
        const answer = predict(head, { modelId: 'm', values: Float32Array.from(query) });
        answer.presence?.forEach((p, k) => {
          assert.ok(Math.abs(p - (presence[i]?.[k] ?? Number.NaN)) < 1e-6, `${title} ${i} ${k}`);
        });
        const surest = (presence[i] ?? []).indexOf(Math.max(...(presence[i] ?? [])));
        assert.equal(answer.label, head.labels[surest]);
      }
    });
  }

  it('numbers the labels of a file that names none, and counts those that are given', () => {
    const bytes = Buffer.from(fits[0]?.file ?? '', 'base64');
    assert.deepEqual(parseSklearn(bytes, 'x', { modelId: 'm' }).head.labels, ['0', '1', '2']);
    assert.throws(() => parseSklearn(bytes, 'x', { modelId: 'm', labels: ['a'] }), /labels: the file has 3/);
  });

  for (const { title, file } of refused) {
    it(`refuses ${title}`, async () => {
      await expectError(
        () => parseSklearn(Buffer.from(file, 'base64'), 'x.pkl', { modelId: 'm' }),
        'UNSUPPORTED_ESTIMATOR',
        /./,
      );
    });
  }

  it('refuses embeddings of another length at once when the model is known', () => {
    const bytes = Buffer.from(fits[0]?.file ?? '', 'base64');
    assert.throws(() => parseSklearn(bytes, 'x', { modelId: 'voxceleb', dimension: 192 }), {
      code: 'HEAD_MODEL_MISMATCH',
      message: /5 numbers.*"voxceleb" gives 192/,
    });
  });

  it('goes out as JSON with both readouts', () => {
    const { head } = parseSklearn(Buffer.from(fits[1]?.file ?? '', 'base64'), 'x', { modelId: 'm' });
    assert.ok(head.presence !== undefined);
    const json = JSON.parse(exportJson({ ...head, presence: { ...head.presence, temperature: 2 } }));
    assert.equal(json.presence.formula, 'sigmoid(weights . inputNorm(embedding) + bias)');
    assert.equal(json.presence.weights[0][0], (head.weights[0] ?? 0) / 2);
    assert.equal(json.presence.bias.length, 3);
  });
});
