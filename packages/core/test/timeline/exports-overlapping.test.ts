import assert from 'node:assert/strict';
import { parse as parseCsv } from 'csv-parse/sync';
import { XMLValidator } from 'fast-xml-parser';
import { spansOf } from '../../src/cutting/audio-spans.js';
import { fillIn } from '../../src/fill-in.js';
import { segmentsWherePresent } from '../../src/timeline/export/layers.js';
import { timelineToSvg } from '../../src/timeline/export/picture.js';
import { timelineToHtml } from '../../src/timeline/export/picture-page.js';
import type { TimelineReport } from '../../src/timeline/export/report.js';
import { SketchBuilder } from '../../src/timeline/sketch.js';
import { LABELS, REPORT, SEGMENTS, spans, written } from './export-report.js';

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
