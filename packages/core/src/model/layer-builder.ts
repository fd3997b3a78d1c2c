import {
  type Activation,
  type Affine,
  concatAffine,
  foldConv,
  type LinearLayer,
  normAffine,
  plain,
  sliceAffine,
} from './affine.js';
import type { ConvWeights, TdnnWeights } from './ecapa-weights.js';
import type { GraphBuilder } from './graph-builder.js';
import { addIntegerProduct } from './integer-product.js';
import { ReflectedTaps } from './reflected-taps.js';

/** float32 among ONNX's data types. */
const ONNX_FLOAT = 1;

/** What a network's products over frames, nearly all of its work, are computed with. */
export type Arithmetic = 'float32' | 'int8';

/**
 * Adds an ECAPA-TDNN's layers to a graph. Tensors are rows [batch frames, channels], one for each frame, unless stated
 * otherwise: most layers know nothing of windows, and so need no reshaping.
 */
export class LayerBuilder {
  readonly graph: GraphBuilder;
  readonly #batch: string;
  /** A row of ones, one for each frame: [1, frames]. */
  readonly #ones: string;
  readonly #frames: string;
  readonly #shapes = new Map<number, string>();
  readonly #reflected: ReflectedTaps;
  readonly #arithmetic: Arithmetic;

  /** `frames` is a tensor [batch, frames, any]; all layers of one builder have as many frames. */
  constructor(graph: GraphBuilder, frames: string, arithmetic: Arithmetic) {
    this.graph = graph;
    this.#arithmetic = arithmetic;
    this.#batch = graph.node('Shape', 'batch', [frames], { start: 0, end: 1 });
    const count = graph.node('Shape', 'frame_count', [frames], { start: 1, end: 2 });
    this.#frames = graph.node('Cast', 'frame_count/float', [count], { to: ONNX_FLOAT });
    this.#ones = graph.node('Expand', 'ones', [
      graph.constant('one', [1, 1], Float32Array.of(1)),
      graph.node('Concat', 'ones/shape', [graph.integers([1]), count], { axis: 0 }),
    ]);
    this.#reflected = new ReflectedTaps(graph, this.#batch, count);
  }

  /** Convolution, ReLU and batch normalisation, the latter left in the result's affine. */
  tdnn(name: string, input: Activation, { conv, norm, dilation }: TdnnWeights): Activation {
    const { scale, shift } = normAffine(norm);
    const layer = foldConv(conv, input, scale.map(Math.abs));
    const product = this.overRows(name, this.#taps(name, input.tensor, conv, dilation), layer);
    const tensor = this.graph.node('Relu', `${name}/relu`, [product]);
    return { tensor, scale: scale.map((value) => (value < 0 ? -1 : 1)), shift };
  }

  /** A convolution of kernel size 1. */
  pointwise(name: string, input: Activation, conv: ConvWeights): Activation {
    return plain(this.overRows(name, input.tensor, foldConv(conv, input)), conv.outputs);
  }

  /** A layer over all frames: in the network's arithmetic. */
  overRows(name: string, rows: string, layer: Omit<LinearLayer, 'bias'> & { bias?: Float32Array }): string {
    if (this.#arithmetic === 'int8') return addIntegerProduct(this.graph, name, rows, layer);
    const { bias } = layer;
    if (bias !== undefined) return this.gemm(name, rows, { ...layer, bias });
    return this.graph.node('Gemm', `${name}/gemm`, [rows, this.weight(name, layer)], { transB: 1 });
  }

  /** Rows [n, inputs] to rows [n, outputs], in float32. What is computed once a window costs next to nothing. */
  gemm(name: string, rows: string, layer: LinearLayer): string {
    const weight = this.weight(name, layer);
    const bias = this.graph.constant(`${name}/bias`, [layer.outputs], layer.bias);
    return this.graph.node('Gemm', `${name}/gemm`, [rows, weight, bias], { transB: 1 });
  }

  weight(name: string, layer: Omit<LinearLayer, 'bias'>): string {
    return this.graph.constant(`${name}/weight`, [layer.outputs, layer.inputs], layer.weight);
  }

  add(name: string, left: Activation, right: Activation): Activation {
    const a = this.unsigned(`${name}/left`, left);
    const b = this.unsigned(`${name}/right`, right);
    const shift = a.shift.map((value, channel) => value + (b.shift[channel] ?? 0));
    return { tensor: this.graph.node('Add', name, [a.tensor, b.tensor]), scale: a.scale, shift };
  }

  /** The same activation with a scale of 1, which costs a product only where a norm's gamma is negative. */
  unsigned(name: string, input: Activation): Activation {
    if (input.scale.every((scale) => scale === 1)) return input;
    const scale = this.graph.constant(`${name}/sign`, [input.scale.length], Float32Array.from(input.scale));
    const tensor = this.graph.node('Mul', `${name}/unsigned`, [input.tensor, scale]);
    return { ...plain(tensor, input.scale.length), shift: input.shift };
  }

  splitChannels(name: string, input: Activation, groups: number): readonly Activation[] {
    const width = input.scale.length / groups;
    const sizes = this.graph.integers(new Array<number>(groups).fill(width));
    const tensors = this.graph.split('Split', name, groups, [input.tensor, sizes], { axis: 1 });
    return tensors.map((tensor, group) => ({
      tensor,
      ...sliceAffine(input, group * width, (group + 1) * width),
    }));
  }

  concatChannels(name: string, parts: readonly Activation[]): Activation {
    const affine: Affine = concatAffine(parts);
    const inputs = parts.map((part) => part.tensor);
    return { tensor: this.graph.node('Concat', name, inputs, { axis: 1 }), ...affine };
  }

  /**
   * Sum of [batch, frames, channels] over frames: [batch, 1, channels]. As a product with ones it reads memory in order; the
   * runtime's own reduction over a middle axis is twenty times slower.
   */
  sum(name: string, tensor: string): string {
    return this.graph.node('MatMul', name, [this.#ones, tensor]);
  }

  /** Mean of [batch, frames, channels] over frames: [batch, 1, channels]. */
  mean(name: string, tensor: string): string {
    return this.graph.node('Div', name, [this.sum(`${name}/sum`, tensor), this.#frames]);
  }

  /** Rows [batch, channels] to [batch, 1, channels]. */
  overFrames(name: string, rows: string): string {
    return this.graph.node('Unsqueeze', name, [rows, this.graph.integers([1])]);
  }

  /** [batch, frames, channels] to rows [batch frames, channels]. */
  flat(name: string, tensor: string, channels: number): string {
    return this.graph.node('Reshape', `${name}/flat`, [tensor, this.graph.integers([-1, channels])]);
  }

  /** Rows [batch frames, channels] to [batch, frames, channels]. */
  timed(name: string, rows: string, channels: number): string {
    let shape = this.#shapes.get(channels);
    if (shape === undefined) {
      const inputs = [this.#batch, this.graph.integers([-1, channels])];
      shape = this.graph.node('Concat', `shape_${channels}`, inputs, { axis: 0 });
      this.#shapes.set(channels, shape);
    }
    return this.graph.node('Reshape', `${name}/timed`, [rows, shape]);
  }

  /**
   * The rows that each tap of a convolution sees, side by side: [batch frames, kernelSize channels].
   * The signal continues as its own mirror image, so that the number of frames stays the same.
   */
  #taps(name: string, rows: string, { kernelSize, inputs }: ConvWeights, dilation: number): string {
    if (kernelSize === 1) return rows;
    const seen = this.graph.node('Gather', `${name}/taps`, [
      rows,
      this.#reflected.rows(kernelSize, dilation),
    ]);
    return this.flat(`${name}/taps`, seen, kernelSize * inputs);
  }
}
