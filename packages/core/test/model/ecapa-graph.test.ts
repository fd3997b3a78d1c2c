import assert from 'node:assert/strict';
import { buildEcapaGraph, minimumSampleCount } from '../../src/model/ecapa-graph.js';
import {
  ecapaWeightsFromStateDict,
  type NamedTensor,
  type StateDictOptions,
} from '../../src/model/ecapa-weights.js';
import { openEmbedder } from '../../src/model/embedder.js';
import { writeEcapaModel } from '../../src/model/write-ecapa-model.js';
import { difference } from './compare.js';
import { ODD_SHAPE } from './odd-shape.js';
import { plainEcapa } from './plain-ecapa.js';
import { type EcapaShape, randomStateDict, seededRandom, VOXCELEB_SHAPE } from './random-weights.js';
import { useTemporaryDirectory } from './temporary-directory.js';

/** Of two layers; the blocks reach three frames. */
const WITH_STEM: EcapaShape = {
  ...ODD_SHAPE,
  channels: [16, 16, 16, 48],
  kernelSizes: [1, 3, 3, 1],
  stem: [4, 6],
};
const WITHOUT_AGGREGATION: EcapaShape = { ...WITH_STEM, channels: [16, 16, 16, 0] };

describe('the ECAPA-TDNN graph', () => {
  const temporary = useTemporaryDirectory();

  async function compare(
    name: string,
    tensors: Map<string, NamedTensor>,
    options: StateDictOptions = {},
  ): Promise<void> {
    const weights = ecapaWeightsFromStateDict(tensors, options);
    const directory = temporary(name);
    await writeEcapaModel({ directory, weights, id: name, licence: 'MIT', source: 'random' });
    const embedder = await openEmbedder(directory);
    try {
      for (const frames of [9, 40, 41]) {
        const random = seededRandom(frames);
        // Within 80 dB, so that the floor leaves it alone; centred here as the graph does.
        const logMel = Float32Array.from({ length: frames * 80 }, () => 60 * random() - 30);
        const [embedding] = await embedder.embedFrames(logMel, 1);
        const expected = plainEcapa(weights, centred(logMel, frames));
        const { largest, angular } = difference(embedding?.values ?? [], expected);
        const scale = expected.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        assert.ok(largest <= 1e-5 * scale, `${frames} frames: ${largest} apart, values up to ${scale}`);
        assert.ok(angular <= 1e-10, `${frames} frames: 1 - cosine ${angular}`);
      }
    } finally {
      await embedder.close();
    }
  }

  it('computes what the definition states', () => compare('odd', randomStateDict(ODD_SHAPE, 1)));

  it('does so when normalisations flip signs', () => compare('signs', randomStateDict(ODD_SHAPE, 2, 0.5)));

  it('does so when attention is so sharp that exponentials could overflow', () => {
    const tensors = randomStateDict(ODD_SHAPE, 3, 0.5);
    const weight = tensors.get('asp.conv.conv.weight');
    assert.ok(weight);
    const data = weight.data.map((value) => 200 * value);
    return compare('sharp', tensors.set('asp.conv.conv.weight', { ...weight, data }));
  });

  it('does so when a normalisation has zeros', () => {
    const tensors = randomStateDict(ODD_SHAPE, 4);
    for (const [name, tensor] of tensors) {
      if (!name.endsWith('norm.weight')) continue;
      tensors.set(name, {
        ...tensor,
        data: tensor.data.map((value, index) => (index % 3 === 0 ? 0 : value)),
      });
    }
    return compare('zeros', tensors);
  });

  it('computes each window of a batch as it computes it alone', async () => {
    const weights = ecapaWeightsFromStateDict(randomStateDict(ODD_SHAPE, 6));
    await writeEcapaModel({
      directory: temporary('batch'),
      weights,
      id: 'batch',
      licence: 'MIT',
      source: 'random',
      conditioned: true,
    });
    const embedder = await openEmbedder(temporary('batch'));
    try {
      assert.equal(embedder.model.conditioned, true);
      const [windows, size] = [3, 20 * 80];
      const random = seededRandom(9);
      const logMel = Float32Array.from({ length: windows * size }, () => 60 * random() - 30);
      const together = await embedder.embedFrames(logMel, windows);
      for (let window = 0; window < windows; window++) {
        const [alone] = await embedder.embedFrames(logMel.slice(window * size, (window + 1) * size), 1);
        const { angular } = difference(together[window]?.values ?? [], alone?.values ?? []);
        assert.ok(angular <= 1e-10, `window ${window}: 1 - cosine ${angular}`);
      }
    } finally {
      await embedder.close();
    }
  });

  it('takes any number of blocks', () => {
    const shape: EcapaShape = { ...ODD_SHAPE, channels: [16, 16, 24], kernelSizes: [5, 3, 3] };
    return compare('short', randomStateDict(shape, 5));
  });

  it('pools the blocks as they are where the checkpoint aggregates nothing', async () => {
    const tensors = randomStateDict(WITHOUT_AGGREGATION, 9, 0.5);
    await compare('no aggregation', tensors, { stemStrides: [1, 2] });
    const likeSpeechBrains = randomStateDict({ ...ODD_SHAPE, channels: [16, 24, 24, 32, 0] }, 9);
    assert.throws(() => ecapaWeightsFromStateDict(likeSpeechBrains), /no tensors under "mfa"/);
  });

  it('sees the features through a stem where the checkpoint has one and its strides are given', async () => {
    const tensors = randomStateDict({ ...WITH_STEM, dimension: 12 }, 8, 0.5);
    await compare('stem', tensors, { stemStrides: [1, 2] });
    await compare('stem in full', tensors, { stemStrides: [1, 1] });
    assert.throws(() => ecapaWeightsFromStateDict(tensors), /takes \d+ channels/);
    assert.throws(() => ecapaWeightsFromStateDict(tensors, { stemStrides: [1] }), /channels/);
    assert.throws(() => ecapaWeightsFromStateDict(tensors, { stemStrides: [1, 2, 2] }), /stem\.convs\.2/);
    assert.throws(() => ecapaWeightsFromStateDict(tensors, { stemStrides: [0, 2] }), RangeError);
    const flat = tensors.get('stem.convs.0.weight');
    assert.ok(flat);
    tensors.set('stem.convs.0.weight', { ...flat, shape: [4, 1, 9, 1] });
    assert.throws(() => ecapaWeightsFromStateDict(tensors, { stemStrides: [1, 2] }), /square/);
  });

  it('leaves no normalisation and no convolution to compute', () => {
    const graph = buildEcapaGraph(ecapaWeightsFromStateDict(randomStateDict(ODD_SHAPE, 1)));
    const operators = new Set(graph.nodes.map((node) => node.operator));
    assert.ok(!operators.has('BatchNormalization') && !operators.has('Conv'));
    const values = graph.initializers.reduce((sum, { bytes }) => sum + bytes.byteLength / 4, 0);
    assert.ok(values > 0);
  });

  it('knows how short a clip the network takes', () => {
    const weights = ecapaWeightsFromStateDict(randomStateDict(ODD_SHAPE, 1));
    // Kernel 5 and dilation 3 reach 6 frames.
    assert.equal(minimumSampleCount(weights), 6 * 160);
    const usual = randomStateDict({ ...VOXCELEB_SHAPE, channels: [16, 16, 16, 16, 48] }, 1);
    assert.equal(minimumSampleCount(ecapaWeightsFromStateDict(usual)), 640);
    const halved = ecapaWeightsFromStateDict(randomStateDict(WITH_STEM, 1), { stemStrides: [1, 2] });
    assert.equal(minimumSampleCount(halved), 2 * 3 * 160);
  });
});

function centred(logMel: Float32Array, frames: number): Float32Array {
  const means = Array.from({ length: 80 }, (_, band) => {
    let sum = 0;
    for (let frame = 0; frame < frames; frame++) sum += logMel[frame * 80 + band] ?? Number.NaN;
    return sum / frames;
  });
  return logMel.map((value, index) => value - (means[index % 80] ?? 0));
}
