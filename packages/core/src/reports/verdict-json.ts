import type { ClassifyResult } from '../engine/results.js';
import { OUTPUT_VERSION } from '../output-version.js';
import { roundSeconds } from '../timeline/export/report.js';

/** What of a verdict is printed. */
export type PrintedVerdict = Omit<ClassifyResult, 'timings' | 'embedding'>;

/**
 * A verdict as plain JSON: seconds rounded to milliseconds, probabilities to six digits, so that they still sum to 1. Further
 * digits differ from run to run, with the number of threads and what else a worker computes.
 */
export function verdictToJson(
  file: string,
  verdict: PrintedVerdict,
  channel?: number,
): Readonly<Record<string, unknown>> {
  const { method, partial, channels, mixed } = verdict;
  const probabilities = roundedTogether(verdict.probabilities);
  const isLargest = verdict.probability === Math.max(...Object.values(verdict.probabilities));
  const sums = {
    method,
    secondsByLabel: rounded(verdict.secondsByLabel, roundSeconds),
    shareByLabel: verdict.shareByLabel && roundedTogether(verdict.shareByLabel),
    presentSecondsByLabel: rounded(verdict.presentSecondsByLabel, roundSeconds),
    mixed,
  };
  return withoutUndefined({
    version: OUTPUT_VERSION,
    file,
    channel,
    label: verdict.label,
    probability: isLargest
      ? Math.max(...Object.values(probabilities))
      : roundToMillionths(verdict.probability),
    probabilities,
    presence: rounded(verdict.presence, roundToMillionths),
    present: verdict.present,
    durationSeconds: roundSeconds(verdict.durationSeconds),
    model: verdict.model,
    head: verdict.head,
    ...(method === 'timeline' ? sums : {}),
    partial: partial || undefined,
    channels,
  });
}

/** A file that could not be read, in the place of its verdict, timeline or embedding. */
export function failureToJson(
  file: string,
  { code, message }: { readonly code: string; readonly message: string },
): { readonly version: number; readonly file: string; readonly error: { code: string; message: string } } {
  return { version: OUTPUT_VERSION, file, error: { code, message } };
}

function rounded(
  values: Readonly<Record<string, number>> | undefined,
  round: (value: number) => number,
): Readonly<Record<string, number>> | undefined {
  if (values === undefined) return undefined;
  return Object.fromEntries(Object.entries(values).map(([label, value]) => [label, round(value)]));
}

/** To six digits; what rounding each changes in their sum goes to the largest. */
function roundedTogether(values: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const entries = Object.entries(values);
  const millionths = entries.map(([, value]) => Math.round(1e6 * value));
  const total = Math.round(1e6 * entries.reduce((sum, [, value]) => sum + value, 0));
  const largest = millionths.indexOf(Math.max(...millionths));
  const missing = total - millionths.reduce((sum, value) => sum + value, 0);
  return Object.fromEntries(
    entries.map(([label], i) => [
      label,
      roundToMillionths(((millionths[i] ?? 0) + (i === largest ? missing : 0)) / 1e6),
    ]),
  );
}

function roundToMillionths(value: number): number {
  return Number(value.toFixed(6));
}

function withoutUndefined(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}
