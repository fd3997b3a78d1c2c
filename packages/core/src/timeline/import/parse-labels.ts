import { EcapaError } from '../../errors.js';
import { parseJsonLabels } from './json-labels.js';
import { parseTableLabels } from './table-labels.js';
import { parseTextGrid } from './textgrid.js';

/** A label on a span of a recording, in seconds from its beginning. */
export interface LabelledSpan {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly label: string;
}

/** Formats that labels are read from. `json` is this project's own, `csv` and `tsv` any table with a header. */
export type LabelFormat = 'audacity' | 'textgrid' | 'rttm' | 'csv' | 'tsv' | 'ina' | 'json' | 'jsonl';

/** What `parseLabels` found. */
export interface ParsedLabels {
  readonly format: LabelFormat;
  /** In order of their starts. */
  readonly labels: readonly LabelledSpan[];
}

/** More labels than this are of no recording: a limit to what a hostile file can take. */
const MOST_LABELS = 1_000_000;

/**
 * Labels of a file that another program wrote: an Audacity label track, a Praat TextGrid (long or short text; the
 * first interval tier), NIST RTTM (`SPEAKER` lines), CSV or TSV with a header (start, end or duration, label),
 * inaSpeechSegmenter's output, or this project's JSON and JSON Lines. The format is detected from the content; `name` is for messages.
 *
 * @throws EcapaError `LABELS_INVALID` for anything else, naming the line where there is one
 */
export function parseLabels(text: string, name: string): ParsedLabels {
  const content = text.replace(/^\ufeff/, '');
  const invalid = (reason: string): EcapaError =>
    new EcapaError('LABELS_INVALID', `${name}: ${reason}`, { file: name });
  const start = content.trimStart();
  const parsed = start.startsWith('{')
    ? parseJsonLabels(content, invalid)
    : /^(File type|"?ooTextFile)/.test(start)
      ? parseTextGrid(content, invalid)
      : parseTableLabels(content, invalid);
  if (parsed.labels.length > MOST_LABELS) throw invalid(`more than ${MOST_LABELS} labels.`);
  for (const { startSeconds, endSeconds } of parsed.labels)
    if (!(Number.isFinite(startSeconds) && Number.isFinite(endSeconds)) || startSeconds < 0)
      throw invalid('a label has a time that is not a number of seconds from the beginning.');
  const labels = parsed.labels
    .filter(({ startSeconds, endSeconds, label }) => endSeconds > startSeconds && label !== '')
    .sort((a, b) => a.startSeconds - b.startSeconds || a.endSeconds - b.endSeconds);
  return { format: parsed.format, labels };
}
