import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { predict } from '../../src/heads/predict.js';
import { exportOnnx } from '../../src/interop/onnx/export-onnx.js';
import { loadTorchCheckpoint } from '../../src/interop/pytorch/torch-zip.js';
import { ecapaWeightsFromStateDict } from '../../src/model/ecapa-weights.js';
import { loadModelDirectory, type ModelInfo } from '../../src/model/model-file.js';
import { readFields, readText } from '../../src/model/protobuf.js';
import { writeEcapaModel } from '../../src/model/write-ecapa-model.js';
import type { Head, InputNorm } from '../../src/types.js';
import { normalNoise } from '../heads/noise.js';
import { useTemporaryDirectory } from '../model/temporary-directory.js';
import { fixturePath, readFloat32 } from '../reference.js';

// As a user of the file loads it, in a library of their own.
process.env.ORT_DISABLE_TELEMETRY = '1';
const { InferenceSession, Tensor } = createRequire(import.meta.url)(
  'onnxruntime-node',
) as typeof import('onnxruntime-node');

describe('exportOnnx', () => {
  const temporary = useTemporaryDirectory();
  let info: ModelInfo;
  let onnx: Uint8Array;
  const waveform = readFloat32(fixturePath('speechbrain', 'vectors', 'noise_1s.wav16k.f32'));

  before(async () => {
    const checkpoint = fixturePath('speechbrain', 'tiny', 'embedding_model.ckpt');
    const weights = ecapaWeightsFromStateDict(await loadTorchCheckpoint(checkpoint));
    await writeEcapaModel({
      directory: temporary('tiny'),
      weights,
      id: 'tiny',
      licence: 'MIT',
      source: 'test',
    });
    ({ info, onnx } = await loadModelDirectory(temporary('tiny')));
  });

  function headOf(labels: readonly string[], inputNorm: InputNorm): Head {
    const normal = normalNoise(labels.length);
    const scale = inputNorm === 'none' ? 0.05 : 2;
    return {
      id: 'export',
      modelId: 'tiny',
      dimension: info.dimension,
      labels,
      weights: Float64Array.from({ length: labels.length * info.dimension }, () => scale * normal()),
      bias: Float64Array.from({ length: labels.length }, () => normal()),
      inputNorm,
      temperature: 1.3,
    };
  }

  for (const norm of ['none', 'l2', 'l1', 'max'] as const) {
    it(`gives a runtime the head's own probabilities from the waveform (norm ${norm})`, async () => {
      const head = headOf(norm === 'none' ? ['no', 'yes'] : ['a', 'b', 'ünï'], norm);
      const session = await InferenceSession.create(exportOnnx(head, info, onnx));
      try {
        assert.deepEqual(session.inputNames, ['waveform']);
        assert.deepEqual(session.outputNames, ['embedding', 'probabilities']);
        const input = new Tensor('float32', waveform, [1, waveform.length]);
        const { embedding, probabilities } = await session.run({ waveform: input });
        assert.deepEqual(probabilities?.dims, [1, head.labels.length]);
        const values = embedding?.data as Float32Array;
        const expected = predict(head, { values, modelId: 'tiny' }).probabilities;
        assert.ok(Math.max(...expected) < 0.999, 'the test needs probabilities that are not all but 0 and 1');
        expected.forEach((p, k) => {
          assert.ok(Math.abs(p - Number(probabilities?.data[k])) < 1e-6);
        });
      } finally {
        await session.release();
      }
    });

    it(`gives presence as a third output where the head has that readout (norm ${norm})`, async () => {
      const other = headOf(['a', 'b', 'c'], norm);
      const { weights, bias } = headOf(['d', 'e', 'f', 'g'], norm);
      const presence = {
        weights: weights.slice(0, other.weights.length),
        bias: bias.slice(0, 3),
        inputNorm: norm,
        temperature: 0.8,
        exclusive: [],
      };
      const head: Head = { ...other, inputNorm: 'l2', presence };
      const session = await InferenceSession.create(exportOnnx(head, info, onnx));
      try {
        assert.deepEqual(session.outputNames, ['embedding', 'probabilities', 'presence']);
        const input = new Tensor('float32', waveform, [1, waveform.length]);
        const output = await session.run({ waveform: input });
        const values = output.embedding?.data as Float32Array;
        const expected = predict(head, { values, modelId: 'tiny' });
        assert.ok(
          expected.presence?.some((p) => p > 1e-3 && p < 0.999),
          String(expected.presence),
        );
        expected.presence?.forEach((p, k) => {
          assert.ok(Math.abs(p - Number(output.presence?.data[k])) < 1e-5);
        });
        expected.probabilities.forEach((p, k) => {
          assert.ok(Math.abs(p - Number(output.probabilities?.data[k])) < 1e-5);
        });
      } finally {
        await session.release();
      }
    });
  }

  it('names model, head and labels in its metadata, and whether clips are conditioned first', () => {
    const metadataOf = (described: ModelInfo): object => {
      const metadata = new Map<string, string>();
      for (const { field, bytes } of readFields(exportOnnx(headOf(['a', 'b'], 'l2'), described, onnx))) {
        if (field !== 14 || bytes === undefined) continue;
        const [key, value] = [...readFields(bytes)].map((part) => readText(part.bytes));
        metadata.set(key ?? '', value ?? '');
      }
      return Object.fromEntries(metadata);
    };
    const names = { model: 'tiny', head: 'export', labels: '["a","b"]' };
    assert.deepEqual(metadataOf(info), names);
    assert.deepEqual(metadataOf({ ...info, conditioned: true }), { ...names, conditioned: 'true' });
  });

  it('refuses a head of another model and bytes that are no model', () => {
    const head = headOf(['a', 'b'], 'none');
    assert.throws(() => exportOnnx({ ...head, modelId: 'other' }, info, onnx), {
      code: 'HEAD_MODEL_MISMATCH',
    });
    assert.throws(() => exportOnnx(head, info, Buffer.from('not a model at all')), { code: 'MODEL_INVALID' });
    assert.throws(() => exportOnnx(head, info, new Uint8Array()), { code: 'MODEL_INVALID' });
  });
});
