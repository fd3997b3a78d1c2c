import { timelineToAudacity } from './audacity.js';
import { timelineToCsv, timelineToTsv } from './csv.js';
import { timelineToIna } from './ina.js';
import { timelineToJsonl, timelineToJsonText } from './json.js';
import type { TimelineReport } from './report.js';
import { timelineToRttm } from './rttm.js';
import { timelineToTextGrid } from './textgrid.js';
import { timelineToWebVtt } from './webvtt.js';

/** A file format that a timeline can be written in. */
export interface TimelineFormat {
  readonly name: string;
  /** For people, in a few words. */
  readonly title: string;
  /** File name extension, with its dot. */
  readonly extension: string;
  readonly write: (report: TimelineReport) => string;
}

/** The text formats of a timeline, by name. Pictures need more than a report: see `picture.ts`. */
export const TIMELINE_FORMATS: readonly TimelineFormat[] = [
  { name: 'json', title: 'JSON, one object a file', extension: '.json', write: timelineToJsonText },
  { name: 'jsonl', title: 'JSON Lines, one segment a line', extension: '.jsonl', write: timelineToJsonl },
  { name: 'csv', title: 'comma-separated values', extension: '.csv', write: timelineToCsv },
  { name: 'tsv', title: 'tab-separated values', extension: '.tsv', write: timelineToTsv },
  { name: 'audacity', title: 'Audacity label track', extension: '.txt', write: timelineToAudacity },
  { name: 'textgrid', title: 'Praat TextGrid', extension: '.TextGrid', write: timelineToTextGrid },
  { name: 'rttm', title: 'NIST RTTM', extension: '.rttm', write: timelineToRttm },
  { name: 'webvtt', title: 'WebVTT subtitles', extension: '.vtt', write: timelineToWebVtt },
  { name: 'ina', title: "inaSpeechSegmenter's CSV", extension: '.csv', write: timelineToIna },
];

/** The format of that name. Throws RangeError listing the names. */
export function timelineFormat(name: string): TimelineFormat {
  const format = TIMELINE_FORMATS.find((candidate) => candidate.name === name);
  if (format === undefined) {
    throw new RangeError(
      `format: "${name}" is none of ${TIMELINE_FORMATS.map((known) => known.name).join(', ')}`,
    );
  }
  return format;
}
