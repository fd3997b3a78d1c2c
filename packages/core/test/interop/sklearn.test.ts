import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deflateSync, gzipSync } from 'node:zlib';
import { parseHead, serializeHead } from '../../src/heads/file/head-file.js';
import { predict } from '../../src/heads/predict.js';
import { importSklearn, parseSklearn } from '../../src/interop/sklearn/sklearn.js';
import type { Head } from '../../src/types.js';
import { fixturePath, readFloat32, readJson, sharedPath, skip } from '../reference.js';
import { expectError } from './expect-error.js';

interface Reference {
  sets: Record<
    string,
    { d: number; nq: number; fits: Record<string, { classes: string[]; proba: number[][] }> }
  >;
}

interface Version {
  sklearn: string;
  queries: number[][];
  fits: { title: string; labels: string[]; probabilities: number[][]; files: Record<string, string> }[];
  refused: { title: string; names: string; file: string }[];
  unread: Record<string, string>;
}

const VERSIONS = ['1.2.1', '1.6.1', '1.9.1'].map(
  (version) => readJson(fixturePath('sklearn-versions', `${version}.json`)) as Version,
);

/** The largest difference between a head's probabilities and scikit-learn's. */
function largestError(head: Head, queries: ArrayLike<number>[], expected: number[][]): number {
  let largest = 0;
  for (const [row, query] of queries.entries()) {
    const values = Float32Array.from(query);
    const { probabilities } = predict(head, { values, modelId: head.modelId });
    for (const [k, probability] of probabilities.entries()) {
      largest = Math.max(largest, Math.abs(probability - (expected[row]?.[k] ?? NaN)));
    }
  }
  return largest;
}

describe('import sklearn', () => {
  const reference = readJson(fixturePath('sklearn', 'reference.json')) as Reference;
  for (const [file, set, fit] of [
    ['few3.C1.pkl', 'few3', 'C1'],
    ['few3.C0.01.p2.pkl', 'few3', 'C0.01'],
    ['few3.pipeline.joblib', 'few3', 'pipeline'],
    ['binary.C1.pkl', 'binary', 'C1'],
    ['binary.balanced.p4.pkl', 'binary', 'balanced'],
    ['five_unbalanced.C1.pkl', 'five_unbalanced', 'C1'],
    ['five_unbalanced.balanced.pkl', 'five_unbalanced', 'balanced'],
  ] as const) {
    it(`equals predict_proba: ${file}`, async () => {
      const data = reference.sets[set];
      const expected = data?.fits[fit];
      assert.ok(data && expected);
      const { head } = await importSklearn(fixturePath('sklearn', file), { modelId: 'm' });
      assert.deepEqual(head.labels, expected.classes);
      const all = readFloat32(fixturePath('sklearn', `${set}.Xq.f32`));
      const queries = Array.from({ length: data.nq }, (_, i) => all.subarray(i * data.d, (i + 1) * data.d));
      assert.ok(largestError(head, queries, expected.proba) < 1e-6);
      // What is written and read back is the same head.
      assert.deepEqual(parseHead(serializeHead(head)), head);
    });
  }

  it("equals predict_proba: the seed project's own file", async function () {
    const path = sharedPath('reference', 'seed', 'ECAPA_acoustic_domain_classifier.pkl');
    const numbers = sharedPath('reference', 'seed', 'head_ref.json');
    if (!path || !numbers) return skip(this, 'the reference data is not here');
    const { X, predict_proba } = readJson(numbers) as { X: number[][]; predict_proba: number[][] };
    const { head, modelIdAssumed, sklearnVersion } = await importSklearn(path);
    assert.equal(head.modelId, 'voxceleb');
    assert.equal(head.id, 'ECAPA_acoustic_domain_classifier');
    assert.equal(modelIdAssumed, true);
    assert.equal(sklearnVersion, '1.6.1');
    assert.ok(largestError(head, X, predict_proba) < 1e-6);
  });

  for (const version of VERSIONS) {
    describe(`scikit-learn ${version.sklearn}`, () => {
      for (const { title, labels, probabilities, files } of version.fits) {
        it(`${title} (${Object.keys(files).length} encodings)`, () => {
          for (const [encoding, base64] of Object.entries(files)) {
            const { head, sklearnVersion } = parseSklearn(Buffer.from(base64, 'base64'), encoding, {
              modelId: 'm',
            });
            assert.equal(sklearnVersion, version.sklearn);
            assert.deepEqual(head.labels, labels, encoding);
            // The queries lose digits in float32, as embeddings have them; therefore 1e-6.
            const error = largestError(head, version.queries, probabilities);
            assert.ok(error < 1e-6, `${encoding}: ${error}`);
          }
        });
      }
      for (const { title, names, file } of version.refused) {
        it(`refuses ${title}, naming ${names}`, async () => {
          const read = () => parseSklearn(Buffer.from(file, 'base64'), 'x.joblib', { modelId: 'm' });
          const code = names === 'scipy' ? 'PICKLE_FORBIDDEN' : 'UNSUPPORTED_ESTIMATOR';
          await expectError(read, code, new RegExp(names));
        });
      }
      for (const [compression, base64] of Object.entries(version.unread)) {
        it(`reports that ${compression} is not read, and what to do`, async () => {
          const read = () => parseSklearn(Buffer.from(base64, 'base64'), 'x.joblib');
          await expectError(read, 'PICKLE_INVALID', new RegExp(`${compression}.*joblib\\.dump`));
        });
      }
    });
  }

  for (const [file, name] of [
    ['hostile.os_system.pkl', 'posix.system'],
    ['hostile.eval_nested.pkl', '__builtin__.eval'],
  ] as const) {
    it(`refuses ${file}, naming ${name}, compressed or not`, async () => {
      const bytes = await readFile(fixturePath('sklearn', file));
      for (const form of [bytes, deflateSync(bytes), gzipSync(bytes)]) {
        await expectError(
          () => parseSklearn(form, file),
          'PICKLE_FORBIDDEN',
          new RegExp(name.replace('.', '\\.')),
        );
      }
    });
  }

  for (const protocol of [0, 1]) {
    it(`reads pickle protocol ${protocol}, which makes objects in another way`, async () => {
      const { head } = await importSklearn(fixturePath('sklearn', `old.p${protocol}.pkl`), { modelId: 'm' });
      assert.deepEqual(head.labels, ['a', 'b']);
      assert.deepEqual([...head.weights], [0, 0, 0, 0.5, -2, 0.001]);
      assert.deepEqual([...head.bias], [0, 0.25]);
    });
  }

  it('refuses an SVC, naming it', async () => {
    const path = fixturePath('sklearn', 'unsupported.svc.pkl');
    await expectError(() => importSklearn(path), 'UNSUPPORTED_ESTIMATOR', /sklearn\.svm\._classes\.SVC/);
  });

  it('reports when it takes the model to be voxceleb, and asks when the size is another', async () => {
    const { head, modelIdAssumed } = await importSklearn(fixturePath('sklearn', 'few3.C1.pkl'));
    assert.equal(head.modelId, 'voxceleb');
    assert.equal(head.id, 'few3.C1');
    assert.equal(modelIdAssumed, true);
    const named = await importSklearn(fixturePath('sklearn', 'few3.C1.pkl'), {
      modelId: 'mine',
      headId: 'h',
    });
    assert.deepEqual([named.head.modelId, named.head.id, named.modelIdAssumed], ['mine', 'h', false]);
    const small = fixturePath('sklearn', 'binary.C1.pkl');
    await expectError(() => importSklearn(small), 'HEAD_MODEL_MISMATCH', /16 numbers.*--model/);
  });

  it('refuses zlib bombs and damaged compression', async () => {
    const bomb = deflateSync(Buffer.alloc(64 << 20));
    await expectError(() => parseSklearn(bomb, 'x.pkl'), 'PICKLE_INVALID', /far more than its size/);
    const cut = gzipSync(await readFile(fixturePath('sklearn', 'few3.C1.pkl'))).subarray(0, 900);
    await expectError(() => parseSklearn(cut, 'x.pkl'), 'PICKLE_INVALID', /gzip data is damaged/);
  });

  it('refuses NaN coefficients', async () => {
    const bytes = await readFile(fixturePath('sklearn', 'few3.C1.pkl'));
    const { head } = parseSklearn(bytes, 'x.pkl');
    const first = Buffer.alloc(8);
    first.writeDoubleLE(head.weights[0] ?? 0);
    const at = bytes.indexOf(first);
    assert.ok(at > 0);
    bytes.writeDoubleLE(NaN, at);
    await expectError(() => parseSklearn(bytes, 'x.pkl'), 'PICKLE_INVALID', /coef_.*NaN/);
  });

  it('refuses other files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'ecapa-sklearn-'));
    try {
      await expectError(() => importSklearn(join(folder, 'none.pkl')), 'FILE_NOT_FOUND');
      await expectError(() => importSklearn(folder), 'IS_DIRECTORY');
      const path = join(folder, 'x.pkl');
      await writeFile(path, '');
      await expectError(() => importSklearn(path), 'EMPTY_FILE');
      await writeFile(path, 'K\x01.');
      await expectError(() => importSklearn(path), 'UNSUPPORTED_ESTIMATOR', /no estimator/);
      assert.deepEqual(await readdir(folder), ['x.pkl']);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
