import assert from 'node:assert/strict';
import { parse as parseCsv } from 'csv-parse/sync';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { spansOf } from '../../src/cutting/audio-spans.js';
import { fillIn } from '../../src/fill-in.js';
import { TIMELINE_FORMATS, timelineFormat } from '../../src/timeline/export/formats.js';
import { segmentsWherePresent } from '../../src/timeline/export/layers.js';
import { timelineToSvg } from '../../src/timeline/export/picture.js';
import { timelineToHtml } from '../../src/timeline/export/picture-page.js';
import type { TimelineReport } from '../../src/timeline/export/report.js';
import { plainSegment, type TimelineSegment } from '../../src/timeline/segments.js';
import { SketchBuilder } from '../../src/timeline/sketch.js';

const LABELS = ['mu"sic, loud', 'noise', 'speech'];

function segment(
  label: string,
  startSeconds: number,
  endSeconds: number,
  probability: number,
): TimelineSegment {
  return {
    label,
    startSeconds,
    endSeconds,
    probability,
    runnerUp: { label: 'noise', probability: (1 - probability) / 2 },
    probabilities: {
      'mu"sic, loud': (1 - probability) / 2,
      noise: (1 - probability) / 2,
      speech: probability,
    },
    presence: { 'mu"sic, loud': 0.25, noise: 0, speech: 1 },
  };
}

const SEGMENTS: readonly TimelineSegment[] = [
  segment('speech', 0, 4.37, 0.98765),
  plainSegment('silence', { startSeconds: 4.37, endSeconds: 5 }),
  segment('mu"sic, loud', 5, 3599.99, 0.75),
  plainSegment('gap', { startSeconds: 3599.99, endSeconds: 3601.25 }),
  segment('unknown', 3601.25, 3603.001, 0.41),
];

const REPORT: TimelineReport = {
  file: 'fol der/A & B <"1">.mp3',
  durationSeconds: 3603.001,
  segments: SEGMENTS,
  labels: LABELS,
  model: 'ecapa-test',
  head: 'three-way',
};

const EMPTY: TimelineReport = { ...REPORT, durationSeconds: 0, segments: [] };

function written(name: string, report = REPORT): string {
  return timelineFormat(name).write(report);
}

function spans(segments: readonly TimelineSegment[]): [number, number, string][] {
  return segments.map(({ startSeconds, endSeconds, label }) => [startSeconds, endSeconds, label]);
}

/** Music under speech from 2 to 4.37 s, and noise by itself later; a gap and a silence between. */
const OVERLAPPING: TimelineReport = {
  ...REPORT,
  tracks: {
    'mu"sic, loud': [
      { startSeconds: 2, endSeconds: 4.37, probability: 0.8 },
      { startSeconds: 5, endSeconds: 3599.99, probability: 0.9 },
    ],
    noise: [{ startSeconds: 3601.25, endSeconds: 3602, probability: 0.6 }],
    speech: [{ startSeconds: 0, endSeconds: 4.37, probability: 0.98765 }],
  },
};

describe('timeline exports of what overlaps', () => {
  it('json: tracks by label, beside segments that stay what they are', () => {
    const plain = JSON.parse(written('json'));
    const { tracks, presentSecondsByLabel, ...rest } = JSON.parse(written('json', OVERLAPPING));
    assert.deepEqual(rest, plain);
    assert.deepEqual(tracks.speech, [{ startSeconds: 0, endSeconds: 4.37, probability: 0.9877 }]);
    assert.deepEqual(Object.keys(tracks), LABELS);
    assert.equal(presentSecondsByLabel.noise, 0.75);
  });

  it('rttm, audacity and csv: overlapping rows, by start', () => {
    const expected = [
      [0, 4.37, 'speech'],
      [2, 4.37, 'mu"sic, loud'],
      [4.37, 5, 'silence'],
      [5, 3599.99, 'mu"sic, loud'],
      [3599.99, 3601.25, 'gap'],
      [3601.25, 3602, 'noise'],
      [3601.25, 3603.001, 'unknown'],
    ];
    const audacity = written('audacity', OVERLAPPING)
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    assert.deepEqual(
      audacity.map(([start, end, label]) => [Number(start), Number(end), label]),
      expected,
    );
    const rows: Record<string, string>[] = parseCsv(written('csv', OVERLAPPING), { columns: true });
    assert.deepEqual(
      rows.map(({ start, end, label }) => [Number(start), Number(end), label]),
      expected,
    );
    assert.equal(rows[0]?.['presence_mu"sic, loud'], String(Number((2.37 / 4.37).toFixed(4))));
    assert.equal(rows[1]?.presence_speech, '1');
    assert.equal(rows[0]?.probability_speech, '');
    const rttm = written('rttm', OVERLAPPING).trimEnd().split('\n');
    assert.deepEqual(
      rttm.map((line) => [Number(line.split(' ')[3]), line.split(' ')[0]]),
      expected
        .filter(([, , label]) => label !== 'silence')
        .map(([start, , label]) => [start, label === 'gap' ? 'NOSCORE' : 'SPEAKER']),
    );
  });

  it('textgrid: a tier for each label, each whole', () => {
    const text = written('textgrid', OVERLAPPING);
    assert.match(text, /^size = 4$/m);
    assert.deepEqual(
      [...text.matchAll(/^ {8}name = "(.*)"$/gm)].map(([, name]) => name),
      ['label', 'mu""sic, loud', 'noise', 'speech'],
    );
    const tier = text.slice(text.indexOf('name = "speech"'));
    const times = [...tier.matchAll(/xm(?:in|ax) = (\S+)/g)].slice(2).map(([, time]) => Number(time));
    assert.deepEqual(times, [0, 4.37, 4.37, 3603.001]);
    assert.match(tier, /text = "speech"\n[\s\S]*text = ""/);
  });

  it('webvtt: cues that follow one another, with all that is heard', () => {
    const text = written('webvtt', OVERLAPPING);
    const cues = [...text.matchAll(/^(\S+) --> (\S+)\n(.*)$/gm)].map(([, start, end, title]) => [
      start,
      end,
      title,
    ]);
    assert.deepEqual(cues.slice(0, 3), [
      ['00:00:00.000', '00:00:02.000', 'speech 99 %'],
      ['00:00:02.000', '00:00:04.370', 'speech 99 %, mu"sic, loud 80 %'],
      ['00:00:04.370', '00:00:05.000', 'silence 100 %'],
    ]);
    for (const [i, [start]] of cues.entries()) if (i > 0) assert.equal(start, cues[i - 1]?.[1]);
  });

  it('ina and jsonl: what they can hold, the segments', () => {
    for (const name of ['ina', 'jsonl']) assert.equal(written(name, OVERLAPPING), written(name));
  });

  it('svg and html: a lane for each label', () => {
    const sketch = new SketchBuilder(LABELS, 0, 0.75).finish();
    const svg = timelineToSvg(OVERLAPPING, sketch);
    assert.equal(XMLValidator.validate(svg), true);
    assert.equal(svg.match(/<g role="list"/g)?.length, 3);
    assert.match(svg, /<title>0:02 to 0:04\.4: mu&quot;sic, loud 80 %<\/title>/);
    const height = (text: string): number => Number(/viewBox="0 0 \d+ (\d+)"/.exec(text)?.[1]);
    assert.ok(height(svg) >= height(timelineToSvg(REPORT, sketch)) + 3 * 18);
    const html = timelineToHtml(OVERLAPPING, sketch);
    const words: string[] = [];
    const translate = (text: string, ...values: (string | number)[]): string => {
      words.push(text);
      return `<${fillIn(text, ...values)}>`;
    };
    const other = timelineToHtml(OVERLAPPING, sketch, { language: 'de', translate });
    assert.match(other, /<html lang="de">/);
    for (const word of ['Segments', 'Start', 'Runner-up', 'Waveform', 'What can be heard, overlaps included'])
      assert.ok(words.includes(word) && other.includes(`>&lt;${word}&gt;<`), word);
    assert.match(html, /<caption>What can be heard, overlaps included<\/caption>/);
    assert.doesNotMatch(timelineToHtml(REPORT, sketch), /What can be heard/);
  });

  it('cutting by presence: where a label can be heard, gaps kept', () => {
    const { tracks = {} } = OVERLAPPING;
    const music = segmentsWherePresent(SEGMENTS, tracks, 'mu"sic, loud');
    assert.deepEqual(spans(music), [
      [0, 2, ''],
      [2, 4.37, 'mu"sic, loud'],
      [4.37, 5, ''],
      [5, 3599.99, 'mu"sic, loud'],
      [3599.99, 3601.25, 'gap'],
      [3601.25, 3603.001, ''],
    ]);
    assert.equal(segmentsWherePresent(SEGMENTS, tracks, 'silence'), SEGMENTS);
  });

  it('cutting by presence: a track over several segments stays one', () => {
    const over = segmentsWherePresent(
      SEGMENTS.slice(0, 3),
      { speech: [{ startSeconds: 1, endSeconds: 6, probability: 1 }] },
      'speech',
    );
    assert.deepEqual(spansOf(over, 'speech'), [
      { startSeconds: 1, endSeconds: 6, audioStartSeconds: 1, audioEndSeconds: 6 },
    ]);
  });
});

describe('timeline exports', () => {
  it('json and csv: show which labels a person has corrected', () => {
    const [first, ...rest] = SEGMENTS;
    assert.ok(first);
    const corrected = { ...first, label: 'noise', probability: 1, correctedFrom: 'speech' };
    const report = { ...REPORT, segments: [corrected, ...rest] };
    const { segments } = JSON.parse(written('json', report));
    assert.deepEqual([segments[0].label, segments[0].correctedFrom], ['noise', 'speech']);
    assert.equal('correctedFrom' in segments[1], false);
    const rows: Record<string, string>[] = parseCsv(written('csv', report), { columns: true });
    assert.deepEqual(
      rows.map(({ corrected_from }) => corrected_from),
      ['speech', '', '', '', ''],
    );
    assert.equal(written('csv').includes('corrected_from'), false);
  });

  it('json: one object on one line, with segments and totals', () => {
    const text = written('json');
    assert.equal(text.trimEnd().split('\n').length, 1);
    const value = JSON.parse(text);
    assert.deepEqual(
      value.segments.map((s: { startSeconds: number; endSeconds: number; label: string }) => [
        s.startSeconds,
        s.endSeconds,
        s.label,
      ]),
      spans(SEGMENTS),
    );
    assert.equal(value.file, REPORT.file);
    assert.equal(value.durationSeconds, 3603.001);
    assert.equal(value.label, 'mu"sic, loud');
    assert.equal(value.segments[0].probability, 0.9877);
    assert.equal(value.segments[0].presence.speech, 1);
    assert.equal(value.segments[1].presence, undefined);
    assert.deepEqual([value.model, value.head], ['ecapa-test', 'three-way']);
  });

  it('jsonl: one segment a line', () => {
    const lines = written('jsonl')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map((s) => [s.startSeconds, s.endSeconds, s.label]),
      spans(SEGMENTS),
    );
    assert.ok(lines.every((line) => line.file === REPORT.file && line.model === 'ecapa-test'));
    assert.equal(written('jsonl', EMPTY), '');
  });

  it('csv: a CSV library reads it back', () => {
    const rows: Record<string, string>[] = parseCsv(written('csv'), {
      columns: true,
      record_delimiter: '\r\n',
    });
    assert.deepEqual(
      rows.map((row) => [Number(row.start), Number(row.end), row.label]),
      spans(SEGMENTS),
    );
    assert.equal(rows[0]?.file, REPORT.file);
    assert.equal(rows[0]?.['presence_mu"sic, loud'], '0.25');
    assert.equal(rows[1]?.runner_up, '');
    assert.equal(rows[4]?.probability, '0.41');
    assert.deepEqual(parseCsv(written('csv', EMPTY), { columns: true }), []);
  });

  it('tsv: a CSV library reads it back, and labels cannot break a line', () => {
    const hostile = { ...REPORT, file: 'a\tb\nc', segments: SEGMENTS.slice(0, 1) };
    const rows: Record<string, string>[] = parseCsv(written('tsv', hostile), {
      columns: true,
      delimiter: '\t',
      quote: null,
    });
    assert.equal(rows.length, 1);
    assert.equal(rows[0]?.file, 'a b c');
    assert.equal(rows[0]?.label, 'speech');
  });

  it('audacity: lines as its label tracks have them', () => {
    const lines = written('audacity').trimEnd().split('\n');
    const read = lines.map((line) => {
      const match = /^(\d+\.\d{6})\t(\d+\.\d{6})\t([^\t]*)$/.exec(line);
      assert.ok(match, line);
      return [Number(match[1]), Number(match[2]), match[3]];
    });
    assert.deepEqual(read, spans(SEGMENTS));
  });

  it('textgrid: a reader after the Praat manual reads it back', () => {
    assert.deepEqual(readTextGrid(written('textgrid')), {
      start: 0,
      end: 3603.001,
      tiers: [{ kind: 'IntervalTier', name: 'label', start: 0, end: 3603.001, intervals: spans(SEGMENTS) }],
    });
    const holes = {
      ...REPORT,
      durationSeconds: 10,
      segments: [segment('speech', 1, 2, 1), segment('speech', 2, 2.0001, 1)],
    };
    assert.deepEqual(readTextGrid(written('textgrid', holes)).tiers[0]?.intervals, [
      [0, 1, ''],
      [1, 2, 'speech'],
      [2, 10, ''],
    ]);
  });

  it('rttm: ten fields, all time but silence', () => {
    const rows = written('rttm')
      .trimEnd()
      .split('\n')
      .map((line) => line.split(' '));
    assert.ok(rows.every((fields) => fields.length === 10 && fields.every((field) => field !== '')));
    assert.deepEqual(
      rows.map((fields) => fields[0]),
      ['SPEAKER', 'SPEAKER', 'NOSCORE', 'SPEAKER'],
    );
    assert.deepEqual(
      rows.map((fields) => [
        Number(fields[3]),
        Number((Number(fields[3]) + Number(fields[4])).toFixed(3)),
        fields[7],
      ]),
      [
        [0, 4.37, 'speech'],
        [5, 3599.99, 'mu"sic,_loud'],
        [3599.99, 3601.25, '<NA>'],
        [3601.25, 3603.001, 'unknown'],
      ],
    );
    assert.ok(rows.every((fields) => fields[1] === 'A_&_B_<"1">'));
  });

  it('webvtt: a reader after the W3C grammar reads it back', () => {
    const cues = readWebVtt(written('webvtt'));
    assert.deepEqual(
      cues.map(({ start, end }) => [start, end]),
      spans(SEGMENTS).map(([start, end]) => [start, end]),
    );
    assert.equal(cues[0]?.text, 'speech 99 %');
    const hostile = {
      ...REPORT,
      segments: [segment('a --> b & <i>', 0, 1, 0.5), segment('x', 1, 1.0001, 0.5)],
    };
    assert.deepEqual(readWebVtt(written('webvtt', hostile)), [
      { start: 0, end: 1, text: 'a --> b & <i> 50 %' },
    ]);
    assert.deepEqual(readWebVtt(written('webvtt', EMPTY)), []);
  });

  it("ina: inaSpeechSegmenter's labels, in steps of 0.02 s, neighbours joined", () => {
    const report = {
      ...REPORT,
      segments: [
        segment('speech', 0, 4.37, 1),
        plainSegment('silence', { startSeconds: 4.37, endSeconds: 5 }),
        plainSegment('gap', { startSeconds: 5, endSeconds: 6 }),
        segment('unknown', 6, 7.5, 0.4),
        segment('noise', 7.5, 9, 0.9),
        segment('music', 9, 12.341, 0.9),
      ],
    };
    assert.equal(
      written('ina', report),
      'labels\tstart\tstop\nspeech\t0.0\t4.38\nnoEnergy\t4.38\t6.0\nnoise\t6.0\t9.0\nmusic\t9.0\t12.34\n',
    );
    assert.equal(written('ina', EMPTY), 'labels\tstart\tstop\n');
  });

  it('names every format once and refuses others', () => {
    const names = TIMELINE_FORMATS.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    assert.throws(() => timelineFormat('xls'), /format: "xls" is none of json, /);
  });

  it('svg and html: well-formed, self-contained, one rectangle and one row a segment', () => {
    const sketch = new SketchBuilder(LABELS, 0, 0.5);
    const tone = (peak: number): Float32Array =>
      Float32Array.from({ length: 16_000 }, (_, i) => peak * Math.sin(i));
    const [soft, loud] = [tone(0.1), tone(0.9)];
    for (let second = 0; second < 3603; second += 1) {
      sketch.addSamples(second, second < 10 ? soft : loud);
      sketch.addProbabilities(second, [0.2, 0.2, 0.6]);
    }
    const drawn = sketch.finish();
    assert.ok(drawn.envelope.length <= 2000 && drawn.curves.length <= 3000);
    assert.ok(Math.abs((drawn.envelope[0] ?? 0) - 0.1) < 0.01 && (drawn.envelope.at(-3) ?? 0) > 0.89);
    for (const picture of [timelineToSvg(REPORT, drawn), timelineToHtml(REPORT, drawn)]) {
      assert.equal(XMLValidator.validate(picture), true);
      assert.doesNotMatch(
        picture.replace('http://www.w3.org/2000/svg', ''),
        /https?:|<script|url\(|href|NaN/,
      );
    }
    const parser = new XMLParser({ ignoreAttributes: false });
    const svg = parser.parse(timelineToSvg(REPORT, drawn)).svg;
    const bands = svg.rect.filter((rect: { title?: string }) => rect.title !== undefined);
    assert.equal(bands.length, SEGMENTS.length);
    assert.equal(bands[0].title, '0:00 to 0:04.4: speech 99 %');
    assert.equal(svg.polyline.length, LABELS.length);
    assert.ok(Number(bands[2]['@_x']) < 70 && Number(bands[2]['@_width']) > 1000);
    const html = parser.parse(timelineToHtml(REPORT, drawn)).html;
    assert.equal(html.body.table.tbody.tr.length, SEGMENTS.length);
    assert.equal(html.head.title, 'Timeline of fol der/A & B <"1">.mp3');
  });

  it('svg: draws no probability where nothing was heard', () => {
    const sketch = new SketchBuilder(['speech'], 0, 1);
    for (const second of [0, 1, 2, 6, 7, 9]) sketch.addProbabilities(second + 0.5, [0.75]);
    const report = { ...REPORT, labels: ['speech'], durationSeconds: 10, segments: [] };
    const svg = new XMLParser({ ignoreAttributes: false }).parse(timelineToSvg(report, sketch.finish())).svg;
    const lines: { '@_points': string; title: string }[] = svg.polyline;
    // 108 units a second, from 60 on; a lone verdict is as wide as its bin.
    assert.deepEqual(
      lines.map((line) => line['@_points'].split(' ').map((point) => Number(point.split(',')[0]))),
      [
        [114, 222, 330],
        [762, 870],
        [1032, 1140],
      ],
    );
    assert.ok(lines.every(({ title }) => title === 'Probability of speech'));
  });
});

/**
 * Praat manual, "TextGrid file formats": the reader takes free-standing numbers, texts in double quotes (a doubled
 * quote stands for one) and flags in angle brackets, and ignores everything else, comments included.
 */
function readTextGrid(text: string): {
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
function readWebVtt(text: string): { start: number; end: number; text: string }[] {
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
