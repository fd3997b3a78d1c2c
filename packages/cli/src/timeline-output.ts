import { basename, extname, join } from 'node:path';
import {
  type BatchOutcome,
  makeFolder,
  summarize,
  TIMELINE_FORMATS,
  type TimelineReport,
  timelineFormat,
  timelineToHtml,
  timelineToSvg,
  writeFileAtomically,
} from '@ecapa/core';
import { print } from './output.js';
import type { ProgressBar } from './progress.js';
import { nameOf, type Timeline } from './timeline-run.js';
import { timelineTable } from './timeline-table.js';

export const TEXT_FORMATS: readonly string[] = TIMELINE_FORMATS.map(({ name }) => name);
export const PICTURE_FORMATS: readonly string[] = ['svg', 'html'];
/** Tables with a column for the file: several files printed one after the other are one table. */
const TABLE_FORMATS: readonly string[] = ['csv', 'tsv'];

export function isPicture(format: string | undefined): boolean {
  return format !== undefined && PICTURE_FORMATS.includes(format);
}

export interface TimelineWriterOptions {
  /** A format's name; a table for people otherwise. */
  readonly format: string | undefined;
  /** A file for one input, a folder for several; standard output otherwise. */
  readonly output: string | undefined;
  readonly files: readonly string[];
  readonly labels: readonly string[];
  readonly bar: ProgressBar;
}

export interface TimelineWriter {
  write(outcome: BatchOutcome<Timeline>): Promise<void>;
}

/** Prints or writes timelines one by one. Files appear only when they are complete. */
export async function createTimelineWriter(options: TimelineWriterOptions): Promise<TimelineWriter> {
  const { format, output, files, labels, bar } = options;
  const isFolder = output !== undefined && files.length > 1;
  if (isFolder) await makeFolder(output);
  const taken = new Set<string>();
  let count = 0;
  let told = 0;
  return {
    async write(outcome) {
      bar.clear();
      count++;
      if ('error' in outcome) await printError(outcome.file, outcome.error, format);
      else {
        const report = reportOf(outcome.file, outcome.value, labels);
        const text = textOf(format, report, outcome.value);
        if (output === undefined) await print(told++ === 0 ? text : asContinuation(format, text));
        else
          await writeFileAtomically(
            isFolder ? join(output, freeName(outcome.file, format, taken)) : output,
            text,
          );
      }
      if (count < files.length) bar.update(count, outcome.file);
    },
  };
}

/** What is printed after another file's: a table without its heading, a blank line before what people read. */
function asContinuation(format: string | undefined, text: string): string {
  if (format === undefined) return `\n${text}`;
  return TABLE_FORMATS.includes(format) ? text.slice(text.indexOf('\n') + 1) : text;
}

function reportOf(file: string, value: Timeline, labels: readonly string[]): TimelineReport {
  return {
    file: nameOf(file),
    durationSeconds: value.durationSeconds,
    segments: value.segments,
    labels,
    model: value.model,
    head: value.head,
    partial: value.partial,
  };
}

function textOf(format: string | undefined, report: TimelineReport, { sketch }: Timeline): string {
  if (format === undefined) return timelineTable(report, summarize(report.segments));
  if (!isPicture(format)) return timelineFormat(format).write(report);
  if (sketch === undefined) throw new TypeError(`${report.file}: no sketch was made for the picture`);
  return format === 'svg' ? timelineToSvg(report, sketch) : timelineToHtml(report, sketch);
}

async function printError(
  file: string,
  error: { readonly code: string; readonly message: string },
  format: string | undefined,
): Promise<void> {
  const { code, message } = error;
  if (format === 'json' || format === 'jsonl')
    await print(`${JSON.stringify({ file: nameOf(file), error: { code, message } })}\n`);
  else process.stderr.write(`ecapa: ${message} [${code}]\n`);
}

/** `talk.TextGrid` for `talk.wav`; `talk-2.TextGrid` when two folders hold a talk. */
function freeName(file: string, format: string | undefined, taken: Set<string>): string {
  const extension = isPicture(format)
    ? `.${format}`
    : format === undefined
      ? '.txt'
      : timelineFormat(format).extension;
  const stem = file === '-' ? 'standard-input' : basename(file, extname(file));
  let name = `${stem}${extension}`;
  for (let n = 2; taken.has(name); n++) name = `${stem}-${n}${extension}`;
  taken.add(name);
  return name;
}
