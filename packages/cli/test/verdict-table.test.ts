import assert from 'node:assert/strict';
import type { ClassifyResult } from '@ecapa/core';
import { seedStyle } from '../src/commands/classify/seed-style.js';
import {
  failureLine,
  formatDuration,
  headerLine,
  tableLayout,
  verdictLine,
} from '../src/commands/classify/verdict-table.js';

const LABELS = ['music', 'noise', 'speech'];

function result(more: Partial<ClassifyResult> = {}): ClassifyResult {
  return {
    label: 'speech',
    probability: 0.912,
    probabilities: { music: 0.063, noise: 0.025, speech: 0.912 },
    durationSeconds: 12.4,
    model: 'm',
    head: 'h',
    method: 'clip',
    partial: false,
    timings: { decodeSeconds: 0, inferenceSeconds: 0 },
    ...more,
  };
}

describe('verdict table', () => {
  const layout = tableLayout(['a.wav', 'a-much-longer-name.mp3'], { labels: LABELS }, 200, false);

  it('keeps columns where they are', () => {
    const lines = ['a.wav', 'a-much-longer-name.mp3'].map((file) => verdictLine(file, result(), layout));
    const column = headerLine(layout).indexOf('verdict');
    assert.deepEqual(
      lines.map((line) => line.indexOf('speech')),
      [column, column],
    );
    assert.match(lines[0] ?? '', /speech {6}91\.2%/);
    assert.match(lines[0] ?? '', /███████▎ +91%/);
  });

  it('shows what is special about a verdict', () => {
    assert.match(verdictLine('a.wav', result({ partial: true }), layout), /partial/);
    assert.match(verdictLine('a.wav', result({ method: 'timeline' }), layout), /long/);
  });

  it('lists all that is present, for heads that detect presence', () => {
    const presence = {
      weights: new Float64Array(3),
      bias: new Float64Array(3),
      inputNorm: 'l2' as const,
      temperature: 1,
      exclusive: [],
    };
    const wide = tableLayout(['a.wav'], { labels: LABELS, presence }, 200, false);
    const column = headerLine(wide).indexOf('present');
    const both = verdictLine('a.wav', result({ present: ['speech', 'music'] }), wide);
    assert.equal(both.slice(column, column + 16), 'speech + music  ');
    assert.equal(verdictLine('a.wav', result({ present: [] }), wide).slice(column, column + 2), '– ');
    assert.equal(both.indexOf('█'), verdictLine('a.wav', result({ present: [] }), wide).indexOf('█'));
    assert.doesNotMatch(headerLine(layout), /present/);
  });

  it('shows that a recording is several things in turn', () => {
    assert.match(verdictLine('a.wav', result({ method: 'timeline', mixed: true }), layout), /mixed/);
    assert.doesNotMatch(verdictLine('a.wav', result(), layout), /mixed/);
  });

  it('names a failed file once', () => {
    assert.match(failureLine('a.wav', 'a.wav: it is text', layout), /^a\.wav +failed: it is text$/);
  });

  it('keeps the end of a name that does not fit', () => {
    const narrow = tableLayout(['x'.repeat(300)], { labels: LABELS }, 100, false);
    assert.match(verdictLine(`${'x'.repeat(300)}.wav`, result(), narrow), /^…x+\.wav /);
  });

  it('shows names and labels whole where nothing bounds the line', () => {
    const labels = ['vacuum-cleaner', 'music'];
    const file = `${'x'.repeat(300)}.wav`;
    const said = result({ label: 'vacuum-cleaner', probabilities: { 'vacuum-cleaner': 0.9, music: 0.1 } });
    const piped = tableLayout([file, 'a.wav'], { labels }, Number.POSITIVE_INFINITY, false);
    const line = verdictLine(file, said, piped);
    assert.ok(line.startsWith(`${file}  vacuum-cleaner  91.2%  `), line);
    assert.equal(headerLine(piped).indexOf('vacuum-cleaner'), line.indexOf('█'));
    assert.match(
      verdictLine('a.wav', said, tableLayout([file], { labels }, 80, false)),
      / {2}vacuum-cle {2}91.2%/,
    );
  });

  it('shows durations as people write them', () => {
    assert.deepEqual([4.26, 187, 3765].map(formatDuration), ['4.3 s', '3:07', '1:02:45']);
  });
});

describe('seed style', () => {
  it('gives names no power over a terminal', () => {
    const label = 'a\x1b[2J';
    assert.ok(!seedStyle(result({ label, probabilities: { [label]: 1 } }), [label]).includes('\x1b'));
  });

  it('prints the three lines of the seed script', () => {
    assert.equal(
      seedStyle(result(), LABELS),
      "Predicted Class: speech\nClass order: ['music' 'noise' 'speech']\nClass Probabilities: [0.06300000 0.02500000 0.91200000]\n",
    );
  });
});
