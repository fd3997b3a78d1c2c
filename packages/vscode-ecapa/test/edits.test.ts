import assert from 'node:assert/strict';
import type { TimelineSegment } from '@ecapa/core/timeline';
import { applyCorrections, type Correction } from '../src/features/timeline/apply-corrections.js';
import { type Edit, edited } from '../src/features/timeline/edits.js';
import { isPageMessage } from '../src/features/timeline/messages.js';
import { leastSure, reviewCount, reviewSecondsLeft } from '../src/webview/timeline/review.js';
import { snapped } from '../src/webview/timeline/snap.js';
import { radio } from './page/recordings.js';

const plain = (label: string, startSeconds: number, endSeconds: number): TimelineSegment => ({
  label,
  startSeconds,
  endSeconds,
  probability: 0.7,
  probabilities: {},
  presence: {},
});
const FOUND = [plain('speech', 0, 10), plain('music', 10, 20), plain('noise', 20, 30)];

/** What is shown after edits, one after the other. */
function after(...edits: readonly Edit[]): string[] {
  let corrections: readonly Correction[] = [];
  for (const edit of edits)
    corrections = edited(applyCorrections(FOUND, corrections), corrections, edit) ?? corrections;
  return applyCorrections(FOUND, corrections).map(
    ({ label, startSeconds, endSeconds, correctedFrom }) =>
      `${label} ${startSeconds}-${endSeconds}${correctedFrom === undefined ? '' : ` (${correctedFrom})`}`,
  );
}

describe('edits of a timeline', () => {
  it('label a range, whatever segments it touches', () => {
    assert.deepEqual(after({ do: 'label', startSeconds: 8, endSeconds: 21, label: ' jingle ' }), [
      'speech 0-8',
      'jingle 8-21 (music)',
      'noise 21-30',
    ]);
    assert.deepEqual(after({ do: 'label', startSeconds: 8, endSeconds: 8, label: 'jingle' }), after());
    assert.deepEqual(after({ do: 'label', startSeconds: 8, endSeconds: 9, label: ' ' }), after());
  });

  it('confirm, and take back', () => {
    const confirm: Edit = { do: 'label', startSeconds: 10, endSeconds: 20, label: 'music' };
    assert.deepEqual(after(confirm), ['speech 0-10', 'music 10-20 (music)', 'noise 20-30']);
    assert.deepEqual(after(confirm, { ...confirm, label: null }), after());
  });

  it('split, and merge again', () => {
    assert.deepEqual(after({ do: 'split', seconds: 12 }), [
      'speech 0-10',
      'music 10-12 (music)',
      'music 12-20 (music)',
      'noise 20-30',
    ]);
    assert.deepEqual(after({ do: 'split', seconds: 12 }, { do: 'merge', seconds: 11 }), [
      'speech 0-10',
      'music 10-20 (music)',
      'noise 20-30',
    ]);
    assert.deepEqual(after({ do: 'merge', seconds: 5 }), ['speech 0-20 (speech)', 'noise 20-30']);
    assert.deepEqual(after({ do: 'merge', seconds: 25 }), after(), 'after the last there is none');
    assert.deepEqual(after({ do: 'split', seconds: 10.001 }), after(), 'too near to a boundary');
  });

  it('move a boundary, no further than the segments beside it', () => {
    assert.deepEqual(after({ do: 'moveBoundary', seconds: 10.2, toSeconds: 12.5 }), [
      'speech 0-12.5 (speech)',
      'music 12.5-20 (music)',
      'noise 20-30',
    ]);
    assert.deepEqual(after({ do: 'moveBoundary', seconds: 10, toSeconds: 99 }), [
      'speech 0-19.98 (speech)',
      'music 19.98-20 (music)',
      'noise 20-30',
    ]);
    assert.deepEqual(after({ do: 'moveBoundary', seconds: 10, toSeconds: 10 }), after());
  });

  it('delete a segment: its time goes to its neighbour', () => {
    assert.deepEqual(after({ do: 'delete', seconds: 15 }), ['speech 0-20 (speech)', 'noise 20-30']);
    assert.deepEqual(after({ do: 'delete', seconds: 5 }), ['music 0-20 (speech)', 'noise 20-30']);
  });

  it('leave no hole and no overlap, whatever they are', () => {
    const found = radio(300);
    let corrections: readonly Correction[] = [];
    for (let i = 0; i < 2000; i++) {
      const seconds = (i * 37.7) % 300;
      const edits: readonly Edit[] = [
        { do: 'split', seconds },
        { do: 'merge', seconds },
        { do: 'delete', seconds },
        { do: 'moveBoundary', seconds, toSeconds: seconds + ((i % 7) - 3) },
        { do: 'label', startSeconds: seconds, endSeconds: seconds + (i % 11) + 0.1, label: `label ${i % 4}` },
        { do: 'label', startSeconds: seconds, endSeconds: seconds + (i % 5) + 0.1, label: null },
      ];
      const edit = edits[(i * 7) % edits.length] as Edit;
      corrections = edited(applyCorrections(found, corrections), corrections, edit) ?? corrections;
      const shown = applyCorrections(found, corrections);
      assert.equal(shown[0]?.startSeconds, 0);
      assert.equal(shown.at(-1)?.endSeconds, 300);
      for (const [k, { startSeconds, endSeconds }] of shown.entries()) {
        assert.ok(startSeconds < endSeconds, `${edit.do} ${i}`);
        if (k > 0) assert.equal(startSeconds, shown[k - 1]?.endSeconds, `${edit.do} ${i}`);
      }
    }
  });

  it('are taken from the page only in their own form', () => {
    assert.ok(isPageMessage({ type: 'edit', edit: { do: 'split', seconds: 3 } }));
    assert.ok(isPageMessage({ type: 'edit', edit: { do: 'moveBoundary', seconds: 3, toSeconds: 4 } }));
    for (const edit of [
      null,
      {},
      { do: 'split' },
      { do: 'split', seconds: -1 },
      { do: 'split', seconds: Number.NaN },
      { do: 'moveBoundary', seconds: 1 },
      { do: 'replace', seconds: 1, corrections: [] },
      { do: 'label', seconds: 1, startSeconds: 0, endSeconds: 1, label: 'x' },
    ])
      assert.equal(isPageMessage({ type: 'edit', edit }), false, JSON.stringify(edit));
  });
});

describe('a boundary that is dragged', () => {
  /** Loud but for a pause of 20 ms from 1.00 s on. */
  const peaks = {
    columns: (start: number, end: number, width: number): Float32Array =>
      Float32Array.from({ length: 2 * width }, (_, i) => {
        const moment = start + ((Math.floor(i / 2) + 0.5) * (end - start)) / width;
        const height = moment >= 1 && moment < 1.02 ? 0.01 : 0.8;
        return i % 2 === 0 ? -height : height;
      }),
  };

  it('snaps to where it is quiet, and to whole samples', () => {
    const near = snapped(0.97, 0.01, peaks, false);
    assert.ok(near >= 1 && near < 1.02, `${near}`);
    assert.equal(snapped(0.5, 0.01, peaks, false), 0.5);
    assert.equal(snapped(0.97, 0.01, peaks, true), 0.97);
    const sample = snapped(0.123456789, 0.01, peaks, true) * 16_000;
    assert.ok(Math.abs(sample - Math.round(sample)) < 1e-9);
    assert.equal(snapped(-1, 0.01, peaks, true), 0);
  });
});

describe('a review', () => {
  const runnerUp = { label: 'x', probability: 0.1 };
  const segments = [
    { ...plain('a', 0, 1), probability: 0.6, runnerUp },
    { ...plain('b', 1, 2), probability: 0.5, runnerUp, correctedFrom: 'b' },
    { ...plain('silence', 2, 3), probability: 0.1 },
    { ...plain('c', 3, 4), probability: 0.9, runnerUp },
  ];

  it('goes from the least sure on, past what is decided and what is measured', () => {
    assert.equal(leastSure(segments), 0);
    assert.equal(leastSure(segments, 0), 3);
    assert.equal(leastSure(segments.slice(1, 3)), -1);
    assert.deepEqual(reviewCount(segments), { done: 1, left: 2 });
  });

  it('says how long it will take once there is something to go by', () => {
    assert.equal(reviewSecondsLeft(10, [0, 2000]), undefined);
    assert.equal(reviewSecondsLeft(10, [0, 2000, 4000]), 20);
  });
});
