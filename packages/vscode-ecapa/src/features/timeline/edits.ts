import type { TimelineSegment } from '@ecapa/core/timeline';
import { type Correction, LEAST_SECONDS, withCorrection } from './apply-corrections.js';

// What a person can do to the segments of a timeline. Pure: each edit makes another list of corrections.

/** Times are in seconds of the recording; segments are named by a moment within them. */
export type Edit =
  /** Puts a label on a span; the label that is there confirms it, `null` takes back its correction. */
  | {
      readonly do: 'label';
      readonly startSeconds: number;
      readonly endSeconds: number;
      readonly label: string | null;
    }
  /** Cuts the segment at a moment in two. */
  | { readonly do: 'split'; readonly seconds: number }
  /** Makes one segment of the one at a moment and the one after it, with the first one's label. */
  | { readonly do: 'merge'; readonly seconds: number }
  /** Moves the boundary nearest to a moment, no further than the segments beside it reach. */
  | { readonly do: 'moveBoundary'; readonly seconds: number; readonly toSeconds: number }
  /** Gives the time of the segment at a moment to the segment before it, or after it for the first. */
  | { readonly do: 'delete'; readonly seconds: number }
  /** Puts other labels in place of all that people have said, as an import does. */
  | { readonly do: 'replace'; readonly corrections: readonly Correction[] };

/** A segment cannot be made shorter. */
export const SHORTEST_SECONDS = 0.02;

/** The corrections after an edit of what is shown; undefined when it changes nothing. */
export function edited(
  segments: readonly TimelineSegment[],
  corrections: readonly Correction[],
  edit: Edit,
): readonly Correction[] | undefined {
  const at = (seconds: number): number =>
    segments.findIndex(({ startSeconds, endSeconds }) => startSeconds <= seconds && seconds < endSeconds);
  switch (edit.do) {
    case 'label': {
      const label = edit.label === null ? null : edit.label.trim().normalize('NFC');
      if (label === '' || edit.endSeconds - edit.startSeconds < LEAST_SECONDS) return undefined;
      return changed(corrections, withCorrection(corrections, { ...edit, label }));
    }
    case 'split': {
      const segment = segments[at(edit.seconds)];
      if (segment === undefined) return undefined;
      const { startSeconds, endSeconds, label } = segment;
      const isTooNear = Math.min(edit.seconds - startSeconds, endSeconds - edit.seconds) < SHORTEST_SECONDS;
      if (isTooNear) return undefined;
      return laid(corrections, [
        { startSeconds, endSeconds: edit.seconds, label },
        { startSeconds: edit.seconds, endSeconds, label },
      ]);
    }
    case 'merge': {
      const index = at(edit.seconds);
      const [first, second] = [segments[index], segments[index + 1]];
      if (index < 0 || first === undefined || second === undefined) return undefined;
      const { startSeconds, label } = first;
      return laid(corrections, [{ startSeconds, endSeconds: second.endSeconds, label }]);
    }
    case 'moveBoundary':
      return moved(segments, corrections, edit.seconds, edit.toSeconds);
    case 'delete': {
      const index = at(edit.seconds);
      const segment = segments[index];
      const heir = segments[index === 0 ? 1 : index - 1];
      if (segment === undefined || heir === undefined) return undefined;
      const startSeconds = Math.min(segment.startSeconds, heir.startSeconds);
      const endSeconds = Math.max(segment.endSeconds, heir.endSeconds);
      return laid(corrections, [{ startSeconds, endSeconds, label: heir.label }]);
    }
    case 'replace':
      return changed(corrections, edit.corrections);
  }
}

function moved(
  segments: readonly TimelineSegment[],
  corrections: readonly Correction[],
  seconds: number,
  toSeconds: number,
): readonly Correction[] | undefined {
  let nearest = 0;
  for (let i = 1; i < segments.length - 1; i++) {
    const distance = Math.abs((segments[i]?.endSeconds ?? Infinity) - seconds);
    if (distance < Math.abs((segments[nearest]?.endSeconds ?? Infinity) - seconds)) nearest = i;
  }
  const [first, second] = [segments[nearest], segments[nearest + 1]];
  if (first === undefined || second === undefined) return undefined;
  const least = first.startSeconds + SHORTEST_SECONDS;
  const most = second.endSeconds - SHORTEST_SECONDS;
  if (least > most) return undefined;
  const to = Math.min(Math.max(toSeconds, least), most);
  if (Math.abs(to - first.endSeconds) < LEAST_SECONDS) return undefined;
  return laid(corrections, [
    { startSeconds: first.startSeconds, endSeconds: to, label: first.label },
    { startSeconds: to, endSeconds: second.endSeconds, label: second.label },
  ]);
}

function laid(corrections: readonly Correction[], spans: readonly Correction[]): readonly Correction[] {
  return spans.reduce<readonly Correction[]>((list, span) => withCorrection(list, span), corrections);
}

function changed(
  before: readonly Correction[],
  after: readonly Correction[],
): readonly Correction[] | undefined {
  return JSON.stringify(before) === JSON.stringify(after) ? undefined : after;
}
