import type { Item } from './lanes.js';

// What is left to be looked through, least sure first. Pure.

/** Only what a head was more or less sure of needs a look: silence and gaps follow from the signal. */
function isToReview({ runnerUp, correctedFrom, isHeard }: Item): boolean {
  return (runnerUp !== undefined || isHeard === true) && correctedFrom === undefined;
}

/** Index of the least sure segment that nobody has looked at; -1 when there is none. */
export function leastSure(segments: readonly Item[], except = -1): number {
  let found = -1;
  for (const [i, segment] of segments.entries()) {
    if (i === except || !isToReview(segment)) continue;
    if (found < 0 || segment.probability < (segments[found]?.probability ?? 0)) found = i;
  }
  return found;
}

export interface ReviewCount {
  readonly done: number;
  readonly left: number;
}

export function reviewCount(segments: readonly Item[]): ReviewCount {
  return {
    done: segments.filter(({ correctedFrom }) => correctedFrom !== undefined).length,
    left: segments.filter(isToReview).length,
  };
}

/** Seconds that what is left will take, from the times of the decisions so far; undefined before the third one. */
export function reviewSecondsLeft(left: number, decidedAtMs: readonly number[]): number | undefined {
  const [first, last] = [decidedAtMs[0], decidedAtMs.at(-1)];
  if (decidedAtMs.length < 3 || first === undefined || last === undefined) return undefined;
  return (left * (last - first)) / (decidedAtMs.length - 1) / 1000;
}
