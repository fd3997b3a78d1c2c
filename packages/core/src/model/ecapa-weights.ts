import { MEL_BANDS } from './fbank.js';
import { StateDictReader } from './state-dict-reader.js';

/** A one-dimensional convolution as torch keeps it: outputs x inputs x kernel, row-major, and a bias. */
export interface ConvWeights {
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly kernelSize: number;
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** A batch normalisation at inference: `gamma (x - mean) / sqrt(variance + 1e-5) + beta`. */
export interface NormWeights {
  readonly gamma: Float32Array;
  readonly beta: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** SpeechBrain's TDNNBlock: convolution, ReLU, batch normalisation. */
export interface TdnnWeights {
  readonly conv: ConvWeights;
  readonly norm: NormWeights;
  readonly dilation: number;
}

/** SpeechBrain's SERes2NetBlock. */
export interface ResidualBlockWeights {
  readonly tdnn1: TdnnWeights;
  /** One TDNN for each group of channels but the first. */
  readonly res2net: readonly TdnnWeights[];
  readonly tdnn2: TdnnWeights;
  readonly squeeze: ConvWeights;
  readonly excite: ConvWeights;
  /** Present when the block's input and output widths differ. */
  readonly shortcut?: ConvWeights;
}

/** A two-dimensional convolution over frames and bands that halves the bands, batch normalisation, ReLU. */
export interface StemLayerWeights {
  readonly inputs: number;
  readonly outputs: number;
  /** Over as many frames as bands. */
  readonly kernelSize: number;
  /** outputs x inputs x frames of the kernel x bands of the kernel, row-major. */
  readonly kernel: Float32Array;
  readonly norm: NormWeights;
  /** Of every how many frames it makes one. */
  readonly stride: number;
}

/** An ECAPA-TDNN (Desplanques et al. 2020) as SpeechBrain builds it, with a stem where it has one. */
export interface EcapaWeights {
  /** What the first block sees the features through (Thienpondt et al. 2021); SpeechBrain's has no layers here. */
  readonly stem: readonly StemLayerWeights[];
  readonly input: TdnnWeights;
  readonly residualBlocks: readonly ResidualBlockWeights[];
  /** Multi-layer feature aggregation, over the concatenated outputs of the residual blocks; without it these are pooled. */
  readonly aggregation?: TdnnWeights;
  readonly attention: { readonly tdnn: TdnnWeights; readonly conv: ConvWeights };
  readonly pooledNorm: NormWeights;
  readonly output: ConvWeights;
}

/** A tensor of a checkpoint, converted to float32, row-major. */
export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** What a checkpoint does not contain about its ECAPA-TDNN. */
export interface StateDictOptions {
  /**
   * Dilation of each block and of the aggregation, which no tensor's shape gives. By default
   * SpeechBrain's: 1, 2, 3, ... and 1 for the aggregation.
   */
  readonly dilations?: readonly number[];
  /** Stride over frames of each layer of the stem; no tensor gives it. By default there is no stem. */
  readonly stemStrides?: readonly number[];
  /** The checkpoint's name, for messages. */
  readonly file?: string;
}

/**
 * Sorts the tensors of SpeechBrain's `ECAPA_TDNN.state_dict()` into a network; every width, kernel
 * size, the Res2Net scale and the number of blocks follow from names and shapes.
 *
 * Throws `UNSUPPORTED_ARCHITECTURE` naming what differs from an ECAPA-TDNN over 80 mel bands, and
 * `CHECKPOINT_INVALID` for tensors whose shapes contradict each other, values that are not finite and
 * negative variances.
 */
export function ecapaWeightsFromStateDict(
  tensors: ReadonlyMap<string, NamedTensor>,
  options: StateDictOptions = {},
): EcapaWeights {
  const reader = new StateDictReader(tensors, options.file ?? 'the checkpoint');
  let blockCount = 0;
  while (reader.has(`blocks.${blockCount}.`)) blockCount++;
  // SpeechBrain's network always aggregates.
  const hasAggregation = options.stemStrides === undefined || reader.has('mfa.');
  const aggregationParts = hasAggregation ? ['mfa.'] : [];
  const parts = ['blocks.0.conv.', 'blocks.1.res2net_block.', ...aggregationParts, 'asp.', 'asp_bn.', 'fc.'];
  for (const part of parts) {
    if (!reader.has(part)) throw reader.unsupported(`it has no tensors under "${part.slice(0, -1)}"`);
  }
  const dilations = options.dilations ?? [...Array.from({ length: blockCount }, (_, index) => index + 1), 1];
  if (dilations.length !== blockCount + 1) {
    throw new RangeError(`dilations: ${dilations.length} given for ${blockCount + 1} layers`);
  }
  const dilation = (layer: number): number => {
    const value = dilations[layer] ?? 0;
    if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`dilations[${layer}]: ${value}`);
    return value;
  };

  const stem = readStem(reader, options.stemStrides ?? []);
  const bandsLeft = stem.reduce((bands) => Math.ceil(bands / 2), MEL_BANDS);
  const input = reader.tdnn('blocks.0', (stem.at(-1)?.outputs ?? 1) * bandsLeft, dilation(0));
  const residualBlocks: ResidualBlockWeights[] = [];
  let channels = input.conv.outputs;
  let aggregated = 0;
  for (let index = 1; index < blockCount; index++) {
    const block = reader.residualBlock(`blocks.${index}`, channels, dilation(index));
    residualBlocks.push(block);
    channels = block.tdnn2.conv.outputs;
    aggregated += channels;
  }
  const aggregation = hasAggregation ? reader.tdnn('mfa', aggregated, dilation(blockCount)) : undefined;
  channels = aggregation?.conv.outputs ?? aggregated;
  // The statistics pooling sees each frame beside the utterance's mean and deviation.
  const attention = {
    tdnn: reader.tdnn('asp.tdnn', 3 * channels, 1),
    conv: reader.conv('asp.conv.conv', reader.width('asp.tdnn.conv.conv.weight')),
  };
  reader.expectPointwise(attention.tdnn.conv);
  reader.expectPointwise(attention.conv);
  reader.expectWidth(attention.conv, channels);
  const pooledNorm = reader.norm('asp_bn.norm', 2 * channels);
  const output = reader.conv('fc.conv', 2 * channels);
  reader.expectPointwise(output);
  reader.expectAllUsed();
  const rest = { attention, pooledNorm, output };
  return { stem, input, residualBlocks, ...(aggregation === undefined ? {} : { aggregation }), ...rest };
}

function readStem(reader: StateDictReader, strides: readonly number[]): StemLayerWeights[] {
  let inputs = 1;
  return strides.map((stride, layer) => {
    if (!Number.isSafeInteger(stride) || stride < 1) throw new RangeError(`stemStrides[${layer}]: ${stride}`);
    const convolution = reader.convolution2d(`stem.convs.${layer}`, inputs);
    inputs = convolution.outputs;
    return { ...convolution, norm: reader.norm(`stem.norms.${layer}`, inputs), stride };
  });
}
