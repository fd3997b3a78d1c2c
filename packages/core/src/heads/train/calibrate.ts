import type { InputNorm, Rejection } from '../../types.js';
import { normalizeInput } from '../affine.js';
import { softmax } from '../predict.js';
import { nearestSquaredDistance } from '../rejection.js';
import type { Example } from './train.js';

/** Temperatures are looked for in [1/20, 20]. */
const LARGEST_TEMPERATURE = 20;
/** Of ln T: before any clip is heard, T lies between 1/2 and 2 with probability 2/3. */
const PRIOR_DEVIATION = Math.LN2;
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * The temperature that makes held-out logits honest (Guo et al. 2017): it minimises the cross-entropy of
 * `softmax(logits / T)`. ln T has a normal prior around 0, so that a handful of clips that are all right
 * cannot make the head sure of everything, nor one clip that is wrong make it sure of nothing. 1 when there
 * is nothing to go by.
 */
export function fitTemperature(logits: readonly ArrayLike<number>[], targets: readonly number[]): number {
  if (logits.length === 0) return 1;
  const loss = (logTemperature: number) => {
    let sum = (logTemperature / PRIOR_DEVIATION) ** 2 / 2;
    logits.forEach((row, i) => {
      const p = softmax(row, Math.exp(logTemperature))[targets[i] ?? 0] ?? 0;
      sum -= Math.log(Math.max(p, Number.MIN_VALUE));
    });
    return sum;
  };
  // The cross-entropy is convex in 1/T, so there is one minimum in ln T: golden-section search.
  let low = -Math.log(LARGEST_TEMPERATURE);
  let high = -low;
  while (high - low > 1e-6) {
    const left = high - GOLDEN * (high - low);
    const right = low + GOLDEN * (high - low);
    if (loss(left) <= loss(right)) high = right;
    else low = left;
  }
  return Math.exp((low + high) / 2);
}

/** Share of the mean variance mixed into each component's, so that few clips cannot make one of them count for all. */
const SHRINKAGE = 0.1;

/**
 * Fits the `distance` rule to training clips: class centroids and one shared diagonal covariance (shrunk
 * by a tenth towards its mean) of the normalised embeddings. The threshold is a conformal quantile of each
 * clip's distance when it is left out: at least `keep` of new clips like these pass, as far as their number
 * can promise it (n clips promise n / (n + 1) at most). Undefined when a class has one clip only or the
 * embeddings do not vary.
 */
export function fitDistanceRejection(
  examples: readonly Example[],
  labels: readonly string[],
  inputNorm: InputNorm,
  keep = 0.95,
): Rejection | undefined {
  if (!(keep > 0 && keep < 1)) throw new RangeError(`keep must lie between 0 and 1, not ${keep}`);
  const inputs = examples.map(({ embedding }) => normalizeInput(embedding, inputNorm));
  const targets = examples.map(({ label }) => labels.indexOf(label));
  const counts = labels.map((_, k) => targets.filter((target) => target === k).length);
  if (counts.some((count) => count < 2)) return undefined;
  const all = fitGaussians(inputs, targets, labels.length);
  if (all === undefined) return undefined;
  const distances = inputs.map((input, i) => {
    const rest = fitGaussians(inputs, targets, labels.length, i);
    return rest && nearestSquaredDistance(input, rest.centroids, rest.inverseVariances);
  });
  const sorted = distances.filter((distance) => distance !== undefined).sort((a, b) => a - b);
  const rank = Math.min(sorted.length, Math.ceil(keep * (sorted.length + 1)));
  const threshold = sorted[rank - 1];
  return threshold === undefined || threshold === 0 ? undefined : { rule: 'distance', threshold, ...all };
}

function fitGaussians(
  inputs: readonly Float64Array[],
  targets: readonly number[],
  classes: number,
  without = -1,
): { readonly centroids: Float64Array; readonly inverseVariances: Float64Array } | undefined {
  const dimension = inputs[0]?.length ?? 0;
  const centroids = new Float64Array(classes * dimension);
  const counts = new Float64Array(classes);
  inputs.forEach((input, i) => {
    if (i === without) return;
    const row = (targets[i] ?? 0) * dimension;
    counts[targets[i] ?? 0] = (counts[targets[i] ?? 0] ?? 0) + 1;
    for (let j = 0; j < dimension; j++) centroids[row + j] = (centroids[row + j] ?? 0) + (input[j] ?? 0);
  });
  for (let at = 0; at < centroids.length; at++) {
    centroids[at] = (centroids[at] ?? 0) / (counts[Math.floor(at / dimension)] ?? 1);
  }
  const variances = new Float64Array(dimension);
  const freedom = inputs.length - (without < 0 ? 0 : 1) - classes;
  if (freedom < 1) return undefined;
  inputs.forEach((input, i) => {
    if (i === without) return;
    const row = (targets[i] ?? 0) * dimension;
    for (let j = 0; j < dimension; j++) {
      variances[j] = (variances[j] ?? 0) + ((input[j] ?? 0) - (centroids[row + j] ?? 0)) ** 2 / freedom;
    }
  });
  const mean = variances.reduce((sum, variance) => sum + variance, 0) / dimension;
  if (!(mean > 0)) return undefined;
  return {
    centroids,
    inverseVariances: variances.map((variance) => 1 / ((1 - SHRINKAGE) * variance + SHRINKAGE * mean)),
  };
}
