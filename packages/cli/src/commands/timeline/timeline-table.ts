import { clock } from '@ecapa/core/page';
import type { TimelineReport, TimelineSegment, TimelineTotals } from '@ecapa/core/timeline';
import { printable } from '../../terminal/printable.js';

/** A timeline for people: a line per segment, then what it adds up to. */
export function timelineTable(report: TimelineReport, totals: TimelineTotals): string {
  const width = Math.max(7, ...report.segments.map(({ label }) => printable(label).length));
  const lines = report.segments.map((segment) => line(segment, width));
  const shares = Object.entries(totals.shareByLabel)
    .sort(([, a], [, b]) => b - a)
    .map(([label, share]) => `${printable(label)} ${(100 * share).toFixed(1)} %`);
  const heard = Object.entries(report.tracks ?? {}).flatMap(([label, spans]) => {
    const seconds = spans.reduce((sum, { startSeconds, endSeconds }) => sum + endSeconds - startSeconds, 0);
    return spans.length === 0 ? [] : `${printable(label)} ${clock(seconds, 2)}`;
  });
  const notes = [
    ...(report.partial ? ['partial: the file ends early or is damaged'] : []),
    ...(report.channels === undefined ? [] : ['channels in opposite phase: the louder one was taken']),
  ];
  const note = notes.map((text) => ` · ${text}`).join('');
  const name = report.channel === undefined ? report.file : `${report.file} (channel ${report.channel})`;
  return [
    `${printable(name)} · ${clock(report.durationSeconds, 2)} · ${report.segments.length} ${report.segments.length === 1 ? 'segment' : 'segments'}${note}`,
    ...lines,
    `  ${shares.join(' · ')}${totals.mixed ? ' · mixed: no label has most of it' : ''}`,
    ...(report.tracks === undefined ? [] : [`  can be heard: ${heard.join(' · ') || 'none of the labels'}`]),
    '',
  ].join('\n');
}

function line(segment: TimelineSegment, width: number): string {
  const { startSeconds, endSeconds, label, probability, runnerUp, presence } = segment;
  const span = `${clock(startSeconds, 2).padStart(11)} - ${clock(endSeconds, 2).padStart(11)}`;
  if (runnerUp === undefined) return `  ${span}  ${printable(label)}`;
  const others = Object.entries(presence)
    .filter(([name, share]) => name !== label && share >= 0.25)
    .map(([name, share]) => `${printable(name)} in ${percent(share)} of it`);
  const notes = [`then ${printable(runnerUp.label)} ${percent(runnerUp.probability)}`, ...others];
  return `  ${span}  ${printable(label).padEnd(width)} ${percent(probability).padStart(5)}  ${notes.join(', ')}`;
}

function percent(share: number): string {
  return `${Math.round(100 * share)} %`;
}
