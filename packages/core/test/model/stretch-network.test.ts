import assert from 'node:assert/strict';
import { isEcapaError } from '../../src/errors.js';
import { type EcapaWeights, ecapaWeightsFromStateDict } from '../../src/model/ecapa-weights.js';
import { type Embedder, openEmbedder } from '../../src/model/embedder.js';
import type { RuntimeName } from '../../src/model/session/session.js';
import { writeEcapaModel } from '../../src/model/write-ecapa-model.js';
import type { Piece } from '../../src/stretches.js';
import { difference } from './compare.js';
import { ODD_SHAPE } from './odd-shape.js';
import { plainWindow } from './plain-ecapa.js';
import { type EcapaShape, randomStateDict, seededRandom } from './random-weights.js';
import { useTemporaryDirectory } from './temporary-directory.js';

const WITH_STEM: EcapaShape = {
  ...ODD_SHAPE,
  channels: [16, 16, 16, 48],
  kernelSizes: [1, 3, 3, 1],
  stem: [4, 6],
};
const WITHOUT_AGGREGATION: EcapaShape = { ...WITH_STEM, channels: [16, 16, 16, 0] };
const FRAMES = 50;
/** Of the two stretches in turn; the third window has a part of both. */
const PIECES: readonly (readonly Piece[])[] = [
  [
    [0, FRAMES],
    [20, FRAMES],
    [35, FRAMES],
  ],
  [[0, 20]],
];

function weightsOf(seed: number): EcapaWeights {
  return ecapaWeightsFromStateDict(randomStateDict(ODD_SHAPE, seed));
}

/** Log-mel frames within 80 dB, each band's mean taken out, as the network would do. */
function stretch(seed: number): Float32Array {
  const random = seededRandom(seed);
  const values = Float32Array.from({ length: FRAMES * 80 }, () => 60 * random() - 30);
  for (let band = 0; band < 80; band++) {
    let mean = 0;
    for (let at = band; at < values.length; at += 80) mean += (values[at] ?? 0) / FRAMES;
    for (let at = band; at < values.length; at += 80) values[at] = (values[at] ?? 0) - mean;
  }
  return values;
}

function together(...stretches: Float32Array[]): Float32Array {
  return Float32Array.from(stretches.flatMap((values) => [...values]));
}

describe('a trunk that windows share', () => {
  const temporary = useTemporaryDirectory();

  async function withModel(
    name: string,
    weights: EcapaWeights,
    work: (embedder: Embedder) => Promise<void>,
    runtime: RuntimeName = 'native',
  ): Promise<void> {
    const directory = temporary(`${name}-${runtime}`);
    await writeEcapaModel({
      directory,
      weights,
      id: name,
      licence: 'MIT',
      source: 'random',
      sharedTrunk: true,
    });
    const embedder = await openEmbedder(directory, { runtime });
    try {
      await work(embedder);
    } finally {
      await embedder.close();
    }
  }

  for (const [name, shape, negativeGammas, options] of [
    ['plain', ODD_SHAPE, 0, {}],
    ['signs', ODD_SHAPE, 0.5, {}],
    ['stem', WITH_STEM, 0, { stemStrides: [1, 2] }],
    ['no-aggregation', WITHOUT_AGGREGATION, 0.5, { stemStrides: [1, 2] }],
  ] as const) {
    for (const runtime of ['native', 'wasm'] as const) {
      it(`pools windows from pieces as the definition states: ${name}, ${runtime}`, async () => {
        const tensors = randomStateDict(shape, 7, negativeGammas);
        const weights = ecapaWeightsFromStateDict(tensors, options);
        const [first, second] = [stretch(1), stretch(2)];
        await withModel(
          name,
          weights,
          async ({ stretches }) => {
            assert.ok(stretches);
            const [a, b] = await stretches.sum(together(first, second), PIECES);
            assert.ok(a?.[0] && a[1] && a[2] && b?.[0]);
            const found = await stretches.pool([[a[0]], [a[1], b[0]], [a[2]]]);
            const expected = [
              plainWindow(weights, [{ stretch: first, from: 0, to: 1 }], 2),
              plainWindow(
                weights,
                [
                  { stretch: first, from: 0.4, to: 1 },
                  { stretch: second, from: 0, to: 0.4 },
                ],
                2,
              ),
              plainWindow(weights, [{ stretch: first, from: 0.7, to: 1 }], 2),
            ];
            for (const [window, values] of expected.entries()) {
              const { largest } = difference(found[window]?.values ?? [], values);
              const scale = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
              assert.ok(largest <= 1e-5 * scale, `window ${window}: ${largest} apart, values up to ${scale}`);
            }
          },
          runtime,
        );
      });
    }
  }

  it('computes a stretch alike whatever is beside it, and however many pieces others have', () =>
    withModel('alone', weightsOf(9), async ({ stretches }) => {
      assert.ok(stretches);
      const [both] = await stretches.sum(together(stretch(1), stretch(2)), [[[0, 20]], PIECES[0] ?? []]);
      const [alone] = await stretches.sum(stretch(1), [[[0, 20]]]);
      assert.ok(both?.[0] && alone?.[0]);
      const [x, y] = await stretches.pool([[both[0]], [alone[0]]]);
      assert.ok(difference(x?.values ?? [], y?.values ?? []).largest < 1e-6);
    }));

  it('is refused where attention is scaled window by window', async () => {
    const tensors = randomStateDict(ODD_SHAPE, 3);
    const weight = tensors.get('asp.conv.conv.weight');
    assert.ok(weight);
    tensors.set('asp.conv.conv.weight', { ...weight, data: weight.data.map((value) => 400 * value) });
    await assert.rejects(
      withModel('sharp', ecapaWeightsFromStateDict(tensors), async ({ stretches }) => {
        await stretches?.sum(stretch(1), [[[0, FRAMES]]]);
      }),
      (error) =>
        isEcapaError(error) && error.code === 'MODEL_INVALID' && /window by window/.test(error.message),
    );
  });
});
