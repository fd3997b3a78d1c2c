import { parse } from 'csv-parse/sync';
import { EcapaError } from '../errors.js';
import { isMeantAsAddress } from '../login.js';

/** One line of a list of clips. */
export interface ListedClip {
  /** As written: relative to the list's folder, or absolute. */
  readonly path: string;
  readonly label: string;
  /** Clips of one group are never split between training and testing. */
  readonly group?: string;
}

/**
 * Reads a list of clips: CSV with a header naming `path`, `label` and, if wanted, `group`, or JSON objects
 * with these keys, one a line. Other columns and keys are passed over.
 *
 * Throws `CLIP_LIST_INVALID` naming the file, the line and what is wrong with it. `file` is what messages call it.
 */
export function parseClipList(text: string, format: 'csv' | 'jsonl', file: string): ListedClip[] {
  const rows = format === 'csv' ? csvRows(text, file) : jsonRows(text, file);
  const clips = rows.map(({ line, value }) => {
    const path = textOf(value, 'path', line, file);
    if (isMeantAsAddress(path) && !/^file:/i.test(path))
      throw invalid(file, `line ${line} names an address; download it and name the file`);
    const label = textOf(value, 'label', line, file);
    const group =
      value.group === undefined || value.group === '' ? undefined : textOf(value, 'group', line, file);
    return { path, label, ...(group !== undefined && { group }) };
  });
  if (clips.length === 0) throw invalid(file, 'it lists no clip');
  return clips;
}

interface Row {
  readonly line: number;
  readonly value: Readonly<Record<string, unknown>>;
}

function csvRows(text: string, file: string): Row[] {
  try {
    const records: { readonly record: Record<string, unknown>; readonly info: { readonly lines: number } }[] =
      parse(text, {
        bom: true,
        columns: (names: string[]) => names.map((name) => name.trim().toLowerCase()),
        info: true,
        skip_empty_lines: true,
        trim: true,
      });
    return records.map(({ record, info }) => ({ line: info.lines, value: record }));
  } catch (cause) {
    throw invalid(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function jsonRows(text: string, file: string): Row[] {
  return text
    .replace(/^\uFEFF/, '')
    .split('\n')
    .map((content, index) => ({ content: content.trim(), line: index + 1 }))
    .filter(({ content }) => content !== '')
    .map(({ content, line }) => {
      let value: unknown;
      try {
        value = JSON.parse(content);
      } catch (cause) {
        throw invalid(file, `line ${line} is not JSON`, cause);
      }
      if (typeof value !== 'object' || value === null)
        throw invalid(file, `line ${line} is not a JSON object`);
      return { line, value: value as Record<string, unknown> };
    });
}

function textOf(value: Row['value'], name: string, line: number, file: string): string {
  const found = Object.hasOwn(value, name) ? value[name] : undefined;
  if (typeof found === 'string' && found !== '') return found;
  throw invalid(file, `line ${line} has no "${name}"`);
}

function invalid(file: string, problem: string, cause?: unknown): EcapaError {
  return new EcapaError(
    'CLIP_LIST_INVALID',
    `${file}: not a list of clips: ${problem}. Expected CSV with a header "path,label" (and "group"), or JSON lines {"path","label"}.`,
    { file, cause },
  );
}
