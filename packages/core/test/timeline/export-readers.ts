import assert from 'node:assert/strict';

/**
 * Praat manual, "TextGrid file formats": the reader takes free-standing numbers, texts in double quotes (a doubled
 * quote stands for one) and flags in angle brackets, and ignores everything else, comments included.
 */
export function readTextGrid(text: string): {
  start: number;
  end: number;
  tiers: { kind: string; name: string; start: number; end: number; intervals: [number, number, string][] }[];
} {
  const values: (number | string | boolean)[] = [];
  for (const [token] of text.matchAll(/"(?:[^"]|"")*"|<[^>]*>|\S+/g)) {
    if (token.startsWith('"')) values.push(token.slice(1, -1).replaceAll('""', '"'));
    else if (token.startsWith('<')) values.push(token === '<exists>');
    else if (/^-?\d+(\.\d+)?(e[-+]?\d+)?$/i.test(token)) values.push(Number(token));
  }
  let at = 0;
  const number = (): number => {
    const value = values[at++];
    assert.equal(typeof value, 'number');
    return value as number;
  };
  const string = (): string => {
    const value = values[at++];
    assert.equal(typeof value, 'string');
    return value as string;
  };
  assert.equal(string(), 'ooTextFile');
  assert.equal(string(), 'TextGrid');
  const start = number();
  const end = number();
  assert.equal(values[at++], true);
  const tiers = Array.from({ length: number() }, () => {
    const tier = {
      kind: string(),
      name: string(),
      start: number(),
      end: number(),
      intervals: [] as [number, number, string][],
    };
    const size = number();
    for (let i = 0; i < size; i++) tier.intervals.push([number(), number(), string()]);
    let previous = tier.start;
    for (const [from, to] of tier.intervals) {
      assert.ok(from === previous && to > from, 'intervals must touch');
      previous = to;
    }
    assert.equal(previous, tier.end);
    return tier;
  });
  assert.equal(at, values.length);
  return { start, end, tiers };
}

/** W3C WebVTT: signature, blank line, then cues of an optional identifier, a timing line and text up to a blank line. */
export function readWebVtt(text: string): { start: number; end: number; text: string }[] {
  const [signature, ...blocks] = text.trimEnd().split(/\n\n+/);
  assert.match(signature ?? '', /^WEBVTT(?:[ \t].*)?$/);
  return blocks.map((block) => {
    const lines = block.split('\n');
    if (!lines[0]?.includes('-->')) lines.shift();
    const match = /^(\d{2,}):([0-5]\d):([0-5]\d\.\d{3}) --> (\d{2,}):([0-5]\d):([0-5]\d\.\d{3})$/.exec(
      lines.shift() ?? '',
    );
    assert.ok(match, block);
    const time = (from: number): number =>
      Number(
        (Number(match[from]) * 3600 + Number(match[from + 1]) * 60 + Number(match[from + 2])).toFixed(3),
      );
    const payload = lines.join('\n');
    assert.ok(!payload.includes('-->') && !payload.includes('<'));
    assert.ok(time(4) > time(1));
    return {
      start: time(1),
      end: time(4),
      text: payload.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&'),
    };
  });
}
