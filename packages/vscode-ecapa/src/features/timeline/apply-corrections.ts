import type { Span } from '@ecapa/core';
import type { TimelineSegment } from '@ecapa/core/timeline';

/** A person's label for a span: another one than the head's, or the same one, which confirms it. */
export interface Correction {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly label: string;
}

/** Shorter remains of a segment beside a correction are its rounding. */
export const LEAST_SECONDS = 0.001;

/** A correction as far as it lies over segments, on the segment that it covers most of. */
interface Laid {
  readonly correction: Correction;
  readonly startSeconds: number;
  endSeconds: number;
  base: TimelineSegment;
  baseSeconds: number;
}

/**
 * Segments with people's labels laid over them: each correction is one segment, whose `correctedFrom` is the label of
 * the segment that it covers most of (the same label where a person has confirmed it). What lies beside corrections keeps
 * its label; segments that no correction touches stay the same objects. Both lists are in order.
 */
export function applyCorrections(
  segments: readonly TimelineSegment[],
  corrections: readonly Correction[],
): TimelineSegment[] {
  const result: TimelineSegment[] = [];
  let laid: Laid | undefined;
  const finish = (): void => {
    if (laid !== undefined) result.push(segmentOf(laid));
    laid = undefined;
  };
  let next = 0;
  for (const segment of segments) {
    let at = segment.startSeconds;
    while (at < segment.endSeconds) {
      const correction = corrections[next];
      if (correction !== undefined && correction.endSeconds <= at + LEAST_SECONDS) {
        next++;
        continue;
      }
      if (correction === undefined || correction.startSeconds >= segment.endSeconds - LEAST_SECONDS) {
        finish();
        result.push(at === segment.startSeconds ? segment : { ...segment, startSeconds: at });
        break;
      }
      if (correction.startSeconds - at >= LEAST_SECONDS) {
        finish();
        result.push({ ...segment, startSeconds: at, endSeconds: correction.startSeconds });
        at = correction.startSeconds;
      }
      const isBeyond = correction.endSeconds >= segment.endSeconds - LEAST_SECONDS;
      const endSeconds = isBeyond ? segment.endSeconds : correction.endSeconds;
      if (laid?.correction !== correction) {
        finish();
        laid = { correction, startSeconds: at, endSeconds, base: segment, baseSeconds: endSeconds - at };
      } else {
        laid.endSeconds = endSeconds;
        if (endSeconds - at > laid.baseSeconds) {
          laid.base = segment;
          laid.baseSeconds = endSeconds - at;
        }
      }
      at = endSeconds;
    }
  }
  finish();
  return result;
}

function segmentOf({ correction, startSeconds, endSeconds, base }: Laid): TimelineSegment {
  const { label } = correction;
  return { ...base, startSeconds, endSeconds, label, probability: 1, correctedFrom: base.label };
}

/**
 * The list with one more correction, which wins over those that it overlaps; these keep what lies outside it.
 * `null` takes back the corrections of the span.
 */
export function withCorrection(
  corrections: readonly Correction[],
  { startSeconds, endSeconds, label }: Omit<Correction, 'label'> & { readonly label: string | null },
): readonly Correction[] {
  const kept = outside(corrections, { startSeconds, endSeconds });
  if (label !== null) kept.push({ startSeconds, endSeconds, label });
  return kept.sort((a, b) => a.startSeconds - b.startSeconds);
}

/** What of a list lies outside a span; items that the span does not touch stay the same objects. */
export function outside<Item extends Span>(
  items: readonly Item[],
  { startSeconds, endSeconds }: Span,
): Item[] {
  const parts = items.flatMap((old) => {
    if (old.endSeconds <= startSeconds || old.startSeconds >= endSeconds) return [old];
    return [
      { ...old, endSeconds: Math.min(old.endSeconds, startSeconds) },
      { ...old, startSeconds: Math.max(old.startSeconds, endSeconds) },
    ];
  });
  return parts.filter((old) => old.endSeconds - old.startSeconds >= LEAST_SECONDS);
}

/** Where two lists differ: `remove` of the old from index `from` on give way to `items`. */
export function spliceBetween<Item>(
  before: readonly Item[],
  after: readonly Item[],
): { readonly from: number; readonly remove: number; readonly items: readonly Item[] } {
  const shorter = Math.min(before.length, after.length);
  let from = 0;
  while (from < shorter && before[from] === after[from]) from++;
  let same = 0;
  while (same < shorter - from && before[before.length - 1 - same] === after[after.length - 1 - same]) same++;
  return { from, remove: before.length - from - same, items: after.slice(from, after.length - same) };
}
