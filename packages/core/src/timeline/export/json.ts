import { OUTPUT_VERSION } from '../../output-version.js';
import type { Tracks } from '../presence-tracks.js';
import { summarize, type TimelineSegment } from '../segments.js';
import { roundProbability, roundSeconds, type TimelineReport } from './report.js';

/** A segment as it is printed: seconds to the millisecond, probabilities to four digits. */
export interface SegmentJson {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly label: string;
  readonly probability: number;
  /** The head's label, where a person has corrected it. */
  readonly correctedFrom?: string;
  readonly runnerUp?: { readonly label: string; readonly probability: number };
  /** Mean probability of each of the head's labels; absent for `silence` and `gap`. */
  readonly probabilities?: Readonly<Record<string, number>>;
  /** Share of the segment's time in which each label is present; absent for `silence` and `gap`. */
  readonly presence?: Readonly<Record<string, number>>;
}

/** A stretch in which a label can be heard, as it is printed. */
export interface PresenceJson {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly probability: number;
}

/** A whole timeline as one JSON value. */
export interface TimelineJson {
  readonly version: number;
  readonly file: string;
  readonly channel?: number;
  readonly durationSeconds: number;
  readonly segments: readonly SegmentJson[];
  /** Where each label can be heard, overlapping; absent when the head has no presence readout. */
  readonly tracks?: Readonly<Record<string, readonly PresenceJson[]>>;
  /** The label with the most seconds, and the seconds and share of each. */
  readonly label: string;
  readonly secondsByLabel: Readonly<Record<string, number>>;
  readonly shareByLabel: Readonly<Record<string, number>>;
  /** Seconds in which each label can be heard. */
  readonly presentSecondsByLabel?: Readonly<Record<string, number>>;
  /** Set when no label has more than half of the time that is not silent. */
  readonly mixed?: true;
  readonly model: string;
  readonly head: string;
  readonly partial?: true;
  readonly channels?: 'opposite-phase';
  /** Set when the user ended the stream before it ended by itself. */
  readonly endedBy?: 'user';
}

export function segmentToJson(segment: TimelineSegment): SegmentJson {
  const { runnerUp } = segment;
  const isClassified = Object.keys(segment.probabilities).length > 0;
  return {
    startSeconds: roundSeconds(segment.startSeconds),
    endSeconds: roundSeconds(segment.endSeconds),
    label: segment.label,
    probability: roundProbability(segment.probability),
    ...(segment.correctedFrom === undefined ? {} : { correctedFrom: segment.correctedFrom }),
    ...(runnerUp === undefined
      ? {}
      : { runnerUp: { label: runnerUp.label, probability: roundProbability(runnerUp.probability) } }),
    ...(isClassified
      ? {
          probabilities: mapValues(segment.probabilities, roundProbability),
          presence: mapValues(segment.presence, roundProbability),
        }
      : {}),
  };
}

/** A timeline as plain JSON: seconds rounded to milliseconds, probabilities to four digits. */
export function timelineToJson(report: TimelineReport): TimelineJson {
  const totals = summarize(report.segments);
  return {
    version: OUTPUT_VERSION,
    file: report.file,
    ...(report.channel === undefined ? {} : { channel: report.channel }),
    durationSeconds: roundSeconds(report.durationSeconds),
    segments: report.segments.map(segmentToJson),
    ...(report.tracks === undefined ? {} : { tracks: tracksToJson(report.tracks) }),
    label: totals.dominantLabel,
    secondsByLabel: mapValues(totals.secondsByLabel, roundSeconds),
    shareByLabel: mapValues(totals.shareByLabel, roundProbability),
    ...(report.tracks === undefined ? {} : { presentSecondsByLabel: presentSeconds(report.tracks) }),
    ...(totals.mixed ? { mixed: true } : {}),
    model: report.model,
    head: report.head,
    ...(report.partial ? { partial: true } : {}),
    ...(report.channels === undefined ? {} : { channels: report.channels }),
    ...(report.endedBy === undefined ? {} : { endedBy: report.endedBy }),
  };
}

function tracksToJson(tracks: Tracks): Record<string, PresenceJson[]> {
  const entries = Object.entries(tracks).map(([label, spans]): [string, PresenceJson[]] => [
    label,
    spans.map(({ startSeconds, endSeconds, probability }) => ({
      startSeconds: roundSeconds(startSeconds),
      endSeconds: roundSeconds(endSeconds),
      probability: roundProbability(probability),
    })),
  ]);
  return Object.fromEntries(entries);
}

function presentSeconds(tracks: Tracks): Record<string, number> {
  const sum = (spans: Tracks[string]): number =>
    spans.reduce((seconds, { startSeconds, endSeconds }) => seconds + endSeconds - startSeconds, 0);
  return Object.fromEntries(
    Object.entries(tracks).map(([label, spans]) => [label, roundSeconds(sum(spans ?? []))]),
  );
}

/** One JSON object, on one line, ended by a newline. */
export function timelineToJsonText(report: TimelineReport): string {
  return `${JSON.stringify(timelineToJson(report))}\n`;
}

/** JSON Lines: one segment a line, each with its file, model and head, so that lines of many files mix. */
export function timelineToJsonl(report: TimelineReport): string {
  return report.segments.map((segment) => segmentLine(segment, report)).join('');
}

/** A line of it. */
export function segmentLine(
  segment: TimelineSegment,
  { file, model, head, channel }: Pick<TimelineReport, 'file' | 'model' | 'head' | 'channel'>,
): string {
  const place = { file, ...(channel === undefined ? {} : { channel }) };
  return `${JSON.stringify({ version: OUTPUT_VERSION, ...place, ...segmentToJson(segment), model, head })}\n`;
}

function mapValues(
  record: Readonly<Record<string, number>>,
  change: (value: number) => number,
): Record<string, number> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));
}
