import assert from 'node:assert/strict';
import { parse as parseCsv } from 'csv-parse/sync';
import { XMLParser, XMLValidator } from 'fast-xml-parser';
import { TIMELINE_FORMATS, timelineFormat } from '../../src/timeline/export/formats.js';
import { timelineToSvg } from '../../src/timeline/export/picture.js';
import { timelineToHtml } from '../../src/timeline/export/picture-page.js';
import { plainSegment } from '../../src/timeline/segments.js';
import { SketchBuilder } from '../../src/timeline/sketch.js';
import { readTextGrid, readWebVtt } from './export-readers.js';
import { EMPTY, LABELS, REPORT, SEGMENTS, segment, spans, written } from './export-report.js';

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
