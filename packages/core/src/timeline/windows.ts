import { SAMPLE_RATE_HZ } from '../sample-rate.js';
/** Samples from one frame to the next: 10 ms, the front end's hop. */
export const FRAME_SAMPLES = 160;
export const FRAMES_PER_SECOND = SAMPLE_RATE_HZ / FRAME_SAMPLES;

/** The network's receptive field needs more than this; below half a second verdicts mean little anyway. */
const SHORTEST_WINDOW_SECONDS = 0.5;
/** Activations grow with the window, and a longer one hides what the timeline is for. */
const LONGEST_WINDOW_SECONDS = 30;
const SHORTEST_HOP_SECONDS = 0.05;

/** Sliding analysis windows, in frames of 10 ms: window i covers [i * hopFrames, i * hopFrames + windowFrames). */
export interface WindowPlan {
  readonly windowFrames: number;
  readonly hopFrames: number;
}

/**
 * Windows and hops in whole frames.
 *
 * @throws TypeError, RangeError naming `windowSeconds` or `hopSeconds`
 */
export function planWindows(windowSeconds: number, hopSeconds: number): WindowPlan {
  requireNumber('windowSeconds', windowSeconds, SHORTEST_WINDOW_SECONDS, LONGEST_WINDOW_SECONDS);
  requireNumber('hopSeconds', hopSeconds, SHORTEST_HOP_SECONDS, LONGEST_WINDOW_SECONDS);
  const windowFrames = secondsToFrames(windowSeconds);
  const hopFrames = secondsToFrames(hopSeconds);
  if (hopFrames > windowFrames) {
    throw new RangeError(
      `hopSeconds: ${hopSeconds} is longer than the window of ${windowSeconds} s, so audio between windows would go unheard; ` +
        'use a hop no longer than windowSeconds',
    );
  }
  return { windowFrames, hopFrames };
}

export function secondsToFrames(seconds: number): number {
  return Math.round(seconds * FRAMES_PER_SECOND);
}

export function framesToSeconds(frames: number): number {
  return frames / FRAMES_PER_SECOND;
}

/** First frame of window `index`. */
export function windowStart(plan: WindowPlan, index: number): number {
  return index * plan.hopFrames;
}

/** How many whole windows fit into `frames` frames. */
export function windowCount(plan: WindowPlan, frames: number): number {
  return frames < plan.windowFrames ? 0 : Math.floor((frames - plan.windowFrames) / plan.hopFrames) + 1;
}

/**
 * First frame of the window that ends with the recording, or undefined when the regular windows already
 * reach its last frame (or when nothing is long enough for a window).
 */
export function closingWindowStart(plan: WindowPlan, frames: number): number | undefined {
  const count = windowCount(plan, frames);
  if (count === 0) return undefined;
  const start = frames - plan.windowFrames;
  return start > windowStart(plan, count - 1) ? start : undefined;
}

/**
 * A number between two bounds, both allowed.
 *
 * @throws TypeError, RangeError naming `field`
 */
export function requireNumber(field: string, value: unknown, least: number, most: number): number {
  if (typeof value !== 'number') throw new TypeError(`${field}: expected a number, got ${typeof value}`);
  if (!(value >= least && value <= most)) {
    throw new RangeError(`${field}: expected a number from ${least} to ${most}, got ${value}`);
  }
  return value;
}
