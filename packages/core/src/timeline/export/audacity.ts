import { oneLine, type TimelineReport } from './report.js';

/**
 * An Audacity label track (File, Import, Labels): start, end and label between tabs, seconds with six decimals
 * as Audacity itself exports them.
 */
export function timelineToAudacity({ segments }: TimelineReport): string {
  return segments
    .map(
      ({ startSeconds, endSeconds, label }) =>
        `${startSeconds.toFixed(6)}\t${endSeconds.toFixed(6)}\t${oneLine(label)}\n`,
    )
    .join('');
}
