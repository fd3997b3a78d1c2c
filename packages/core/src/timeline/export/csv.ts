import type { TimelineSegment } from '../segments.js';
import { oneLine, roundProbability, roundSeconds, type TimelineReport } from './report.js';

/**
 * Comma-separated values after RFC 4180 (CRLF, quotes where needed), one segment a row. Columns: file, start, end
 * (seconds), label, probability, runner_up, runner_up_probability, then `probability_LABEL` and
 * `presence_LABEL` for each of the head's labels; empty where a segment has none. Where a person has put labels
 * right, a last column `corrected_from` holds what the head had said. Where one channel alone was heard, a column
 * `channel` follows the file.
 */
export function timelineToCsv(report: TimelineReport): string {
  return rows(report)
    .map((row) => `${row.map(quoted).join(',')}\r\n`)
    .join('');
}

/** The same columns between tabs. Text holds no tabs or line ends there: they become spaces. */
export function timelineToTsv(report: TimelineReport): string {
  return rows(report)
    .map((row) => `${row.map(oneLine).join('\t')}\n`)
    .join('');
}

function rows({ file, channel, labels, segments }: TimelineReport): string[][] {
  const hasCorrections = segments.some(({ correctedFrom }) => correctedFrom !== undefined);
  const header = [
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
    ...(hasCorrections ? ['corrected_from'] : []),
  ];
  return [
    header,
    ...segments.map((segment) => [
      file,
      ...(channel === undefined ? [] : [String(channel)]),
      ...row(segment, labels),
      ...(hasCorrections ? [segment.correctedFrom ?? ''] : []),
    ]),
  ];
}

function row(segment: TimelineSegment, labels: readonly string[]): string[] {
  const cell = (value: number | undefined): string =>
    value === undefined ? '' : String(roundProbability(value));
  return [
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
