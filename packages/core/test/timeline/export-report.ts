import { timelineFormat } from '../../src/timeline/export/formats.js';
import type { TimelineReport } from '../../src/timeline/export/report.js';
import { plainSegment, type TimelineSegment } from '../../src/timeline/segments.js';

export const LABELS = ['mu"sic, loud', 'noise', 'speech'];

export function segment(
  label: string,
  startSeconds: number,
  endSeconds: number,
  probability: number,
): TimelineSegment {
  return {
    label,
    startSeconds,
    endSeconds,
    probability,
    runnerUp: { label: 'noise', probability: (1 - probability) / 2 },
    probabilities: {
      'mu"sic, loud': (1 - probability) / 2,
      noise: (1 - probability) / 2,
      speech: probability,
    },
    presence: { 'mu"sic, loud': 0.25, noise: 0, speech: 1 },
  };
}

export const SEGMENTS: readonly TimelineSegment[] = [
  segment('speech', 0, 4.37, 0.98765),
  plainSegment('silence', { startSeconds: 4.37, endSeconds: 5 }),
  segment('mu"sic, loud', 5, 3599.99, 0.75),
  plainSegment('gap', { startSeconds: 3599.99, endSeconds: 3601.25 }),
  segment('unknown', 3601.25, 3603.001, 0.41),
];

export const REPORT: TimelineReport = {
  file: 'fol der/A & B <"1">.mp3',
  durationSeconds: 3603.001,
  segments: SEGMENTS,
  labels: LABELS,
  model: 'ecapa-test',
  head: 'three-way',
};

export const EMPTY: TimelineReport = { ...REPORT, durationSeconds: 0, segments: [] };

export function written(name: string, report = REPORT): string {
  return timelineFormat(name).write(report);
}

export function spans(segments: readonly TimelineSegment[]): [number, number, string][] {
  return segments.map(({ startSeconds, endSeconds, label }) => [startSeconds, endSeconds, label]);
}
