import { GAP_LABEL } from '../../types.js';
import type { Tracks } from '../presence-tracks.js';
import { plainSegment, type TimelineSegment } from '../segments.js';
import type { TimelineReport } from './report.js';

/** A stretch of a label with its probability, as formats that can hold overlap write it. */
export interface Layer {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly label: string;
  readonly probability: number;
}

/**
 * What is where, overlaps included: with tracks, every stretch in which a label can be heard, besides `silence`,
 * `unknown` and `gap`; else the segments. By start, then in the order of the head's labels.
 */
export function layersOf(report: TimelineReport): readonly Layer[] {
  const { tracks, segments, labels } = report;
  if (tracks === undefined) return segments;
  const others = segments.filter(({ label }) => !labels.includes(label));
  const heard = labels.flatMap((label) => (tracks[label] ?? []).map((span) => ({ ...span, label })));
  const order = (label: string): number => (labels.includes(label) ? labels.indexOf(label) : labels.length);
  return [...heard, ...others].sort(
    (a, b) => a.startSeconds - b.startSeconds || order(a.label) - order(b.label),
  );
}

/** A stretch between two changes of what can be heard. */
export interface Chord {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly heard: readonly { readonly label: string; readonly probability: number }[];
}

/** Layers as stretches without overlap, each with all that is heard in it; nothing where nothing is. */
export function chordsOf(layers: readonly Layer[]): Chord[] {
  const times = [
    ...new Set(layers.flatMap(({ startSeconds, endSeconds }) => [startSeconds, endSeconds])),
  ].sort((a, b) => a - b);
  const chords: Chord[] = [];
  let next = 0;
  let open: Layer[] = [];
  for (const [i, startSeconds] of times.slice(0, -1).entries()) {
    open = open.filter((layer) => layer.endSeconds > startSeconds);
    for (
      let layer = layers[next];
      layer !== undefined && layer.startSeconds <= startSeconds;
      layer = layers[++next]
    ) {
      if (layer.endSeconds > startSeconds) open.push(layer);
    }
    const endSeconds = times[i + 1] ?? startSeconds;
    if (open.length === 0) continue;
    chords.push({
      startSeconds,
      endSeconds,
      heard: open.map(({ label, probability }) => ({ label, probability })),
    });
  }
  return chords;
}

/**
 * The timeline as one of where a label can be heard: segments of that label wherever it has a track, of no label
 * elsewhere; gaps stay. For cutting by presence. Labels without tracks (`silence`, `unknown`) keep their segments.
 */
export function segmentsWherePresent(
  segments: readonly TimelineSegment[],
  tracks: Tracks,
  label: string,
): readonly TimelineSegment[] {
  const spans = tracks[label];
  if (spans === undefined) return segments;
  const result: TimelineSegment[] = [];
  let next = 0;
  for (const segment of segments) {
    if (segment.label === GAP_LABEL) {
      result.push(segment);
      continue;
    }
    let at = segment.startSeconds;
    const push = (name: string, until: number): void => {
      if (until > at) result.push(plainSegment(name, { startSeconds: at, endSeconds: until }));
      at = Math.max(at, until);
    };
    while ((spans[next]?.endSeconds ?? Number.POSITIVE_INFINITY) <= segment.startSeconds) next++;
    for (let i = next; (spans[i]?.startSeconds ?? Number.POSITIVE_INFINITY) < segment.endSeconds; i++) {
      push('', Math.min(spans[i]?.startSeconds ?? 0, segment.endSeconds));
      push(label, Math.min(spans[i]?.endSeconds ?? 0, segment.endSeconds));
    }
    push('', segment.endSeconds);
  }
  return result;
}
