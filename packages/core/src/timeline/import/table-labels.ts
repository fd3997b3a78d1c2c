import { parse } from 'csv-parse/sync';
import { type EcapaError, isEcapaError } from '../../errors.js';
import type { LabelFormat, LabelledSpan, ParsedLabels } from './parse-labels.js';

type Invalid = (reason: string) => EcapaError;

const START = /^(start|begin|onset|tmin|xmin)([ _]?(time|seconds|s|\(s\)))?$/i;
const END = /^(end|stop|offset|tmax|xmax)([ _]?(time|seconds|s|\(s\)))?$/i;
const DURATION = /^(duration|length)([ _]?(seconds|s|\(s\)))?$/i;
const LABEL = /^(label|labels|class|text|annotation|event[ _]label)$/i;

/** Tables of lines: RTTM, Audacity's label track, and CSV or TSV with a header (inaSpeechSegmenter's among them). */
export function parseTableLabels(text: string, invalid: Invalid): ParsedLabels {
  const first = text.split(/\r?\n/).find((line) => line.trim() !== '' && !line.startsWith(';'));
  if (first === undefined) return { format: 'audacity', labels: [] };
  if (/^(SPEAKER|NOSCORE|SPKR-INFO|NO_RT_METADATA|LEXEME|SEGMENT)\s/.test(first))
    return { format: 'rttm', labels: rttm(text, invalid) };
  if (/^-?[\d.]+([eE][-+]?\d+)?\t-?[\d.]+/.test(first))
    return { format: 'audacity', labels: audacity(text, invalid) };
  return withHeader(text, first.includes('\t') ? '\t' : first.includes(';') ? ';' : ',', invalid);
}

/** NIST RT-09, appendix A: type file channel start duration orthography subtype name … */
function rttm(text: string, invalid: Invalid): LabelledSpan[] {
  return lines(text).flatMap(({ line, number }) => {
    const [type, , , start, duration, , , name] = line.trim().split(/\s+/);
    if (type !== 'SPEAKER') return [];
    if (name === undefined) throw invalid(`line ${number} has fewer than eight fields.`);
    const startSeconds = seconds(start, number, invalid);
    const endSeconds = startSeconds + seconds(duration, number, invalid);
    return [{ startSeconds, endSeconds, label: name === '<NA>' ? '' : name }];
  });
}

/** Start, end and label between tabs; a line that begins with a backslash holds frequencies of the one before it. */
function audacity(text: string, invalid: Invalid): LabelledSpan[] {
  return lines(text).flatMap(({ line, number }) => {
    if (line.startsWith('\\')) return [];
    const [start, end, ...label] = line.split('\t');
    return [
      {
        startSeconds: seconds(start, number, invalid),
        endSeconds: seconds(end, number, invalid),
        label: label.join(' ').trim(),
      },
    ];
  });
}

function withHeader(text: string, delimiter: string, invalid: Invalid): ParsedLabels {
  let rows: string[][];
  try {
    const options = { delimiter, relax_column_count: true, skip_empty_lines: true, bom: true };
    rows = parse(text, { ...options, ...(delimiter === '\t' ? { quote: null } : {}) }) as string[][];
  } catch (error) {
    if (isEcapaError(error)) throw error;
    throw invalid(`it is not a table (${error instanceof Error ? error.message : String(error)}).`);
  }
  const [header = [], ...body] = rows;
  const column = (pattern: RegExp): number => header.findIndex((name) => pattern.test(name.trim()));
  const [start, end, duration, label] = [column(START), column(END), column(DURATION), column(LABEL)];
  if (start < 0 || (end < 0 && duration < 0) || label < 0)
    throw invalid(
      'its first line names no columns "start", "end" and "label", and it is of no other known format.',
    );
  const labels = body.map((row, index) => {
    const startSeconds = seconds(row[start], index + 2, invalid);
    const endSeconds =
      end >= 0
        ? seconds(row[end], index + 2, invalid)
        : startSeconds + seconds(row[duration], index + 2, invalid);
    return { startSeconds, endSeconds, label: (row[label] ?? '').trim() };
  });
  const isIna = delimiter === '\t' && /^labels\tstart\tstop/.test(header.join('\t'));
  const format: LabelFormat = isIna ? 'ina' : delimiter === '\t' ? 'tsv' : 'csv';
  if (!isIna) return { format, labels };
  return {
    format,
    labels: labels.map((one) => (one.label === 'noEnergy' ? { ...one, label: 'silence' } : one)),
  };
}

function lines(text: string): { readonly line: string; readonly number: number }[] {
  return text
    .split(/\r?\n/)
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => line.trim() !== '' && !line.startsWith(';'));
}

function seconds(field: string | undefined, line: number, invalid: Invalid): number {
  const value = field === undefined || field.trim() === '' ? Number.NaN : Number(field.trim());
  if (!Number.isFinite(value)) throw invalid(`line ${line} has no time where one is due.`);
  return value;
}
