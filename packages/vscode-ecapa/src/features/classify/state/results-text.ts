import { eventLoopYielder } from '@ecapa/core/host';
import { type Result, type SettledResult, settled } from './result.js';

/** The first line of the file of results. */
export interface ResultsHeader {
  readonly format: 'ecapa-results';
  readonly version: 1;
  /** What the settings named when the file was written: other settings may mean other verdicts. */
  readonly model?: string | undefined;
  readonly head?: string | undefined;
}

export interface ParsedResults {
  readonly header: ResultsHeader;
  readonly results: readonly SettledResult[];
  /** Lines that were none. */
  readonly damaged: number;
}

/** Results do not change, they are replaced: each needs writing out but once. */
const lines = new WeakMap<SettledResult, string>();

/**
 * The text of the file: a header, then a line for each file, so that thousands can be written and read with
 * breaks. Of files at work, what was known before is kept: an interrupted run leaves no trace.
 */
export async function serializeResults(
  header: Pick<ResultsHeader, 'model' | 'head'>,
  results: readonly Result[],
): Promise<string> {
  const yieldToEventLoop = eventLoopYielder();
  const parts = [JSON.stringify({ format: 'ecapa-results', version: 1, ...header })];
  for (const result of results) {
    await yieldToEventLoop();
    const known = settled(result);
    if (known === undefined) continue;
    let line = lines.get(known);
    if (line === undefined) {
      line = JSON.stringify(known);
      lines.set(known, line);
    }
    parts.push(line);
  }
  return `${parts.join('\n')}\n`;
}

/** The reverse of `serializeResults`; undefined when the text is something else. */
export async function parseResults(text: string): Promise<ParsedResults | undefined> {
  const yieldToEventLoop = eventLoopYielder();
  const [first = '', ...rest] = text.split('\n');
  const header = parsed(first);
  if (!isHeader(header)) return undefined;
  const results: SettledResult[] = [];
  let damaged = 0;
  for (const line of rest) {
    if (line === '') continue;
    await yieldToEventLoop();
    const result = parsed(line);
    if (isSettled(result)) results.push(result);
    else damaged++;
  }
  return { header, results, damaged };
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isHeader(value: unknown): value is ResultsHeader {
  const { format, version } = Object(value) as Record<string, unknown>;
  return format === 'ecapa-results' && version === 1;
}

function isSettled(value: unknown): value is SettledResult {
  const { uri, state, verdict, stamp, identity, error } = Object(value) as Record<string, unknown>;
  if (typeof uri !== 'string' || uri === '') return false;
  if (state === 'failed')
    return typeof fields(error).message === 'string' && typeof fields(error).code === 'string';
  const { label, probability, probabilities, durationSeconds, present } = fields(verdict);
  return (
    state === 'done' &&
    typeof label === 'string' &&
    typeof probability === 'number' &&
    typeof durationSeconds === 'number' &&
    (present === undefined || (Array.isArray(present) && present.every((one) => typeof one === 'string'))) &&
    Object.values(fields(probabilities)).every((share) => typeof share === 'number') &&
    typeof fields(stamp).sizeBytes === 'number' &&
    typeof fields(stamp).modifiedMs === 'number' &&
    typeof fields(identity).modelSha256 === 'string' &&
    typeof fields(identity).headSha256 === 'string'
  );
}

function fields(value: unknown): Readonly<Record<string, unknown>> {
  return Object(value) as Record<string, unknown>;
}
