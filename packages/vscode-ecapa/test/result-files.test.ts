import assert from 'node:assert/strict';
import { toCsv, toJson, toJsonLines, toTsv } from '../src/features/classify/state/export-text.js';
import type { Result } from '../src/features/classify/state/result.js';
import { parseResults, serializeResults } from '../src/features/classify/state/results-text.js';
import { done, failed } from './some-results.js';

describe('the file of results', () => {
  const known: Result[] = [done('file:///a.wav'), failed('file:///b.wav')];

  it('gives back what was written', async () => {
    const parsed = await parseResults(await serializeResults({ head: 'own.json' }, known));
    assert.deepEqual(parsed?.results, known);
    assert.equal(parsed.header.head, 'own.json');
    assert.equal(parsed.damaged, 0);
  });

  it('keeps of files at work what was known before, so that a reload leaves none waiting', async () => {
    const before = done('file:///c.wav');
    const active: Result[] = [
      { uri: 'file:///c.wav', state: 'running', previous: before, doneSeconds: 3 },
      { uri: 'file:///d.wav', state: 'queued' },
    ];
    const parsed = await parseResults(await serializeResults({}, [...known, ...active]));
    assert.deepEqual(parsed?.results, [...known, before]);
  });

  it('is refused when it is something else, wherever it was cut off', async () => {
    const text = await serializeResults({}, known);
    for (const other of ['', '{', 'null', '[]', '\u0000\u0000', '{"format":"ecapa-results","version":2}'])
      assert.equal(await parseResults(other), undefined);
    const header = text.indexOf('\n');
    for (let length = 0; length < text.length; length++) {
      const parsed = await parseResults(text.slice(0, length));
      if (length < header) assert.equal(parsed, undefined);
      else assert.ok(parsed?.results.every(({ uri }) => known.some((one) => one.uri === uri)));
    }
  });

  it('leaves out damaged lines and says how many', async () => {
    const text = await serializeResults({}, known);
    const parsed = await parseResults(`${text}{"uri":"file:///x","state":"done"}\n{"uri":"file:///y"\n"x"\n`);
    assert.equal(parsed?.results.length, 2);
    assert.equal(parsed.damaged, 3);
  });
});

describe('export', () => {
  const named = [
    { file: 'a, b.wav', result: done('file:///a.wav', 'speech', 0.75) },
    { file: 'c.wav', result: failed('file:///c.wav') },
    { file: 'd.wav', result: { uri: 'file:///d.wav', state: 'queued' } as const },
  ];

  it('writes CSV with a column for each label, quoting what must be', () => {
    assert.equal(
      toCsv(named),
      'file,label,probability,probability music,probability noise,probability speech,durationSeconds,method,partial,correctedLabel,stale,model,head,error\r\n' +
        '"a, b.wav",speech,0.75,0,0,0.75,3,clip,false,,,m,h,\r\n' +
        'c.wav,,,,,,,,,,,,,"file:///c.wav: not audio, ""really""."\r\n',
    );
  });

  it('has what can be heard, where a head knows it', () => {
    const result = done('file:///a.wav', 'speech', 0.75);
    const presence = { music: 0.6, noise: 0.1, speech: 0.9 };
    const heard = { ...result, verdict: { ...result.verdict, presence, present: ['speech', 'music'] } };
    const [head = '', first = '', second = ''] = toCsv([{ file: 'a.wav', result: heard }, ...named]).split(
      '\r\n',
    );
    const cell = (row: string, column: string): string | undefined =>
      row.split(',')[head.split(',').indexOf(column)];
    assert.equal(cell(first, 'contains'), 'speech; music');
    assert.equal(cell(first, 'presence music'), '0.6');
    assert.equal(cell(first, 'durationSeconds'), '3');
    assert.equal(cell(second.replace('"a, b.wav"', 'b.wav'), 'contains'), '');
  });

  it('writes the same table with tabs, whatever is in the names', () => {
    const [first, second, third, ...rest] = toTsv([
      { ...named[0], file: 'a\tb\n.wav' } as (typeof named)[number],
      ...named.slice(1),
    ]).split('\n');
    assert.deepEqual(first?.split('\t'), toCsv(named).split('\r\n')[0]?.split(','));
    assert.deepEqual(second?.split('\t').slice(0, 3), ['a b .wav', 'speech', '0.75']);
    assert.equal(third?.split('\t').at(-1), 'file:///c.wav: not audio, "really".');
    assert.deepEqual(rest, ['']);
  });

  it("writes the command line's JSON lines", () => {
    const lines = toJsonLines(named)
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as object);
    assert.deepEqual(lines, [
      {
        version: 2,
        file: 'a, b.wav',
        label: 'speech',
        probability: 0.75,
        probabilities: { music: 0, noise: 0, speech: 0.75 },
        durationSeconds: 3,
        model: 'm',
        head: 'h',
      },
      {
        version: 2,
        file: 'c.wav',
        error: { code: 'NOT_AUDIO', message: 'file:///c.wav: not audio, "really".' },
      },
    ]);
  });

  it('writes the same as one JSON value, of no results too', () => {
    const lines = toJsonLines(named).trimEnd().split('\n');
    assert.deepEqual(
      JSON.parse(toJson(named)),
      lines.map((line) => JSON.parse(line) as object),
    );
    assert.deepEqual(JSON.parse(toJson([])), []);
  });
});
