import { EcapaError } from '../errors.js';
import { MEL_BANDS } from './fbank.js';

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

/** An ECAPA-TDNN (Desplanques et al. 2020) as SpeechBrain builds it. */
export interface EcapaWeights {
  readonly input: TdnnWeights;
  readonly residualBlocks: readonly ResidualBlockWeights[];
  /** Multi-layer feature aggregation, over the concatenated outputs of the residual blocks. */
  readonly aggregation: TdnnWeights;
  /** Every how many-th frame is aggregated and pooled; SpeechBrain takes all of them. */
  readonly aggregationStep: number;
  readonly attention: { readonly tdnn: TdnnWeights; readonly conv: ConvWeights };
  readonly pooledNorm: NormWeights;
  readonly output: ConvWeights;
}

/** A tensor of a checkpoint, converted to float32, row-major. */
export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface StateDictOptions {
  /**
   * Dilation of each block and of the aggregation, which no tensor's shape tells. By default
   * SpeechBrain's: 1, 2, 3, ... and 1 for the aggregation.
   */
  readonly dilations?: readonly number[];
  /** Every how many-th frame the network aggregates and pools; no tensor tells. By default SpeechBrain's: 1. */
  readonly aggregationStep?: number;
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
  for (const part of ['blocks.0.conv.', 'blocks.1.res2net_block.', 'mfa.', 'asp.', 'asp_bn.', 'fc.']) {
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

  const { aggregationStep = 1 } = options;
  if (!Number.isSafeInteger(aggregationStep) || aggregationStep < 1)
    throw new RangeError(`aggregationStep: ${aggregationStep}`);

  const input = reader.tdnn('blocks.0', MEL_BANDS, dilation(0));
  const residualBlocks: ResidualBlockWeights[] = [];
  let channels = input.conv.outputs;
  let aggregated = 0;
  for (let index = 1; index < blockCount; index++) {
    const block = reader.residualBlock(`blocks.${index}`, channels, dilation(index));
    residualBlocks.push(block);
    channels = block.tdnn2.conv.outputs;
    aggregated += channels;
  }
  const aggregation = reader.tdnn('mfa', aggregated, dilation(blockCount));
  channels = aggregation.conv.outputs;
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
  return { input, residualBlocks, aggregation, aggregationStep, attention, pooledNorm, output };
}

class StateDictReader {
  readonly #tensors: ReadonlyMap<string, NamedTensor>;
  readonly #file: string;
  readonly #used = new Set<string>();

  constructor(tensors: ReadonlyMap<string, NamedTensor>, file: string) {
    this.#tensors = tensors;
    this.#file = file;
  }

  has(prefix: string): boolean {
    for (const name of this.#tensors.keys()) if (name.startsWith(prefix)) return true;
    return false;
  }

  residualBlock(name: string, inputs: number, dilation: number): ResidualBlockWeights {
    const tdnn1 = this.tdnn(`${name}.tdnn1`, inputs, 1);
    const outputs = tdnn1.conv.outputs;
    let groups = 0;
    while (this.has(`${name}.res2net_block.blocks.${groups}.`)) groups++;
    const scale = groups + 1;
    if (groups === 0 || outputs % scale !== 0) {
      throw this.unsupported(`${name} does not cut its ${outputs} channels into equal groups`);
    }
    const width = outputs / scale;
    const res2net = Array.from({ length: groups }, (_, group) => {
      const tdnn = this.tdnn(`${name}.res2net_block.blocks.${group}`, width, dilation);
      this.expectWidth(tdnn.conv, width);
      return tdnn;
    });
    const tdnn2 = this.tdnn(`${name}.tdnn2`, outputs, 1);
    this.expectWidth(tdnn2.conv, outputs);
    const squeeze = this.conv(`${name}.se_block.conv1.conv`, outputs);
    const excite = this.conv(`${name}.se_block.conv2.conv`, squeeze.outputs);
    this.expectWidth(excite, outputs);
    const blocks = { tdnn1, res2net, tdnn2, squeeze, excite };
    for (const conv of [tdnn1.conv, tdnn2.conv, squeeze, excite]) this.expectPointwise(conv);
    if (inputs === outputs) return blocks;
    const shortcut = this.conv(`${name}.shortcut.conv`, inputs);
    this.expectPointwise(shortcut);
    this.expectWidth(shortcut, outputs);
    return { ...blocks, shortcut };
  }

  tdnn(name: string, inputs: number, dilation: number): TdnnWeights {
    const conv = this.conv(`${name}.conv.conv`, inputs);
    return { conv, norm: this.norm(`${name}.norm.norm`, conv.outputs), dilation };
  }

  conv(name: string, inputs: number): ConvWeights {
    const [outputs = 0, actualInputs = 0, kernelSize = 0, ...rest] = this.#find(`${name}.weight`).shape;
    if (rest.length > 0 || outputs < 1 || kernelSize < 1) {
      throw this.unsupported(`${name}.weight is not a one-dimensional convolution`);
    }
    if (actualInputs !== inputs) {
      throw this.unsupported(`${name} takes ${actualInputs} channels where an ECAPA-TDNN takes ${inputs}`);
    }
    if (kernelSize % 2 === 0) throw this.unsupported(`${name} has an even kernel size of ${kernelSize}`);
    const weight = this.#take(`${name}.weight`, [outputs, inputs, kernelSize]);
    const bias = this.#take(`${name}.bias`, [outputs]);
    return { name, inputs, outputs, kernelSize, weight, bias };
  }

  norm(name: string, channels: number): NormWeights {
    const variance = this.#take(`${name}.running_var`, [channels]);
    if (variance.some((value) => value < 0)) throw this.#invalid(`${name}.running_var has negative values`);
    // How many batches were seen in training has no meaning here.
    this.#used.add(`${name}.num_batches_tracked`);
    return {
      gamma: this.#take(`${name}.weight`, [channels]),
      beta: this.#take(`${name}.bias`, [channels]),
      mean: this.#take(`${name}.running_mean`, [channels]),
      variance,
    };
  }

  width(name: string): number {
    return this.#find(name).shape[0] ?? 0;
  }

  expectPointwise(conv: ConvWeights): void {
    if (conv.kernelSize !== 1) {
      throw this.unsupported(`${conv.name} has a kernel size of ${conv.kernelSize} instead of 1`);
    }
  }

  expectWidth(conv: ConvWeights, outputs: number): void {
    if (conv.outputs !== outputs) {
      throw this.unsupported(`${conv.name} gives ${conv.outputs} channels instead of ${outputs}`);
    }
  }

  expectAllUsed(): void {
    for (const name of this.#tensors.keys()) {
      if (!this.#used.has(name)) throw this.unsupported(`it has a tensor "${name}" that no ECAPA-TDNN has`);
    }
  }

  unsupported(reason: string): EcapaError {
    return new EcapaError(
      'UNSUPPORTED_ARCHITECTURE',
      `${this.#file}: not a SpeechBrain ECAPA-TDNN over ${MEL_BANDS} mel bands: ${reason}. ` +
        'Use the embedding_model.ckpt of a model such as spkrec-ecapa-voxceleb.',
      { file: this.#file },
    );
  }

  #invalid(reason: string): EcapaError {
    return new EcapaError(
      'CHECKPOINT_INVALID',
      `${this.#file}: the checkpoint is damaged: ${reason}. Fetch the file again and compare its SHA-256.`,
      { file: this.#file },
    );
  }

  #find(name: string): NamedTensor {
    const tensor = this.#tensors.get(name);
    if (tensor === undefined) throw this.unsupported(`it has no tensor "${name}"`);
    return tensor;
  }

  #take(name: string, shape: readonly number[]): Float32Array {
    const tensor = this.#find(name);
    const size = shape.reduce((product, length) => product * length, 1);
    if (tensor.shape.join() !== shape.join() || tensor.data.length !== size) {
      throw this.#invalid(`${name} has shape [${tensor.shape.join(', ')}] instead of [${shape.join(', ')}]`);
    }
    if (!tensor.data.every(Number.isFinite)) throw this.#invalid(`${name} has values that are not finite`);
    this.#used.add(name);
    return tensor.data;
  }
}
