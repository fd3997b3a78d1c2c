import type { TimelineSegment } from '@ecapa/core';

/** What a person says of a stretch, whatever a head says. */
export interface Correction {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly label: string;
}

/** Shorter remains of a segment beside a correction are its rounding. */
const LEAST_SECONDS = 0.001;

/**
 * Segments with people's labels laid over them: a segment is split where a correction begins or ends within it.
 * Segments that no correction touches, or says the same of, stay the same objects. Both lists are in order.
 */
export function applyCorrections(
  segments: readonly TimelineSegment[],
  corrections: readonly Correction[],
): TimelineSegment[] {
  const result: TimelineSegment[] = [];
  let next = 0;
  for (const segment of segments) {
    while ((corrections[next]?.endSeconds ?? Infinity) <= segment.startSeconds + LEAST_SECONDS) next++;
    let at = segment.startSeconds;
    for (let i = next; i < corrections.length; i++) {
      const { startSeconds, endSeconds, label } = corrections[i] as Correction;
      if (startSeconds >= segment.endSeconds - LEAST_SECONDS) break;
      if (label === segment.label) continue;
      const from = Math.max(startSeconds, at);
      const to = segment.endSeconds - endSeconds < LEAST_SECONDS ? segment.endSeconds : endSeconds;
      if (from - at >= LEAST_SECONDS) result.push({ ...segment, startSeconds: at, endSeconds: from });
      result.push({
        ...segment,
        startSeconds: from - at < LEAST_SECONDS ? at : from,
        endSeconds: to,
        label,
        probability: 1,
        correctedFrom: segment.label,
      });
      at = to;
    }
    if (at === segment.startSeconds) result.push(segment);
    else if (segment.endSeconds - at >= LEAST_SECONDS) result.push({ ...segment, startSeconds: at });
  }
  return result;
}

/**
 * The list with one more correction, which wins over those that it overlaps; these keep what lies outside it.
 * `null` takes back what was said of the stretch.
 */
export function withCorrection(
  corrections: readonly Correction[],
  { startSeconds, endSeconds, label }: Omit<Correction, 'label'> & { readonly label: string | null },
): readonly Correction[] {
  const outside = corrections.flatMap((old) => [
    { ...old, endSeconds: Math.min(old.endSeconds, startSeconds) },
    { ...old, startSeconds: Math.max(old.startSeconds, endSeconds) },
  ]);
  const kept = outside.filter((old) => old.endSeconds - old.startSeconds >= LEAST_SECONDS);
  const unique = kept.filter(
    (old, i) => kept.findIndex((other) => other.startSeconds === old.startSeconds) === i,
  );
  if (label !== null) unique.push({ startSeconds, endSeconds, label });
  return unique.sort((a, b) => a.startSeconds - b.startSeconds);
}

/** Where two lists of segments differ: `remove` of the old from index `from` on give way to `segments`. */
export function spliceBetween(
  before: readonly TimelineSegment[],
  after: readonly TimelineSegment[],
): { readonly from: number; readonly remove: number; readonly segments: readonly TimelineSegment[] } {
  const shorter = Math.min(before.length, after.length);
  let from = 0;
  while (from < shorter && before[from] === after[from]) from++;
  let same = 0;
  while (same < shorter - from && before[before.length - 1 - same] === after[after.length - 1 - same]) same++;
  return { from, remove: before.length - from - same, segments: after.slice(from, after.length - same) };
}
