import { failureToJson, verdictToJson } from '@ecapa/core';
import { type DoneResult, labelsContained, type Result, settled } from './result.js';

/** A result with the name that the export gives its file. */
export interface Named {
  readonly file: string;
  readonly result: Result;
}

/** One JSON object a line, in the form in which the command line prints verdicts. */
export function toJsonLines(results: readonly Named[]): string {
  return jsonObjects(results)
    .map((object) => `${object}\n`)
    .join('');
}

/** The same objects as one array, for programs that read a file as one JSON value. */
export function toJson(results: readonly Named[]): string {
  return `[\n${jsonObjects(results).join(',\n')}\n]\n`;
}

function jsonObjects(results: readonly Named[]): string[] {
  return results.flatMap(({ file, result }) => {
    const known = settled(result);
    if (known === undefined) return [];
    if (known.state === 'failed') return JSON.stringify(failureToJson(file, known.error));
    return JSON.stringify({
      ...verdictToJson(file, known.verdict),
      ...(known.correctedLabel === undefined ? {} : { correctedLabel: known.correctedLabel }),
      ...(known.staleness === undefined ? {} : { stale: known.staleness }),
    });
  });
}

/**
 * A table as RFC 4180 has it, with a column for the probability of each label that occurs, and, where
 * heads know it, one for what can be heard (separated by semicolons) and one for the probability of each label's presence.
 */
export function toCsv(results: readonly Named[]): string {
  return table(results)
    .map((row) => `${row.map(csvCell).join(',')}\r\n`)
    .join('');
}

/** The same table with tabs between its columns; cells cannot hold any, nor line breaks. */
export function toTsv(results: readonly Named[]): string {
  return table(results)
    .map((row) => `${row.map((value) => textOf(value).replace(/[\t\r\n]+/g, ' ')).join('\t')}\n`)
    .join('');
}

function table(results: readonly Named[]): unknown[][] {
  const labels = new Set<string>();
  for (const { result } of results) {
    const known = settled(result);
    if (known?.state === 'done')
      for (const label of Object.keys(known.verdict.probabilities)) labels.add(label);
  }
  const columns = [...labels].sort();
  const hasPresence = results.some(({ result }) => {
    const known = settled(result);
    return known?.state === 'done' && known.verdict.present !== undefined;
  });
  const head = [
    ...['file', 'label', 'probability', ...columns.map((label) => `probability ${label}`)],
    ...(hasPresence ? ['contains', ...columns.map((label) => `presence ${label}`)] : []),
    ...['durationSeconds', 'method', 'partial', 'correctedLabel', 'stale', 'model', 'head', 'error'],
  ];
  const rows = results.flatMap(({ file, result }) => {
    const known = settled(result);
    if (known === undefined) return [];
    if (known.state === 'failed') return [[file, ...head.slice(2).map(() => ''), known.error.message]];
    const { verdict, correctedLabel, staleness } = known;
    return [
      [
        ...[
          file,
          verdict.label,
          verdict.probability,
          ...columns.map((label) => verdict.probabilities[label]),
        ],
        ...(hasPresence ? presenceCells(known, columns) : []),
        ...[verdict.durationSeconds, verdict.method, verdict.partial, correctedLabel, staleness],
        ...[verdict.model, verdict.head, ''],
      ],
    ];
  });
  return [head, ...rows];
}

function presenceCells(result: DoneResult, columns: readonly string[]): unknown[] {
  const { presence } = result.verdict;
  return [labelsContained(result)?.join('; '), ...columns.map((label) => presence?.[label])];
}

function textOf(value: unknown): string {
  return value === undefined ? '' : String(value);
}

function csvCell(value: unknown): string {
  const text = textOf(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
