import type { NamedTensor } from '../../src/model/ecapa-weights.js';

/** Widths of an ECAPA-TDNN, as SpeechBrain's constructor takes them. */
export interface EcapaShape {
  /** The last is the aggregation's; 0 for a network without one. */
  readonly channels: readonly number[];
  readonly kernelSizes: readonly number[];
  readonly attentionChannels: number;
  readonly squeezeChannels: number;
  readonly res2netScale: number;
  readonly dimension: number;
  /** Channels of a stem's layers, where there is one: the blocks then begin with a kernel of one frame. */
  readonly stem?: readonly number[];
}

/** The shape of spkrec-ecapa-voxceleb. */
export const VOXCELEB_SHAPE: EcapaShape = {
  channels: [1024, 1024, 1024, 1024, 3072],
  kernelSizes: [5, 3, 3, 3, 1],
  attentionChannels: 128,
  squeezeChannels: 128,
  res2netScale: 8,
  dimension: 192,
};

/** A model a tenth of its size, still as wide as speech, music and noise ask for. */
export const COMPACT_SHAPE: EcapaShape = {
  ...VOXCELEB_SHAPE,
  channels: [256, 256, 256, 256, 768],
  attentionChannels: 64,
};

/** Numbers in [0, 1) from a seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Tensors named and shaped as SpeechBrain's `ECAPA_TDNN.state_dict()`, with random values of the size
 * that trained ones have. `negativeGammas` is the share of normalisations' scales made negative.
 */
export function randomStateDict(
  shape: EcapaShape,
  seed: number,
  negativeGammas = 0,
): Map<string, NamedTensor> {
  const random = seededRandom(seed);
  const tensors = new Map<string, NamedTensor>();
  const add = (name: string, size: readonly number[], value: () => number): void => {
    const length = size.reduce((product, count) => product * count, 1);
    tensors.set(name, { shape: size, data: Float32Array.from({ length }, value) });
  };
  const between = (low: number, high: number) => (): number => low + (high - low) * random();
  const conv = (name: string, outputs: number, inputs: number, kernel = 1): void => {
    const bound = 1 / Math.sqrt(inputs * kernel);
    add(`${name}.weight`, [outputs, inputs, kernel], between(-bound, bound));
    add(`${name}.bias`, [outputs], between(-bound, bound));
  };
  const norm = (name: string, channels: number): void => {
    add(`${name}.weight`, [channels], () => (random() < negativeGammas ? -1 : 1) * between(0.5, 1.5)());
    add(`${name}.bias`, [channels], between(-0.5, 0.5));
    add(`${name}.running_mean`, [channels], between(-0.5, 0.5));
    add(`${name}.running_var`, [channels], between(0.5, 2));
    add(`${name}.num_batches_tracked`, [], () => 1);
  };
  const tdnn = (name: string, outputs: number, inputs: number, kernel = 1): void => {
    conv(`${name}.conv.conv`, outputs, inputs, kernel);
    norm(`${name}.norm.norm`, outputs);
  };

  const [first = 0, ...rest] = shape.channels;
  const aggregated = rest.pop() ?? 0;
  const { stem = [] } = shape;
  stem.forEach((outputs, layer) => {
    const of = stem[layer - 1] ?? 1;
    add(
      `stem.convs.${layer}.weight`,
      [outputs, of, 3, 3],
      between(-1 / Math.sqrt(9 * of), 1 / Math.sqrt(9 * of)),
    );
    norm(`stem.norms.${layer}`, outputs);
  });
  const bands = stem.reduce((left) => Math.ceil(left / 2), 80);
  tdnn('blocks.0', first, (stem.at(-1) ?? 1) * bands, shape.kernelSizes[0]);
  let inputs = first;
  rest.forEach((outputs, index) => {
    const name = `blocks.${index + 1}`;
    tdnn(`${name}.tdnn1`, outputs, inputs);
    const width = outputs / shape.res2netScale;
    for (let group = 0; group < shape.res2netScale - 1; group++) {
      tdnn(`${name}.res2net_block.blocks.${group}`, width, width, shape.kernelSizes[index + 1]);
    }
    tdnn(`${name}.tdnn2`, outputs, outputs);
    conv(`${name}.se_block.conv1.conv`, shape.squeezeChannels, outputs);
    conv(`${name}.se_block.conv2.conv`, outputs, shape.squeezeChannels);
    if (inputs !== outputs) conv(`${name}.shortcut.conv`, outputs, inputs);
    inputs = outputs;
  });
  const joined = rest.reduce((sum, channels) => sum + channels, 0);
  if (aggregated > 0) tdnn('mfa', aggregated, joined, shape.kernelSizes.at(-1));
  const pooled = aggregated || joined;
  tdnn('asp.tdnn', shape.attentionChannels, 3 * pooled);
  conv('asp.conv.conv', pooled, shape.attentionChannels);
  norm('asp_bn.norm', 2 * pooled);
  conv('fc.conv', shape.dimension, 2 * pooled);
  return tensors;
}
