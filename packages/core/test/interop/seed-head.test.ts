import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadHead } from '../../src/heads/file/head-file.js';
import { predict } from '../../src/heads/predict.js';
import { describeModel, loadEmbeddedManifest, locateHeadOfModel } from '../../src/models/locate.js';
import { readJson, sharedPath, skip } from '../reference.js';

/** A made embedding, and softmax(W e + b) of it by the numbers in the project's file, computed apart. */
const EXPECTED = ['music', 0.531620982, 0.113173051, 0.355205967];
const MADE = Float32Array.from({ length: 192 }, (_, i) => 20 * Math.sin(i + 1));

describe('the head of the ECAPA acoustic domain classifier', () => {
  it('is the default of model voxceleb, under its own licence', async () => {
    const file = await locateHeadOfModel('voxceleb');
    assert.ok(file?.endsWith('acoustic-domain.json') === true, file);
    const head = await loadHead(file ?? '');
    assert.deepEqual(
      [head.modelId, head.dimension, head.labels],
      ['voxceleb', 192, ['music', 'noise', 'speech']],
    );
    assert.equal(head.provenance?.licence, 'MIT');
    const { manifest, directory } = await loadEmbeddedManifest();
    const entry = manifest.heads.find(({ id }) => id === head.id);
    const licence = await readFile(join(directory, entry?.licenceFile ?? ''), 'utf8');
    assert.match(licence, /MIT License\s+Copyright \(c\) 2025 Muhammad Khubaib Ahmad/);
  });

  it('gives softmax(W e + b) of the numbers in the project’s own file', async function () {
    const path = sharedPath('reference', 'seed', 'head_ref.json');
    if (path === undefined) skip(this, 'the reference data are not here');
    const {
      X,
      predict_proba,
      predict: names,
    } = readJson(path) as {
      X: number[][];
      predict_proba: number[][];
      predict: string[];
    };
    const head = await loadHead((await locateHeadOfModel('voxceleb')) ?? '');
    for (const [i, row] of X.entries()) {
      const answer = predict(head, { modelId: 'voxceleb', values: Float32Array.from(row) });
      assert.equal(answer.label, names[i]);
      answer.probabilities.forEach((p, k) => {
        assert.ok(Math.abs(p - (predict_proba[i]?.[k] ?? 0)) < 1e-6);
      });
    }
  });

  it('gives the same of a made embedding as when it was imported', async () => {
    const head = await loadHead((await locateHeadOfModel('voxceleb')) ?? '');
    const answer = predict(head, { modelId: 'voxceleb', values: MADE });
    assert.deepEqual([answer.label, ...answer.probabilities.map((p) => Number(p.toFixed(9)))], EXPECTED);
  });
});

describe('describeModel', () => {
  it('knows id and dimension of a model that has not been pulled', async () => {
    assert.deepEqual(await describeModel('voxceleb'), { id: 'voxceleb', dimension: 192 });
    assert.deepEqual(await describeModel('ecapa-compact'), { id: 'ecapa-compact', dimension: 192 });
    await assert.rejects(describeModel('no-such-model'), { code: 'MODEL_NOT_FOUND' });
  });
});
