import { type Layer, layersOf } from './layers.js';
import { oneLine, type TimelineReport } from './report.js';

/**
 * An Audacity label track (File, Import, Labels): start, end and label between tabs, seconds with six decimals
 * as Audacity itself exports them. Labels of one track may overlap.
 */
export function timelineToAudacity(report: TimelineReport): string {
  return layersOf(report).map(audacityLine).join('');
}

export function audacityLine({ startSeconds, endSeconds, label }: Layer): string {
  return `${startSeconds.toFixed(6)}\t${endSeconds.toFixed(6)}\t${oneLine(label)}\n`;
}
