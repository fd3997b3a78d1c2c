import { roundSeconds, type TimelineReport } from './report.js';

/** A named row of labelled spans, in order of time; of two that overlap, the later one begins where the earlier one ends. */
export interface TextGridTier {
  readonly name: string;
  readonly spans: readonly {
    readonly startSeconds: number;
    readonly endSeconds: number;
    readonly label: string;
  }[];
}

/** One tier `label` with the segments and, with tracks, one for each of the head's labels with where it can be heard. */
export function timelineToTextGrid({ segments, tracks, labels, durationSeconds }: TimelineReport): string {
  const heard =
    tracks === undefined
      ? []
      : labels.map((label) => ({
          name: label,
          spans: (tracks[label] ?? []).map((span) => ({ ...span, label })),
        }));
  return textGrid([{ name: 'label', spans: segments }, ...heard], durationSeconds);
}

/**
 * A Praat TextGrid in the long text format (Praat manual, "TextGrid file formats"), UTF-8: interval tiers that cover the
 * whole recording. Where a tier has no span, its interval is empty.
 */
export function textGrid(rows: readonly TextGridTier[], durationSeconds: number): string {
  const ends = rows.flatMap(({ spans }) => spans.at(-1)?.endSeconds ?? []);
  const end = roundSeconds(Math.max(durationSeconds, ...ends));
  const tiers = rows.map(({ name, spans }) => ({
    name,
    intervals: contiguous(
      spans.map(({ startSeconds, endSeconds, label }) => ({
        start: roundSeconds(startSeconds),
        end: roundSeconds(endSeconds),
        text: label,
      })),
      end,
    ),
  }));
  const lines = [
    'File type = "ooTextFile"',
    'Object class = "TextGrid"',
    '',
    'xmin = 0',
    `xmax = ${end}`,
    'tiers? <exists>',
    `size = ${tiers.length}`,
    'item []:',
    ...tiers.flatMap(({ name, intervals }, tier) => [
      `    item [${tier + 1}]:`,
      '        class = "IntervalTier"',
      `        name = "${quoted(name)}"`,
      '        xmin = 0',
      `        xmax = ${end}`,
      `        intervals: size = ${intervals.length}`,
      ...intervals.flatMap((interval, index) => [
        `        intervals [${index + 1}]:`,
        `            xmin = ${interval.start}`,
        `            xmax = ${interval.end}`,
        `            text = "${quoted(interval.text)}"`,
      ]),
    ]),
  ];
  return `${lines.join('\n')}\n`;
}

function quoted(text: string): string {
  return text.replaceAll('"', '""');
}

interface Interval {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Praat wants a tier without holes and without intervals of no length. */
function contiguous(intervals: readonly Interval[], end: number): Interval[] {
  const result: Interval[] = [];
  let at = 0;
  for (const interval of intervals) {
    if (interval.end <= at) continue;
    if (interval.start > at) result.push({ start: at, end: interval.start, text: '' });
    result.push({ ...interval, start: Math.max(at, interval.start) });
    at = interval.end;
  }
  if (at < end || result.length === 0) result.push({ start: at, end, text: '' });
  return result;
}
