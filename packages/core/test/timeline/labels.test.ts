import assert from 'node:assert/strict';
import { EcapaError, isEcapaError } from '../../src/errors.js';
import { agreement } from '../../src/timeline/agreement.js';
import { TIMELINE_FORMATS } from '../../src/timeline/export/formats.js';
import { textGrid } from '../../src/timeline/export/textgrid.js';
import { parseLabels } from '../../src/timeline/import/parse-labels.js';
import { textGridTiers } from '../../src/timeline/import/textgrid.js';
import type { TimelineSegment } from '../../src/timeline/segments.js';

const segment = (label: string, startSeconds: number, endSeconds: number): TimelineSegment => ({
  label,
  startSeconds,
  endSeconds,
  probability: 0.9,
  probabilities: { music: 0.1, speech: 0.9 },
  presence: { music: 0, speech: 1 },
});

const REPORT = {
  file: 'radio hour.wav',
  durationSeconds: 30,
  segments: [segment('speech', 0, 10.24), segment('music', 10.24, 20), segment('noise', 20, 30)],
  labels: ['music', 'speech'],
  model: 'm',
  head: 'h',
};

const spans = (text: string): string[] =>
  parseLabels(text, 'labels').labels.map((one) => `${one.label} ${one.startSeconds}-${one.endSeconds}`);

describe('labels of other programs', () => {
  for (const { name, write } of TIMELINE_FORMATS.filter((one) => one.name !== 'webvtt'))
    it(`reads what this project writes as ${name}`, () => {
      const { format, labels } = parseLabels(write(REPORT), name);
      assert.equal(format, name);
      assert.deepEqual(
        labels,
        REPORT.segments.map(({ label, startSeconds, endSeconds }) => ({ startSeconds, endSeconds, label })),
      );
    });

  it('reads what others write', () => {
    assert.deepEqual(spans('0.5\t1.5\tspeech\n\\\t100.0\t2000.0\n1.5\t2\t\n3\t3\tpoint\n'), [
      'speech 0.5-1.5',
    ]);
    assert.deepEqual(spans('\ufeffonset,duration,event_label\r\n1,2,"dog, barking"\r\n'), [
      'dog, barking 1-3',
    ]);
    assert.deepEqual(spans('start;end;label\n0;1;a\n'), ['a 0-1']);
    assert.deepEqual(spans('labels\tstart\tstop\nnoEnergy\t0.0\t0.5\nmale\t0.5\t2.0\n'), [
      'silence 0-0.5',
      'male 0.5-2',
    ]);
    assert.deepEqual(
      spans(
        ';; comment\nSPKR-INFO a 1 <NA> <NA> <NA> unknown A <NA>\nSPEAKER a 1 1.5 2.25 <NA> <NA> A <NA> <NA>\n',
      ),
      ['A 1.5-3.75'],
    );
    assert.deepEqual(
      spans(
        'File type = "ooTextFile short"\n"TextGrid"\n\n0\n2\n<exists>\n2\n"TextTier"\n"p"\n0\n2\n0\n"IntervalTier"\n"t"\n0\n2\n2\n0\n1.5\n"say ""ah"""\n1.5\n2\n""\n',
      ),
      ['say "ah" 0-1.5'],
    );
    assert.deepEqual(spans('{"labels":[{"startSeconds":0,"endSeconds":1,"label":"a"}]}'), ['a 0-1']);
    // As version 1 wrote them.
    assert.deepEqual(spans('{"labels":[{"start":0,"end":1,"label":"a"}]}'), ['a 0-1']);
    assert.deepEqual(spans('{"start":0,"end":1,"label":"a"}\n'), ['a 0-1']);
    assert.deepEqual(spans(''), []);
  });

  it('reads every tier of a TextGrid that is written, whatever their names', () => {
    const tiers = [
      { name: 'label', spans: [{ startSeconds: 1, endSeconds: 2, label: 'a "b"' }] },
      { name: 'IntervalTier', spans: [] },
      {
        name: '',
        spans: [
          { startSeconds: 0, endSeconds: 0.5, label: 'IntervalTier' },
          { startSeconds: 3, endSeconds: 4.25, label: 'not it' },
        ],
      },
    ];
    const text = textGrid(tiers, 3);
    assert.match(text, /^xmax = 4.25$/m);
    const read = [...textGridTiers(text, (reason) => new EcapaError('LABELS_INVALID', reason))];
    assert.deepEqual(
      read.map(({ name, labels }) => ({ name, spans: labels.filter(({ label }) => label !== '') })),
      tiers,
    );
    assert.deepEqual(spans(text), ['a "b" 1-2'], 'labels are those of the first');
  });

  it('puts labels in order', () => {
    assert.deepEqual(spans('5\t6\tb\n1\t2\ta\n'), ['a 1-2', 'b 5-6']);
  });

  for (const text of [
    'Dear reader,\nthis is a letter.',
    'start,end,label\nx,1,a',
    'start,end,label\n"unclosed,1,a',
    '0.5\tx\ta',
    '-1\t1\ta',
    '1e999\t1e999\ta',
    '{"segments":[{"start":"0"}]}',
    '{"other":1}',
    '{broken',
    'File type = "ooTextFile"\nObject class = "TextGrid"\n',
    'File type = "ooTextFile"\n"IntervalTier" "a" 0 1 5 0 1',
    'SPEAKER a 1 x 1 <NA> <NA> A <NA> <NA>',
    'SPEAKER a 1 0 1',
    '\u0000\u0001\u0002',
  ])
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.throws(
        () => parseLabels(text, 'labels.txt'),
        (error) =>
          isEcapaError(error) && error.code === 'LABELS_INVALID' && /^labels\.txt: /.test(error.message),
      );
    });
});

describe('agreement of two labellings', () => {
  const span = (label: string, startSeconds: number, endSeconds: number) => ({
    label,
    startSeconds,
    endSeconds,
  });

  it('is whole with itself, none with the opposite, and counts only what both cover', () => {
    const first = [span('a', 0, 6), span('b', 6, 10)];
    assert.deepEqual([agreement(first, first).share, agreement(first, first).kappa], [1, 1]);
    const opposite = [span('b', 0, 6), span('a', 6, 10)];
    assert.equal(agreement(first, opposite).share, 0);
    assert.ok(agreement(first, opposite).kappa < 0);
    const part = agreement(first, [span('a', 4, 8)]);
    assert.deepEqual([part.comparedSeconds, part.share], [4, 0.5]);
    assert.deepEqual(part.labels, [
      { label: 'a', firstSeconds: 2, secondSeconds: 4, bothSeconds: 2 },
      { label: 'b', firstSeconds: 2, secondSeconds: 0, bothSeconds: 0 },
    ]);
    assert.equal(agreement(first, []).share, 0);
  });

  it('is 0 beyond chance where labels are independent', () => {
    const first = [span('a', 0, 2), span('b', 2, 4)];
    const second = [span('a', 0, 1), span('b', 1, 2), span('a', 2, 3), span('b', 3, 4)];
    const { share, kappa } = agreement(first, second);
    assert.deepEqual([share, kappa], [0.5, 0]);
  });
});
