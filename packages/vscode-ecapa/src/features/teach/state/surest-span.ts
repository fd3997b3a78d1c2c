import type { TimelineSegment } from '@ecapa/core/timeline';
import type { ClipSpan } from './class-list.js';

/** A clip that is heard as a whole may not be longer. */
const MOST_SECONDS = 9.5;
/** A shorter one is no sure ground. */
const LEAST_SECONDS = 1;

export interface SurestSpan extends ClipSpan {
  readonly label: string;
}

/**
 * Where a long recording is most like what it is as a whole: of the label that covers most of it, the segment that the
 * head was surest of, or the middle of that. Undefined where no head has given a verdict.
 */
export function surestSpan(segments: readonly TimelineSegment[]): SurestSpan | undefined {
  const seconds = new Map<string, number>();
  const judged = segments.filter(
    ({ runnerUp, startSeconds, endSeconds }) =>
      runnerUp !== undefined && endSeconds - startSeconds >= LEAST_SECONDS,
  );
  for (const { label, startSeconds, endSeconds } of judged)
    seconds.set(label, (seconds.get(label) ?? 0) + endSeconds - startSeconds);
  const [label] = [...seconds].sort(([, a], [, b]) => b - a)[0] ?? [];
  const [surest] = judged
    .filter((segment) => segment.label === label)
    .sort((a, b) => b.probability - a.probability);
  if (label === undefined || surest === undefined) return undefined;
  const { startSeconds, endSeconds } = surest;
  const length = Math.min(MOST_SECONDS, endSeconds - startSeconds);
  const start = (startSeconds + endSeconds - length) / 2;
  return { label, startSeconds: start, endSeconds: start + length };
}
