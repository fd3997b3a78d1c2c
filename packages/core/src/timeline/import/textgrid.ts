import type { EcapaError } from '../../errors.js';
import type { LabelledSpan, ParsedLabels } from './parse-labels.js';

/**
 * A Praat TextGrid as text, long or short (Praat manual, "TextGrid file formats"): what counts in both are the numbers
 * and the quoted strings, in the same order. The first interval tier is read; intervals without text are left out.
 */
export function parseTextGrid(text: string, invalid: (reason: string) => EcapaError): ParsedLabels {
  const tokens = tokensOf(text);
  let at = tokens.indexOf('IntervalTier');
  if (at < 0) throw invalid('this TextGrid has no interval tier.');
  at += 2; // the class and the name
  const number = (): number => {
    const token = tokens[at++];
    if (typeof token !== 'number') throw invalid('this TextGrid breaks off within a tier.');
    return token;
  };
  number();
  number();
  const count = number();
  const labels: LabelledSpan[] = [];
  for (let i = 0; i < count; i++) {
    const [startSeconds, endSeconds] = [number(), number()];
    const label = tokens[at++];
    if (typeof label !== 'string') throw invalid('this TextGrid breaks off within an interval.');
    labels.push({ startSeconds, endSeconds, label: label.trim() });
  }
  return { format: 'textgrid', labels };
}

/** Quoted strings, where a quotation mark is doubled, and numbers that stand alone: `[1]` is a comment. */
function tokensOf(text: string): (string | number)[] {
  const tokens: (string | number)[] = [];
  for (const [, quoted, number] of text.matchAll(
    /"((?:[^"]|"")*)"|(?<=^|[\s=])(-?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)(?=\s|$)/g,
  )) {
    if (quoted !== undefined) tokens.push(quoted.replaceAll('""', '"'));
    else tokens.push(Number(number));
  }
  return tokens;
}
