import { type FoundFile, failureToJson } from '@ecapa/core';
import { type FileOutcome, writeFileAtomically } from '@ecapa/core/host';
import {
  summarize,
  TIMELINE_FORMATS,
  type TimelineReport,
  timelineFormat,
  timelineToHtml,
  timelineToSvg,
  type WholeTimeline,
} from '@ecapa/core/timeline';
import { nameOf } from '../../inputs.js';
import { endMark, isStream } from '../../streams.js';
import { warn, warnOf } from '../../terminal/failure.js';
import { print } from '../../terminal/output.js';
import type { OutputPlace } from '../../terminal/output-place.js';
import { jsonLine, printableJson } from '../../terminal/printable.js';
import type { ProgressBar } from '../../terminal/progress.js';
import type { Timelines } from './timeline-run.js';
import { timelineTable } from './timeline-table.js';

export const TEXT_FORMATS: readonly string[] = TIMELINE_FORMATS.map(({ name }) => name);
export const PICTURE_FORMATS: readonly string[] = ['svg', 'html'];
/** Tables with a column for the file: several files printed one after the other are one table. */
const TABLE_FORMATS: readonly string[] = ['csv', 'tsv'];
/** One after the other they would be a file that nothing reads, or one recording that there never was. */
const ONE_RECORDING_FORMATS: readonly string[] = [
  'audacity',
  'textgrid',
  'webvtt',
  'ina',
  ...PICTURE_FORMATS,
];

export function isPicture(format: string | undefined): boolean {
  return format !== undefined && PICTURE_FORMATS.includes(format);
}

export function holdsOneRecording(format: string | undefined): boolean {
  return format !== undefined && ONE_RECORDING_FORMATS.includes(format);
}

/** The ending of files in a format: `.TextGrid`. */
export function extensionOf(format: string | undefined): string {
  if (format === undefined) return '.txt';
  return isPicture(format) ? `.${format}` : timelineFormat(format).extension;
}

export interface TimelineWriterOptions {
  /** A format's name; a table for people otherwise. */
  readonly format: string | undefined;
  /** Standard output otherwise. */
  readonly place: OutputPlace | undefined;
  readonly files: readonly string[];
  readonly labels: readonly string[];
  /** Segments alone: what it is mostly, without what else can be heard. */
  readonly isDominant: boolean;
  readonly bar: ProgressBar;
  /** Aborted where the user has ended the stream. */
  readonly ended: AbortSignal;
}

export interface TimelineWriter {
  write(outcome: FileOutcome<FoundFile, Timelines>): Promise<void>;
}

/** Prints or writes timelines one by one. Files appear only when they are complete. */
export function createTimelineWriter(options: TimelineWriterOptions): TimelineWriter {
  const { format, place, files, bar } = options;
  let count = 0;
  let printed = 0;
  return {
    async write(outcome) {
      bar.clear();
      count++;
      const { path } = outcome.file;
      if ('error' in outcome) await printError(path, outcome.error, format);
      else {
        for (const timeline of outcome.value) {
          const text = textOf(format, reportOf(path, timeline, options), timeline);
          if (place === undefined)
            await print(shown(format, printed++ === 0 ? text : asContinuation(format, text)));
          else await writeOrPrint(targetOf(place, path, timeline.channel), path, text, format);
        }
      }
      if (count < files.length) bar.update(count, path);
    },
  };
}

/** A stream cannot be heard again: what cannot be written of it, on a full disk for instance, is printed. */
async function writeOrPrint(
  target: string,
  file: string,
  text: string,
  format: string | undefined,
): Promise<void> {
  try {
    await writeFileAtomically(target, text);
  } catch (error) {
    if (isStream(file)) {
      warn(`${target} could not be written, so that what was heard is printed`);
      await print(shown(format, text));
    }
    throw error;
  }
}

/** Names in JSON are escaped as in texts; other formats have no escapes for it. */
function shown(format: string | undefined, text: string): string {
  return format === 'json' || format === 'jsonl' ? printableJson(text) : text;
}

function targetOf(place: OutputPlace, file: string, channel: number | undefined): string {
  return channel === undefined ? place.pathOf(file) : place.pathOfChannel(file, channel);
}

/** What is printed after another file's: a table without its heading, a blank line before what people read. */
function asContinuation(format: string | undefined, text: string): string {
  if (format === undefined) return `\n${text}`;
  return TABLE_FORMATS.includes(format) ? text.slice(text.indexOf('\n') + 1) : text;
}

function reportOf(
  file: string,
  value: Timelines[number],
  { labels, isDominant, ended }: Pick<TimelineWriterOptions, 'labels' | 'isDominant' | 'ended'>,
): TimelineReport {
  return {
    file: nameOf(file),
    durationSeconds: value.durationSeconds,
    segments: value.segments,
    ...(isDominant || value.tracks === undefined ? {} : { tracks: value.tracks }),
    labels,
    model: value.model,
    head: value.head,
    partial: value.partial,
    channels: value.channels,
    channel: value.channel,
    ...endMark(ended),
  };
}

function textOf(format: string | undefined, report: TimelineReport, { sketch }: WholeTimeline): string {
  if (format === undefined) return timelineTable(report, summarize(report.segments));
  if (!isPicture(format)) return timelineFormat(format).write(report);
  if (sketch === undefined) throw new TypeError(`${report.file}: no sketch was made for the picture`);
  return format === 'svg' ? timelineToSvg(report, sketch) : timelineToHtml(report, sketch);
}

export async function printError(
  file: string,
  error: { readonly code: string; readonly message: string },
  format: string | undefined,
): Promise<void> {
  if (format === 'json' || format === 'jsonl') await print(jsonLine(failureToJson(nameOf(file), error)));
  else warnOf(error);
}
