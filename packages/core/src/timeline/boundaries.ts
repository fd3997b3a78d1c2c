import { PRESENT_FROM } from '../heads/presence.js';

/** A window's verdict as boundary refinement sees it: where it is centred and how likely each state is there. */
export interface CentredProbabilities {
  readonly centreFrame: number;
  readonly probabilities: ArrayLike<number>;
  /** How likely each state can be heard at all, where the head says so. */
  readonly presence?: ArrayLike<number> | undefined;
}

/**
 * Where, between the windows around a change, state `from` hands over to state `to`: the point at which
 * their probabilities cross, interpolated linearly between neighbouring window centres. A window that
 * straddles a boundary sees as much of one side as its centre is away from it, so the crossing falls
 * on the boundary within a fraction of the hop. Of several crossings the one nearest to `nearFrame`
 * counts; without any, the answer is `nearFrame`.
 */
export function crossingFrame(
  windows: readonly CentredProbabilities[],
  from: number,
  to: number,
  nearFrame: number,
): number {
  return nearestCrossing(windows, (window) => difference(window, to, from), nearFrame) ?? nearFrame;
}

function difference({ probabilities }: CentredProbabilities, from: number, to: number): number {
  return (probabilities[from] ?? 0) - (probabilities[to] ?? 0);
}

/**
 * The same by what can be heard, for a verdict changes early where a window hears a little of the louder side: the middle between
 * where `to` begins to be heard and `from` ends to be. A window hears a part of either, however small that needs to be, so that both are off by the same
 * in opposite directions. Undefined where one of them goes on beneath the other, or the head has no presence.
 */
export function heardCrossingFrame(
  windows: readonly CentredProbabilities[],
  from: number,
  to: number,
  nearFrame: number,
): number | undefined {
  const begins = nearestCrossing(
    windows,
    ({ presence }) => (presence?.[to] ?? Number.NaN) - PRESENT_FROM,
    nearFrame,
  );
  const ends = nearestCrossing(
    windows,
    ({ presence }) => PRESENT_FROM - (presence?.[from] ?? Number.NaN),
    nearFrame,
  );
  return begins === undefined || ends === undefined ? undefined : (begins + ends) / 2;
}

/** Where a value rises through zero, interpolated linearly between neighbouring window centres; the one nearest to `nearFrame`. */
function nearestCrossing(
  windows: readonly CentredProbabilities[],
  heightOf: (window: CentredProbabilities) => number,
  nearFrame: number,
): number | undefined {
  let best: number | undefined;
  for (let i = 1; i < windows.length; i++) {
    const left = windows[i - 1];
    const right = windows[i];
    if (left === undefined || right === undefined) continue;
    const [before, after] = [heightOf(left), heightOf(right)];
    if (!(before <= 0 && after > 0)) continue;
    const frame = left.centreFrame + (before / (before - after)) * (right.centreFrame - left.centreFrame);
    if (best === undefined || Math.abs(frame - nearFrame) < Math.abs(best - nearFrame)) best = frame;
  }
  return best;
}

export interface ChangePointOptions {
  /** Where the change is expected, as an index into the frames, and how far off that may be (one sigma). */
  readonly expected: number;
  readonly sigmaFrames: number;
  /**
   * What a frame's likelihood counts. Frames overlap, and bands go together, so that 1 would let
   * the spectrum shout down the expectation.
   */
  readonly evidenceWeight: number;
}

/** Each side of a change needs a few frames to have a variance. */
const SHORTEST_SIDE_FRAMES = 5;
/** dB^2. Digital silence has no variance; it must not weigh infinitely. */
const LEAST_VARIANCE = 1;

/**
 * The frame at which the spectrum changes most: the split at which two Gaussians (diagonal covariance)
 * explain the bands best, as in the generalised likelihood ratio of Chen and Gopalakrishnan 1998
 * ("Speaker, environment and channel change detection and clustering via the Bayesian information
 * criterion"), times a Gaussian prior around `expected`.
 *
 * @param bands frames x bandCount, row-major, in dB
 * @returns index of the first frame after the change, in [0, frames]
 */
export function changePoint(bands: Float32Array, bandCount: number, options: ChangePointOptions): number {
  const frames = Math.floor(bands.length / bandCount);
  const { expected, sigmaFrames, evidenceWeight } = options;
  const fallback = Math.min(frames, Math.max(0, Math.round(expected)));
  if (frames < 2 * SHORTEST_SIDE_FRAMES + 1) return fallback;
  const gain = splitLikelihoods(bands, bandCount, frames);
  let best = fallback;
  let bestScore = -Infinity;
  for (let split = SHORTEST_SIDE_FRAMES; split <= frames - SHORTEST_SIDE_FRAMES; split++) {
    const away = (split - expected) / sigmaFrames;
    const score = evidenceWeight * (gain[split] ?? 0) - 0.5 * away * away;
    if (score > bestScore) {
      bestScore = score;
      best = split;
    }
  }
  return best;
}

/** Log-likelihood of two Gaussians, split before each frame; 0 where a side is too short. */
function splitLikelihoods(bands: Float32Array, bandCount: number, frames: number): Float64Array {
  const result = new Float64Array(frames + 1);
  const sums = new Float64Array(frames + 1);
  const squares = new Float64Array(frames + 1);
  for (let band = 0; band < bandCount; band++) {
    // About the first value, so that the difference of squares below keeps its precision.
    const origin = bands[band] ?? 0;
    for (let frame = 0; frame < frames; frame++) {
      const value = (bands[frame * bandCount + band] ?? 0) - origin;
      sums[frame + 1] = (sums[frame] ?? 0) + value;
      squares[frame + 1] = (squares[frame] ?? 0) + value * value;
    }
    for (let split = SHORTEST_SIDE_FRAMES; split <= frames - SHORTEST_SIDE_FRAMES; split++) {
      const left = sideLikelihood(sums, squares, 0, split);
      const right = sideLikelihood(sums, squares, split, frames);
      result[split] = (result[split] ?? 0) + left + right;
    }
  }
  return result;
}

function sideLikelihood(sums: Float64Array, squares: Float64Array, from: number, to: number): number {
  const count = to - from;
  const mean = ((sums[to] ?? 0) - (sums[from] ?? 0)) / count;
  const variance = ((squares[to] ?? 0) - (squares[from] ?? 0)) / count - mean * mean;
  return -0.5 * count * Math.log(Math.max(LEAST_VARIANCE, variance));
}
