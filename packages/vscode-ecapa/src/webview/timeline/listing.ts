import type { TimelineSegment } from '@ecapa/core/timeline';
import type { Item } from './lanes.js';

// Which segments the list shows, in which order, and what they add up to. Pure.

export type Order = 'time' | 'leastSure';

/** How sure one must not be to come first: what a person has said, and what follows from the signal, comes last. */
function sureness({ correctedFrom, runnerUp, probability, isHeard }: Item): number {
  if (correctedFrom !== undefined) return 3;
  return runnerUp === undefined && !isHeard ? 2 : probability;
}

/** Indices of the segments that are listed. Of equally sure ones the longer comes first. */
export function listed(segments: readonly Item[], order: Order, hidden: ReadonlySet<string>): number[] {
  const indices = [...segments.keys()].filter((i) => !hidden.has(segments[i]?.label ?? ''));
  if (order === 'time') return indices;
  return indices.sort((a, b) => {
    const [x, y] = [segments[a], segments[b]];
    if (x === undefined || y === undefined) return 0;
    const length = (one: TimelineSegment): number => one.endSeconds - one.startSeconds;
    return sureness(x) - sureness(y) || length(y) - length(x) || a - b;
  });
}

export interface LabelTotal {
  readonly label: string;
  readonly seconds: number;
  /** Of all time that there are segments for. */
  readonly share: number;
  readonly segments: number;
}

/** Seconds, share and number of segments of each label that occurs, most first. */
export function totals(segments: readonly TimelineSegment[]): LabelTotal[] {
  const sums = new Map<string, { seconds: number; segments: number }>();
  let all = 0;
  for (const { label, startSeconds, endSeconds } of segments) {
    const sum = sums.get(label) ?? { seconds: 0, segments: 0 };
    sum.seconds += endSeconds - startSeconds;
    sum.segments++;
    all += endSeconds - startSeconds;
    sums.set(label, sum);
  }
  return [...sums]
    .map(([label, sum]) => ({ label, ...sum, share: all > 0 ? sum.seconds / all : 0 }))
    .sort((a, b) => b.seconds - a.seconds);
}
