import type { ConvWeights, NormWeights } from './ecapa-weights.js';

const NORM_EPSILON = 1e-5;

/** `scale * x + shift`, per channel. */
export interface Affine {
  readonly scale: Float64Array;
  readonly shift: Float64Array;
}

/**
 * A tensor [batch, frames, channels] together with the operations still to be applied to it.
 *
 * SpeechBrain normalises after each ReLU. With `s = gamma / sqrt(variance + epsilon)`,
 * `s relu(z) + t = sign(s) relu(|s| z) + t`: the size of `s` goes back into the convolution before the
 * ReLU, while its sign and `t` wait here for the next linear layer, so that no normalisation is left
 * to compute. (Padding by reflection repeats frames and so leaves both valid.) `scale` is 1 or -1.
 */
export interface Activation extends Affine {
  readonly tensor: string;
}

export function plain(tensor: string, channels: number): Activation {
  return { tensor, scale: new Float64Array(channels).fill(1), shift: new Float64Array(channels) };
}

/** A batch normalisation with fixed statistics. */
export function normAffine(norm: NormWeights): Affine {
  const scale = Float64Array.from(
    norm.gamma,
    (gamma, channel) => gamma / Math.sqrt((norm.variance[channel] ?? 0) + NORM_EPSILON),
  );
  const shift = Float64Array.from(
    norm.beta,
    (beta, channel) => beta - (scale[channel] ?? 0) * (norm.mean[channel] ?? 0),
  );
  return { scale, shift };
}

/** `outer` after `inner`. */
export function compose(outer: Affine, inner: Affine): Affine {
  return {
    scale: outer.scale.map((scale, channel) => scale * (inner.scale[channel] ?? 0)),
    shift: outer.shift.map(
      (shift, channel) => shift + (outer.scale[channel] ?? 0) * (inner.shift[channel] ?? 0),
    ),
  };
}

export function concatAffine(parts: readonly Affine[]): Affine {
  return {
    scale: Float64Array.from(parts.flatMap((part) => [...part.scale])),
    shift: Float64Array.from(parts.flatMap((part) => [...part.shift])),
  };
}

export function sliceAffine(affine: Affine, start: number, end: number): Affine {
  return { scale: affine.scale.subarray(start, end), shift: affine.shift.subarray(start, end) };
}

/** A linear layer as the `Gemm` operator takes it. */
export interface LinearLayer {
  readonly inputs: number;
  readonly outputs: number;
  /** outputs x inputs, row-major. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/**
 * A convolution as a linear layer over the concatenated frames its taps see, first tap first, which
 * applies its input's affine and multiplies its outputs by `gain`. Sums run in float64.
 */
export function foldConv(conv: ConvWeights, input: Affine, gain?: Float64Array): LinearLayer {
  const { inputs, outputs, kernelSize } = conv;
  const rowLength = inputs * kernelSize;
  const weight = new Float32Array(outputs * rowLength);
  const bias = new Float32Array(outputs);
  for (let output = 0; output < outputs; output++) {
    const outputGain = gain?.[output] ?? 1;
    const row = output * rowLength;
    let sum = conv.bias[output] ?? 0;
    for (let channel = 0; channel < inputs; channel++) {
      const scale = outputGain * (input.scale[channel] ?? 0);
      const shift = input.shift[channel] ?? 0;
      for (let tap = 0; tap < kernelSize; tap++) {
        const value = conv.weight[row + channel * kernelSize + tap] ?? 0;
        weight[row + tap * inputs + channel] = value * scale;
        sum += value * shift;
      }
    }
    bias[output] = sum * outputGain;
  }
  return { inputs: rowLength, outputs, weight, bias };
}
