import { EcapaError } from '../errors.js';
import type { InputNorm } from '../types.js';

/** `W x + b`: `weights` is classes x dimension, row-major, and `input` has the dimension. */
export function affineLogits(
  weights: Float64Array,
  bias: Float64Array,
  input: ArrayLike<number>,
): Float64Array {
  const dimension = weights.length / bias.length;
  const logits = Float64Array.from(bias);
  for (let k = 0; k < logits.length; k++) {
    const row = k * dimension;
    let sum = logits[k] ?? 0;
    for (let i = 0; i < dimension; i++) sum += (weights[row + i] ?? 0) * (input[i] ?? 0);
    logits[k] = sum;
  }
  return logits;
}

/**
 * The embedding in double precision, divided by its norm as scikit-learn's `Normalizer` does (a norm of
 * zero divides by one). Throws `INFERENCE_FAILED` when a value is NaN or infinite.
 */
export function normalizeInput(values: ArrayLike<number>, norm: InputNorm): Float64Array {
  const result = Float64Array.from(values);
  let length = 0;
  for (const value of result) {
    if (!Number.isFinite(value)) {
      throw new EcapaError(
        'INFERENCE_FAILED',
        'The embedding holds NaN or infinite numbers, so it cannot be classified. Check the model: its weights may be damaged.',
      );
    }
    if (norm === 'l2') length += value * value;
    else if (norm === 'l1') length += Math.abs(value);
    else if (norm === 'max') length = Math.max(length, Math.abs(value));
  }
  if (norm === 'none' || length === 0) return result;
  const divisor = norm === 'l2' ? Math.sqrt(length) : length;
  for (let i = 0; i < result.length; i++) result[i] = (result[i] ?? 0) / divisor;
  return result;
}
