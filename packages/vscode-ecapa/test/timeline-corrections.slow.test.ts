import assert from 'node:assert/strict';
import type { TimelineSegment } from '@ecapa/core/timeline';
import {
  applyCorrections,
  type Correction,
  spliceBetween,
  withCorrection,
} from '../src/features/timeline/apply-corrections.js';
import { CorrectionHistory } from '../src/features/timeline/correction-history.js';
import { isPageMessage } from '../src/features/timeline/messages.js';
import { WindowBuffer } from '../src/features/timeline/timeline-data.js';
import { radio } from './page/recordings.js';

const SEGMENTS = radio(300);
const spans = (segments: readonly TimelineSegment[]) =>
  segments.map(({ label, startSeconds, endSeconds, correctedFrom }) => [
    label,
    startSeconds,
    endSeconds,
    correctedFrom,
  ]);

function plain(label: string, startSeconds: number, endSeconds: number): TimelineSegment {
  return { label, startSeconds, endSeconds, probability: 0.7, probabilities: {}, presence: {} };
}

describe('corrections', () => {
  const three = [plain('speech', 0, 10), plain('music', 10, 20), plain('noise', 20, 30)];

  it('give a segment another label, and leave the others the same objects', () => {
    const corrected = applyCorrections(three, [{ startSeconds: 10, endSeconds: 20, label: 'jingle' }]);
    assert.deepEqual(spans(corrected), [
      ['speech', 0, 10, undefined],
      ['jingle', 10, 20, 'music'],
      ['noise', 20, 30, undefined],
    ]);
    assert.equal(corrected[1]?.probability, 1);
    assert.equal(corrected[0], three[0]);
    assert.equal(corrected[2], three[2]);
  });

  it('split segments of another head where they begin and end', () => {
    const corrected = applyCorrections(three, [
      { startSeconds: 5, endSeconds: 12, label: 'jingle' },
      { startSeconds: 25, endSeconds: 26, label: 'siren' },
    ]);
    assert.deepEqual(spans(corrected), [
      ['speech', 0, 5, undefined],
      ['jingle', 5, 12, 'speech'],
      ['music', 12, 20, undefined],
      ['noise', 20, 25, undefined],
      ['siren', 25, 26, 'noise'],
      ['noise', 26, 30, undefined],
    ]);
  });

  it('are one segment each, from the label that they cover most of; the same label is confirmed', () => {
    const corrected = applyCorrections(three, [
      { startSeconds: 8, endSeconds: 20, label: 'music' },
      { startSeconds: 20, endSeconds: 25, label: 'noise' },
      { startSeconds: 25, endSeconds: 30, label: 'noise' },
    ]);
    assert.deepEqual(spans(corrected), [
      ['speech', 0, 8, undefined],
      ['music', 8, 20, 'music'],
      ['noise', 20, 25, 'noise'],
      ['noise', 25, 30, 'noise'],
    ]);
  });

  it('leave no hole and no overlap, whatever they are', () => {
    for (let seed = 0; seed < 200; seed++) {
      let corrections: ReturnType<typeof withCorrection> = [];
      for (let i = 0; i < 6; i++) {
        const startSeconds = (seed * 37 + i * 53.7) % 280;
        const label = i % 3 === 0 ? 'speech' : 'jingle';
        const endSeconds = startSeconds + 0.4 + ((seed * i) % 17);
        corrections = withCorrection(corrections, { startSeconds, endSeconds, label });
      }
      for (const [i, { startSeconds, endSeconds }] of corrections.entries()) {
        assert.ok(startSeconds < endSeconds);
        assert.ok(
          startSeconds >= (corrections[i - 1]?.endSeconds ?? 0),
          `corrections of seed ${seed} overlap`,
        );
      }
      const corrected = applyCorrections(SEGMENTS, corrections);
      assert.equal(corrected[0]?.startSeconds, 0);
      assert.equal(corrected.at(-1)?.endSeconds, 300);
      for (const [i, { startSeconds }] of corrected.entries())
        if (i > 0) assert.equal(startSeconds, corrected[i - 1]?.endSeconds, `seed ${seed}, segment ${i}`);
    }
  });

  it('win over earlier ones, which keep what lies outside', () => {
    const first = withCorrection([], { startSeconds: 0, endSeconds: 10, label: 'a' });
    const second = withCorrection(first, { startSeconds: 4, endSeconds: 6, label: 'b' });
    assert.deepEqual(
      second.map(({ startSeconds, endSeconds, label }) => `${label} ${startSeconds}-${endSeconds}`),
      ['a 0-4', 'b 4-6', 'a 6-10'],
    );
    assert.deepEqual(withCorrection(second, { startSeconds: 0, endSeconds: 10, label: null }), []);
  });

  it('can be taken back and made again, until another one is made', () => {
    const history = new CorrectionHistory<readonly Correction[]>([]);
    assert.equal(history.canUndo, false);
    const jingle = { startSeconds: 0, endSeconds: 1, label: 'jingle' };
    const none = history.current;
    const one = [jingle];
    const two = [jingle, { startSeconds: 2, endSeconds: 3, label: 'siren' }];
    history.goTo(one);
    history.goTo(two);
    history.goTo(one);
    assert.deepEqual(history.current, [jingle]);
    assert.ok(history.canUndo && history.canRedo);
    history.goTo(two);
    assert.equal(history.current.length, 2);
    history.goTo(one);
    history.push([jingle, { startSeconds: 4, endSeconds: 5, label: 'rain' }]);
    assert.equal(history.canRedo, false);
    assert.deepEqual(
      history.current.map(({ label }) => label),
      ['jingle', 'rain'],
    );
    history.goTo(none);
    assert.deepEqual(history.current, [], 'also one that is neither the step before nor the one after');
  });

  it('are sent to the page as the difference', () => {
    const after = applyCorrections(SEGMENTS, [{ ...(SEGMENTS[5] as TimelineSegment), label: 'jingle' }]);
    const { from, remove, items } = spliceBetween(SEGMENTS, after);
    assert.deepEqual([from, remove, items.length], [5, 1, 1]);
    assert.deepEqual([...SEGMENTS.slice(0, from), ...items, ...SEGMENTS.slice(from + remove)], after);
    assert.deepEqual(spliceBetween(SEGMENTS, SEGMENTS), { from: SEGMENTS.length, remove: 0, items: [] });
    assert.deepEqual(spliceBetween(SEGMENTS, []), { from: 0, remove: SEGMENTS.length, items: [] });
  });
});

describe('messages of the page', () => {
  it('are taken as they are meant, and nothing else', () => {
    for (const message of [
      { type: 'ready' },
      { type: 'peaks', level: 0, tile: 12 },
      { type: 'correct', startSeconds: 0, endSeconds: 1.5, label: 'speech' },
      { type: 'correct', startSeconds: 0, endSeconds: 1.5, label: null },
    ])
      assert.ok(isPageMessage(message), JSON.stringify(message));
    for (const message of [
      undefined,
      null,
      'ready',
      {},
      { type: 'delete' },
      { type: 'peaks', level: -1, tile: 0 },
      { type: 'peaks', level: 0, tile: 0.5 },
      { type: 'peaks', level: 0 },
      { type: 'correct', startSeconds: 2, endSeconds: 1, label: 'speech' },
      { type: 'correct', startSeconds: 0, endSeconds: Number.NaN, label: 'speech' },
      { type: 'correct', startSeconds: 0, endSeconds: 1, label: '  ' },
      { type: 'correct', startSeconds: 0, endSeconds: 1, label: 'x'.repeat(201) },
      { type: 'correct', startSeconds: 0, endSeconds: 1 },
    ])
      assert.equal(isPageMessage(message), false, JSON.stringify(message));
  });
});

describe('windows as they come', () => {
  it('are all there, in order, whatever the pieces', () => {
    const buffer = new WindowBuffer(3);
    for (let i = 0; i < 5000; i += 4)
      buffer.add({
        centresSeconds: Float64Array.of(i, i + 1, i + 2, i + 3),
        probabilities: Float32Array.from({ length: 12 }, (_, k) => 3 * i + k),
      });
    const { centresSeconds, probabilities } = buffer.from(0);
    assert.deepEqual([...centresSeconds], [...Array(5000).keys()]);
    assert.deepEqual([...probabilities], [...Array(15_000).keys()]);
    assert.deepEqual([...buffer.from(4998).probabilities], [14_994, 14_995, 14_996, 14_997, 14_998, 14_999]);
  });
});
