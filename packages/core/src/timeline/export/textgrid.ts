import { roundSeconds, type TimelineReport } from './report.js';

/**
 * A Praat TextGrid in the long text format (Praat manual, "TextGrid file formats"), UTF-8: one interval tier
 * `label` that covers the whole recording and, with tracks, one for each of the head's labels with where it can be
 * heard. Elsewhere intervals are empty.
 */
export function timelineToTextGrid({ segments, tracks, labels, durationSeconds }: TimelineReport): string {
  const end = roundSeconds(Math.max(durationSeconds, segments.at(-1)?.endSeconds ?? 0));
  const heard =
    tracks === undefined
      ? []
      : labels.map((label) => ({
          name: label,
          spans: (tracks[label] ?? []).map((span) => ({ ...span, label })),
        }));
  const tiers = [{ name: 'label', spans: segments }, ...heard].map(({ name, spans }) => ({
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
