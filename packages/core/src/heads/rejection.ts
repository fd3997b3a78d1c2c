import type { Rejection } from '../types.js';

/**
 * Whether the rule answers `unknown`. `input` is what enters `W x + b` (after the input norm);
 * `probability` is the winning one.
 */
export function isRejected(rejection: Rejection, input: ArrayLike<number>, probability: number): boolean {
  if (rejection.rule === 'probability') return probability < rejection.threshold;
  return nearestSquaredDistance(input, rejection.centroids, rejection.inverseVariances) > rejection.threshold;
}

/**
 * Squared Mahalanobis distance under a diagonal covariance from `input` to the nearest of `centroids`
 * (classes x dimension, row-major).
 */
export function nearestSquaredDistance(
  input: ArrayLike<number>,
  centroids: ArrayLike<number>,
  inverseVariances: ArrayLike<number>,
): number {
  const dimension = inverseVariances.length;
  let nearest = Infinity;
  for (let row = 0; row < centroids.length; row += dimension) {
    let distance = 0;
    for (let i = 0; i < dimension; i++) {
      const difference = (input[i] ?? 0) - (centroids[row + i] ?? 0);
      distance += difference * difference * (inverseVariances[i] ?? 0);
    }
    nearest = Math.min(nearest, distance);
  }
  return nearest;
}
