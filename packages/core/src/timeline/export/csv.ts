import type { Tracks } from '../presence-tracks.js';
import type { TimelineSegment } from '../segments.js';
import { type Layer, layersOf } from './layers.js';
import { oneLine, roundProbability, roundSeconds, type TimelineReport } from './report.js';

/**
 * Comma-separated values after RFC 4180 (CRLF, quotes where needed), one row for each segment or, with tracks, for each stretch in
 * which a label can be heard: such rows overlap. Columns: file, start, end (seconds), label, probability, runner_up,
 * runner_up_probability, then `probability_LABEL` and `presence_LABEL` for each of the head's labels; empty where a row
 * has none. In rows of tracks, `presence_LABEL` is the share of the row's time in which that label can be heard.
 * Where a person has corrected labels, a last column `corrected_from` holds the head's label.
 * Where one channel alone was heard, a column `channel` follows the file.
 */
export function timelineToCsv(report: TimelineReport): string {
  return rows(report).map(csvLine).join('');
}

/** The same columns between tabs. Text holds no tabs or line ends there: they become spaces. */
export function timelineToTsv(report: TimelineReport): string {
  return rows(report).map(tsvLine).join('');
}

/** One row at a time, for a report that is being made. */
export function csvLine(row: readonly string[]): string {
  return `${row.map(quoted).join(',')}\r\n`;
}

export function tsvLine(row: readonly string[]): string {
  return `${row.map(oneLine).join('\t')}\n`;
}

/** What a table's rows are about. */
export type TableReport = Pick<TimelineReport, 'file' | 'channel' | 'labels'>;

function rows(report: TimelineReport): string[][] {
  const { labels, segments, tracks } = report;
  const hasCorrections = segments.some(({ correctedFrom }) => correctedFrom !== undefined);
  return [
    [...headerRow(report), ...(hasCorrections ? ['corrected_from'] : [])],
    ...(tracks === undefined
      ? segments
      : layersOf(report).map((layer) => withPresence(layer, labels, tracks))
    ).map((segment) => [
      ...segmentRow(segment, report),
      ...(hasCorrections ? [segment.correctedFrom ?? ''] : []),
    ]),
  ];
}

export function headerRow({ channel, labels }: TableReport): string[] {
  return [
    'file',
    ...(channel === undefined ? [] : ['channel']),
    'start',
    'end',
    'label',
    'probability',
    'runner_up',
    'runner_up_probability',
    ...labels.map((label) => `probability_${label}`),
    ...labels.map((label) => `presence_${label}`),
  ];
}

/** A layer with what else can be heard in it. */
export function withPresence(layer: Layer, labels: readonly string[], tracks: Tracks): TimelineSegment {
  const { startSeconds, endSeconds } = layer;
  if (!labels.includes(layer.label)) return { ...layer, probabilities: {}, presence: {} };
  const shareOf = (label: string): number => {
    const shared = (tracks[label] ?? []).reduce(
      (sum, span) =>
        sum + Math.max(0, Math.min(endSeconds, span.endSeconds) - Math.max(startSeconds, span.startSeconds)),
      0,
    );
    return shared / (endSeconds - startSeconds);
  };
  return {
    ...layer,
    probabilities: {},
    presence: Object.fromEntries(labels.map((label) => [label, shareOf(label)])),
  };
}

export function segmentRow(segment: TimelineSegment, { file, channel, labels }: TableReport): string[] {
  const cell = (value: number | undefined): string =>
    value === undefined ? '' : String(roundProbability(value));
  return [
    file,
    ...(channel === undefined ? [] : [String(channel)]),
    String(roundSeconds(segment.startSeconds)),
    String(roundSeconds(segment.endSeconds)),
    segment.label,
    cell(segment.probability),
    segment.runnerUp?.label ?? '',
    cell(segment.runnerUp?.probability),
    ...labels.map((label) => cell(segment.probabilities[label])),
    ...labels.map((label) => cell(segment.presence[label])),
  ];
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
