import type { EcapaError } from '../../errors.js';
import type { LabelledSpan, ParsedLabels } from './parse-labels.js';

/** The first interval tier of a TextGrid. */
export function parseTextGrid(text: string, invalid: (reason: string) => EcapaError): ParsedLabels {
  const [first] = textGridTiers(text, invalid);
  if (first === undefined) throw invalid('this TextGrid has no interval tier.');
  return { format: 'textgrid', labels: first.labels };
}

/**
 * The interval tiers of a Praat TextGrid as text, long or short (Praat manual, "TextGrid file formats"): what counts in
 * both are the numbers and the quoted strings, in the same order. Each is read when it is asked for.
 */
export function* textGridTiers(
  text: string,
  invalid: (reason: string) => EcapaError,
): Generator<{ readonly name: string; readonly labels: readonly LabelledSpan[] }, undefined> {
  const tokens = tokensOf(text);
  let at = 0;
  const number = (): number => {
    const token = tokens[at++];
    if (typeof token !== 'number') throw invalid('this TextGrid breaks off within a tier.');
    return token;
  };
  const words = (): string => {
    const token = tokens[at++];
    if (typeof token !== 'string') throw invalid('this TextGrid breaks off within an interval.');
    return token;
  };
  for (;;) {
    at = tokens.indexOf('IntervalTier', at) + 1;
    if (at === 0) return;
    const name = words();
    number();
    number();
    const count = number();
    const labels: LabelledSpan[] = [];
    for (let i = 0; i < count; i++) {
      const [startSeconds, endSeconds] = [number(), number()];
      labels.push({ startSeconds, endSeconds, label: words().trim() });
    }
    yield { name, labels };
  }
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
