import assert from 'node:assert/strict';
import type { TimelineSegment } from '@ecapa/core/timeline';
import type { PageStrings } from '../src/features/timeline/page-strings.js';
import { describeSegment, labelsBeneath } from '../src/webview/timeline/describe.js';
import { commandOf, type Focus } from '../src/webview/timeline/keyboard.js';
import { listed, totals } from '../src/webview/timeline/listing.js';
import { WindowCurves } from '../src/webview/timeline/window-curves.js';
import { radio } from './page/recordings.js';

const SEGMENTS = radio(600);

describe('the timeline list', () => {
  it('puts the least sure first, then what needs no checking', () => {
    const [first, ...rest] = SEGMENTS;
    assert.ok(first);
    const segments = [{ ...first, label: 'noise', probability: 1, correctedFrom: first.label }, ...rest];
    const order = listed(segments, 'leastSure', new Set()).map((i) => segments[i] as TimelineSegment);
    assert.equal(order.length, segments.length);
    const judged = order.filter((one) => one.runnerUp !== undefined && one.correctedFrom === undefined);
    assert.deepEqual(order.slice(0, judged.length), judged, 'silence, gaps and corrections come last');
    for (let i = 1; i < judged.length; i++)
      assert.ok((judged[i]?.probability ?? 0) >= (judged[i - 1]?.probability ?? 0));
    assert.equal(order.at(-1), segments[0]);
  });

  it('filters by label and keeps the order of time', () => {
    const shown = listed(SEGMENTS, 'time', new Set(['speech', 'music', 'gap']));
    assert.ok(shown.length > 0 && shown.length < SEGMENTS.length);
    assert.ok(shown.every((i, place) => place === 0 || i > (shown[place - 1] ?? 0)));
    assert.ok(shown.every((i) => !['speech', 'music', 'gap'].includes(SEGMENTS[i]?.label ?? '')));
  });

  it('adds up seconds and shares', () => {
    const sums = totals(SEGMENTS);
    const seconds = sums.reduce((sum, one) => sum + one.seconds, 0);
    assert.ok(Math.abs(seconds - 600) < 1e-6);
    assert.ok(Math.abs(sums.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9);
    assert.equal(
      sums.reduce((sum, { segments }) => sum + segments, 0),
      SEGMENTS.length,
    );
    assert.deepEqual(totals([]), []);
  });

  it('says what a segment is, what else is in it, and that it was corrected', () => {
    const strings = {
      selected: '{0}, {1} to {2}, {3} sure',
      selectedMeasured: '{0}, {1} to {2}',
      selectedCorrected: '{0}, corrected from {1}, {2} to {3}',
      secondLikeliest: 'then {0} {1}',
      perhaps: 'perhaps {0}, {1}',
      beneath: 'with {0} beneath',
    } as PageStrings;
    const segment: TimelineSegment = {
      ...{ label: 'speech', startSeconds: 5, endSeconds: 9.5, probability: 0.8 },
      runnerUp: { label: 'music', probability: 0.15 },
      probabilities: { speech: 0.8, music: 0.15, noise: 0.05 },
      presence: { speech: 1, music: 0.6, noise: 0.1 },
    };
    assert.deepEqual(labelsBeneath(segment), ['music']);
    assert.equal(
      describeSegment(segment, strings, 'en'),
      'speech, 0:05.0 to 0:09.5, 80% sure, with music beneath',
    );
    assert.match(describeSegment({ ...segment, presence: {} }, strings, 'en'), /, then music 15%$/);
    const rejected = { ...segment, label: 'unknown', runnerUp: { label: 'speech', probability: 0.4 } };
    assert.match(describeSegment(rejected, strings, 'en'), /, perhaps speech, 40%$/);
    assert.equal(
      describeSegment({ ...segment, label: 'noise', correctedFrom: 'speech' }, strings, 'en'),
      'noise, corrected from speech, 0:05.0 to 0:09.5',
    );
    const { runnerUp: _, ...measured } = { ...segment, label: 'silence', probability: 1 };
    assert.equal(describeSegment(measured, strings, 'en'), 'silence, 0:05.0 to 0:09.5');
  });
});

describe('the timeline keyboard', () => {
  const press = (key: string, focus: Focus = 'other', more: object = {}) =>
    commandOf({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...more }, focus);

  it('leaves keys to fields and buttons that need them', () => {
    assert.deepEqual(press(' '), { do: 'togglePlay' });
    assert.equal(press(' ', 'button'), undefined);
    assert.equal(press('Enter', 'button'), undefined);
    assert.deepEqual(press('ArrowRight', 'button'), { do: 'seekBy', seconds: 1 });
    for (const key of [' ', 'c', '1', 'ArrowLeft', 'Home', 'z']) assert.equal(press(key, 'text'), undefined);
    assert.deepEqual(press('Escape', 'text'), { do: 'escape' });
    assert.equal(press('z', 'text', { ctrlKey: true }), undefined, 'a field undoes its own typing');
  });

  it('knows seeking, segments, zoom and labels, and leaves undo and redo to the editor', () => {
    assert.deepEqual(press('ArrowLeft', 'other', { shiftKey: true }), { do: 'seekBy', seconds: -10 });
    assert.deepEqual(press(']'), { do: 'segmentInTime', by: 1 });
    assert.deepEqual(press('ArrowUp', 'list'), { do: 'segmentInList', by: -1 });
    assert.deepEqual(press('Home'), { do: 'seekToStart' });
    assert.deepEqual(press('Home', 'list'), { do: 'firstInList' });
    assert.deepEqual(press('='), { do: 'zoomIn' });
    assert.deepEqual(press('0'), { do: 'zoomFit' });
    assert.deepEqual(press('3'), { do: 'label', index: 2 });
    assert.equal(press('z', 'other', { metaKey: true }), undefined, 'the editor undoes');
    assert.equal(press('Z', 'other', { ctrlKey: true, shiftKey: true }), undefined, 'the editor redoes');
    assert.equal(press('s', 'other', { ctrlKey: true }), undefined, 'the editor saves');
    assert.equal(press('ArrowLeft', 'other', { altKey: true }), undefined, 'the editor goes back');
    const next = { do: 'segmentInTime', by: 1 };
    assert.deepEqual(press(']', 'other', { altKey: true }), next, 'as layouts of macOS write it');
    assert.deepEqual(press(']', 'other', { altKey: true, ctrlKey: true }), next, 'as AltGr writes it');
    assert.equal(press(']', 'other', { ctrlKey: true }), undefined);
    assert.equal(press(']', 'other', { metaKey: true }), undefined);
  });
});

describe('probability curves', () => {
  const curves = new WindowCurves();
  const count = 20_000;
  before(() => {
    curves.setLabelCount(2);
    const centres = Float32Array.from({ length: count }, (_, i) => 0.75 + 0.5 * i + (i >= 9000 ? 60 : 0));
    const probabilities = Float32Array.from({ length: 2 * count }, (_, i) =>
      i % 2 === 0 ? (i % 8) / 8 : 1 - ((i - 1) % 8) / 8,
    );
    curves.receive(0, centres.subarray(0, 5000), probabilities.subarray(0, 10_000));
    curves.receive(5000, centres.subarray(5000), probabilities.subarray(10_000));
  });

  it('draws no more than a point a pixel, their means where there are more windows', () => {
    const stretches = curves.curves(0, 0, 10_060, 1000);
    assert.equal(stretches.length, 2, 'a gap of a minute interrupts the line');
    const points = stretches.reduce((sum, { x }) => sum + x.length, 0);
    assert.ok(points <= 1002 && points > 900, `${points}`);
    for (const { y } of stretches)
      for (const value of y.subarray(1, -1)) assert.ok(Math.abs(value - 0.375) < 0.05, `${value}`);
  });

  it('draws each window where there is room', () => {
    const [stretch] = curves.curves(1, 100, 110, 1000);
    assert.ok(stretch);
    assert.equal(stretch.x.length, 22, 'twenty, and one beyond each edge');
    assert.ok(Math.abs((stretch.x[1] ?? 0) - 25) < 0.01);
  });

  it('are asked for with each picture, and take no memory then', () => {
    const buffers = [0, 1, 1].flatMap((label) =>
      curves.curves(label, 0, 10_060, 1000).map(({ x }) => x.buffer),
    );
    assert.equal(new Set(buffers).size, 1);
  });

  it('forgets what is replaced', () => {
    curves.receive(10, new Float32Array(0), new Float32Array(0));
    assert.equal(curves.count, 10);
    curves.setLabelCount(3);
    assert.equal(curves.count, 0);
  });
});
