import { EcapaError } from '../errors.js';
import type {
  ConvWeights,
  NamedTensor,
  NormWeights,
  ResidualBlockWeights,
  TdnnWeights,
} from './ecapa-weights.js';
import { MEL_BANDS } from './fbank.js';

/** Takes tensors out of a state dict by name, refusing what is not as an ECAPA-TDNN has it. */
export class StateDictReader {
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

  /** Square, without a bias: a batch normalisation follows. */
  convolution2d(
    name: string,
    inputs: number,
  ): { inputs: number; outputs: number; kernelSize: number; kernel: Float32Array } {
    const [outputs = 0, actualInputs = 0, kernelSize = 0, bands = 0] = this.#find(`${name}.weight`).shape;
    if (outputs < 1 || actualInputs !== inputs || kernelSize % 2 === 0 || bands !== kernelSize)
      throw this.unsupported(`${name} is not a square two-dimensional convolution of ${inputs} channels`);
    const kernel = this.#take(`${name}.weight`, [outputs, inputs, kernelSize, kernelSize]);
    return { inputs, outputs, kernelSize, kernel };
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
