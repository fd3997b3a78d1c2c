// Finding things in lists that are in order of time. Pure.

interface Span {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** Index of the first item for which `isAfter` holds, of items for which it holds from some index on. */
export function firstIndex(count: number, isAfter: (index: number) => boolean): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isAfter(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** Index of the segment that holds a moment; -1 where none does. */
export function segmentAt(segments: readonly Span[], seconds: number): number {
  const index = firstIndex(segments.length, (i) => (segments[i]?.endSeconds ?? 0) > seconds);
  const found = segments[index];
  return found !== undefined && found.startSeconds <= seconds ? index : -1;
}

/**
 * Index of the segment before (-1) or after (1) the selected one; without one (-1), of the nearest that ends, or goes on,
 * after a moment, or of the one before that.
 */
export function stepFrom(segments: readonly Span[], selected: number, seconds: number, by: -1 | 1): number {
  const next = firstIndex(segments.length, (i) => (segments[i]?.endSeconds ?? 0) > seconds);
  const index = selected >= 0 ? selected + by : by > 0 ? next : next - 1;
  return Math.min(Math.max(0, index), segments.length - 1);
}

/** Indices [from, to) of the segments that reach into a stretch. */
export function segmentsWithin(
  segments: readonly Span[],
  { startSeconds, endSeconds }: Span,
): readonly [from: number, to: number] {
  const from = firstIndex(segments.length, (i) => (segments[i]?.endSeconds ?? 0) > startSeconds);
  const to = firstIndex(segments.length, (i) => (segments[i]?.startSeconds ?? 0) >= endSeconds);
  return [from, Math.max(from, to)];
}
