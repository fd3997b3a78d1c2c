import assert from 'node:assert/strict';
import { buildEcapaGraph } from '../../src/model/ecapa-graph.js';
import { ecapaWeightsFromStateDict } from '../../src/model/ecapa-weights.js';
import { type Embedder, openEmbedder } from '../../src/model/embedder.js';
import { GraphBuilder } from '../../src/model/graph-builder.js';
import { addIntegerProduct } from '../../src/model/integer-product.js';
import { keepAsInt8 } from '../../src/model/keep-as-int8.js';
import { writeModelDirectory } from '../../src/model/model-file.js';
import { writeOnnx } from '../../src/model/onnx-writer.js';
import { loadNativeRuntime } from '../../src/model/session/native-runtime.js';
import { loadWasmRuntime } from '../../src/model/session/wasm-runtime.js';
import { writeEcapaModel } from '../../src/model/write-ecapa-model.js';
import { fixturePath, readFloat32 } from '../reference.js';
import { difference } from './compare.js';
import { COMPACT_SHAPE, randomStateDict } from './random-weights.js';
import { useTemporaryDirectory } from './temporary-directory.js';

const ABOUT = { licence: 'none', source: 'random weights' };

describe('products of integers', function () {
  this.timeout(120_000);
  const temporary = useTemporaryDirectory();
  const weights = ecapaWeightsFromStateDict(randomStateDict(COMPACT_SHAPE, 3));
  let exact: Embedder;
  let integers: Embedder;

  before(async () => {
    for (const quantize of ['none', 'int8'] as const) {
      await writeEcapaModel({ directory: temporary(quantize), weights, id: quantize, quantize, ...ABOUT });
    }
    exact = await openEmbedder(temporary('none'));
    integers = await openEmbedder(temporary('int8'));
  });
  after(async () => {
    await exact.close();
    await integers.close();
  });

  for (const name of ['noise_1s', 'noise_3s', 'noise_10s', 'speech_espeak', 'silence_1s']) {
    it(`embed ${name} almost as float32 does`, async () => {
      const samples = readFloat32(fixturePath('speechbrain', 'vectors', `${name}.wav16k.f32`));
      const expected = await exact.embed(samples);
      const { angular } = difference((await integers.embed(samples)).values, expected.values);
      assert.ok(angular > 0 && angular <= 1e-4, `1 - cosine ${angular}`);
    });
  }

  it('give a window the same embedding whatever lies beside it', async () => {
    const { values } = await integers.logMel(
      readFloat32(fixturePath('speechbrain', 'vectors', 'noise_3s.wav16k.f32')),
    );
    const size = 100 * 80;
    // The second is a hundred times as loud, in the decibels that the network sees.
    const windows = values
      .slice(0, 3 * size)
      .map((value, i) => (Math.floor(i / size) === 1 ? value * 3 : value));
    const together = await integers.embedFrames(windows, 3);
    for (const [index, embedding] of together.entries()) {
      const [alone] = await integers.embedFrames(windows.slice(index * size, (index + 1) * size), 1);
      assert.deepEqual(embedding.values, alone?.values);
    }
  });

  it('are what is computed over frames, and nothing else', () => {
    const graph = buildEcapaGraph(weights, 'int8');
    const products = graph.nodes
      .filter(({ operator }) => operator === 'Gemm')
      .map(({ outputs }) => outputs[0]);
    assert.deepEqual(
      products.filter((name) => !/stft|mel|\/se\/|attention\/context|^embedding$/.test(name ?? '')),
      [],
    );
    assert.equal(
      graph.nodes.filter(({ operator }) => operator === 'MatMulInteger').length,
      1 + 3 * 9 + 1 + 2,
    );
  });

  // 255 and 127 twice are more than 16 bits hold, in which AVX2 without VNNI adds two products.
  it('stay within 16 bits in pairs, at the largest of rows and weights', async () => {
    const [inputs, outputs] = [64, 32];
    const graph = new GraphBuilder();
    const weight = new Float32Array(inputs * outputs).fill(1);
    addIntegerProduct(graph, 'layer', 'rows', { inputs, outputs, weight });
    const built = graph.build(
      'layer',
      [{ name: 'rows', shape: ['n', inputs] }],
      [{ name: 'layer/product', shape: ['n', outputs] }],
    );
    for (const { type, bytes } of built.initializers) {
      if (type === 'int8')
        assert.ok(new Int8Array(bytes.slice().buffer).every((value) => 2 * 255 * value < 2 ** 15));
    }
    for (const runtime of [await loadNativeRuntime(), await loadWasmRuntime()]) {
      const session = await runtime.open(writeOnnx(built, 'test'), 1);
      const rows = new Float32Array(8 * inputs).fill(2);
      const products = await session.run({ rows: { values: rows, shape: [8, inputs] } }, 'layer/product');
      for (const product of products) assert.ok(Math.abs(product - 2 * inputs) < 1e-3, `${product}`);
      await session.release();
    }
  });

  it('are not needed by files that were kept as int8 before there were any', async () => {
    const onnx = writeOnnx(keepAsInt8(buildEcapaGraph(weights)), 'ecapa');
    const { sampleRateHz, dimension, minimumSamples } = exact.model;
    await writeModelDirectory(temporary('old'), onnx, {
      ...ABOUT,
      ...{ id: 'old', sampleRateHz, dimension, minimumSamples, quantization: 'int8' },
    });
    const samples = readFloat32(fixturePath('speechbrain', 'vectors', 'noise_1s.wav16k.f32'));
    const expected = await exact.embed(samples);
    for (const runtime of ['native', 'wasm'] as const) {
      const old = await openEmbedder(temporary('old'), { runtime });
      const { angular } = difference((await old.embed(samples)).values, expected.values);
      await old.close();
      assert.ok(angular <= 1e-4, `${runtime}: 1 - cosine ${angular}`);
    }
  });
});
