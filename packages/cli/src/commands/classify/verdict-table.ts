import type { ClassifyResult, Head } from '@ecapa/core';
import { clock } from '@ecapa/core/page';
import { printable } from '../../terminal/printable.js';

const BAR_CELLS = 8;
const BLOCKS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** Widths that stay the same for every line, so that lines can be printed as they come. */
export interface TableLayout {
  readonly fileWidth: number;
  readonly verdictWidth: number;
  readonly labels: readonly string[];
  readonly color: boolean;
  /** Of the column that lists what is present; absent for heads without that readout. */
  readonly presentWidth?: number;
}

/** Longer labels are cut on a terminal; a pipe gets them whole. */
const TERMINAL_VERDICT_WIDTH = 10;
/** Lists of present labels wider than this push the notes aside rather than all columns. */
const MOST_PRESENT_WIDTH = 24;

/** A layout for these files on this terminal. */
export function tableLayout(
  files: readonly string[],
  { labels, presence }: Pick<Head, 'labels' | 'presence'>,
  columns: number,
  color: boolean,
): TableLayout {
  const presentWidth = Math.min(MOST_PRESENT_WIDTH, presentText(labels).length);
  const bars = labels.reduce((sum, label) => sum + cellWidth(label) + 2, 0);
  const rest = 31 + bars + (presence === undefined ? 0 : presentWidth + 2);
  const longest = Math.max(4, ...files.map((file) => printable(file).length));
  const fileWidth = Math.max(16, Math.min(longest, columns - rest));
  const isPipe = columns === Number.POSITIVE_INFINITY;
  const verdictWidth = isPipe
    ? Math.max(TERMINAL_VERDICT_WIDTH, ...labels.map((label) => printable(label).length))
    : TERMINAL_VERDICT_WIDTH;
  return { fileWidth, verdictWidth, labels, color, ...(presence === undefined ? {} : { presentWidth }) };
}

export function headerLine(layout: TableLayout): string {
  const present = layout.presentWidth === undefined ? [] : ['present'.padEnd(layout.presentWidth)];
  const cells = [...present, ...layout.labels.map((label) => printable(label).padEnd(cellWidth(label)))];
  return `${'file'.padEnd(layout.fileWidth)}  ${'verdict'.padEnd(layout.verdictWidth + 7)}  ${cells.join('  ')}`.trimEnd();
}

/** One file: its verdict, its probability, what is present, a bar per class, and what is worth knowing besides. */
export function verdictLine(file: string, result: ClassifyResult, layout: TableLayout): string {
  const verdict = `${printable(result.label).slice(0, layout.verdictWidth).padEnd(layout.verdictWidth)} ${percent(result.probability).padStart(6)}`;
  const present =
    layout.presentWidth === undefined ? [] : [presentText(result.present ?? []).padEnd(layout.presentWidth)];
  const bars = layout.labels.map((label) => cell(result.probabilities[label] ?? 0, cellWidth(label)));
  const cells = [...present, ...bars];
  const notes = [
    `${formatDuration(result.durationSeconds)}`,
    ...(result.method === 'timeline' ? ['long: summed up over windows'] : []),
    ...(result.mixed ? ['mixed: no class has most of the time'] : []),
    ...(result.partial ? ['partial: the file ends early or is damaged'] : []),
    ...(result.channels === 'opposite-phase' ? ['channels in opposite phase: the louder one was taken'] : []),
  ];
  const line = `${shorten(file, layout.fileWidth)}  ${paint(verdict, '1', layout.color)}  ${cells.join('  ')}`;
  return `${line}  ${paint(notes.join(', '), '2', layout.color)}`;
}

/** A file that could not be classified, in the same column. */
export function failureLine(file: string, message: string, layout: TableLayout): string {
  // The message names the file already; the column does, too.
  const reason = message.startsWith(`${file}: `) ? message.slice(file.length + 2) : message;
  return `${shorten(file, layout.fileWidth)}  ${paint(`failed: ${printable(reason)}`, '31', layout.color)}`;
}

function presentText(present: readonly string[]): string {
  return present.length === 0 ? '–' : present.map(printable).join(' + ');
}

function cellWidth(label: string): number {
  return Math.max(printable(label).length, BAR_CELLS + 5);
}

function cell(probability: number, width: number): string {
  const eighths = Math.round(probability * BAR_CELLS * 8);
  const bar = '█'.repeat(eighths >> 3) + (BLOCKS[eighths & 7] ?? '');
  return `${bar.padEnd(BAR_CELLS)} ${String(Math.round(probability * 100)).padStart(3)}%`.padEnd(width);
}

function percent(probability: number): string {
  return `${(probability * 100).toFixed(1)}%`;
}

function shorten(file: string, width: number): string {
  const name = printable(file);
  return name.length <= width ? name.padEnd(width) : `…${name.slice(name.length - width + 1)}`;
}

/** 4.2 s, 3:07, 1:02:45. */
export function formatDuration(seconds: number): string {
  return seconds < 60 ? `${seconds.toFixed(1)} s` : clock(seconds);
}

function paint(text: string, code: string, color: boolean): string {
  return color ? `\x1b[${code}m${text}\x1b[0m` : text;
}
