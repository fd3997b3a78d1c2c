import type { TimelineSegment } from '../timeline/segments.js';
import { GAP_LABEL } from '../types.js';

/** A stretch of decoded audio, gaps not counted since they hold none. */
export interface AudioSpan {
  /** Where it lies on the timeline. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Where it lies in the decoded audio; `Infinity` for its end. */
  readonly audioStartSeconds: number;
  readonly audioEndSeconds: number;
}

/** Time that the timeline has and the decoded audio has not. */
export interface AudioGap {
  /** Where it belongs in the decoded audio. */
  readonly audioSeconds: number;
  readonly lengthSeconds: number;
}

/** The stretches of a label; neighbours become one. */
export function spansOf(segments: readonly TimelineSegment[], label: string): AudioSpan[] {
  const spans: AudioSpan[] = [];
  let missing = 0;
  for (const [index, segment] of segments.entries()) {
    const { startSeconds, endSeconds } = segment;
    if (segment.label === GAP_LABEL) missing += endSeconds - startSeconds;
    if (segment.label !== label || label === GAP_LABEL) continue;
    // Rounding must not leave the last sample behind.
    const audioEndSeconds = index === segments.length - 1 ? Number.POSITIVE_INFINITY : endSeconds - missing;
    const last = spans.at(-1);
    if (last !== undefined && last.endSeconds === startSeconds) {
      spans[spans.length - 1] = { ...last, endSeconds, audioEndSeconds };
    } else
      spans.push({ startSeconds, endSeconds, audioStartSeconds: startSeconds - missing, audioEndSeconds });
  }
  return spans;
}

/** The gaps of a timeline, in order. */
export function gapsOf(segments: readonly TimelineSegment[]): AudioGap[] {
  const gaps: AudioGap[] = [];
  let missing = 0;
  for (const { label, startSeconds, endSeconds } of segments) {
    if (label !== GAP_LABEL) continue;
    gaps.push({ audioSeconds: startSeconds - missing, lengthSeconds: endSeconds - startSeconds });
    missing += endSeconds - startSeconds;
  }
  return gaps;
}
