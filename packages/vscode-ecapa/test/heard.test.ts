import assert from 'node:assert/strict';
import {
  applyHeard,
  editedHeard,
  type HeardCorrection,
  type HeardEdit,
  type PresenceSpan,
} from '../src/features/timeline/heard.js';
import { isPageMessage } from '../src/features/timeline/messages.js';
import { isPersonLabels } from '../src/features/timeline/person-labels.js';

const span = (startSeconds: number, endSeconds: number, probability = 0.8): PresenceSpan => ({
  startSeconds,
  endSeconds,
  probability,
});
const FOUND = [span(0, 10), span(20, 30), span(40, 50)];
const speech = (startSeconds: number, endSeconds: number, isHeard: boolean | null): HeardEdit => ({
  startSeconds,
  endSeconds,
  label: 'speech',
  isHeard,
});

/** The lane after edits, one after the other; an asterisk where a person was. */
function lane(...edits: readonly HeardEdit[]): string[] {
  let heard: readonly HeardCorrection[] = [];
  for (const edit of edits) heard = editedHeard(heard, [edit]) ?? heard;
  return applyHeard(FOUND, heard).map(
    ({ startSeconds, endSeconds, isCorrected }) => `${startSeconds}-${endSeconds}${isCorrected ? '*' : ''}`,
  );
}

describe('what can be heard, with a person’s word laid over it', () => {
  it('gets a stretch, loses one, and keeps the others the same objects', () => {
    assert.deepEqual(lane(speech(12, 15, true)), ['0-10', '12-15*', '20-30', '40-50']);
    assert.deepEqual(lane(speech(20, 30, false)), ['0-10', '40-50']);
    const shown = applyHeard(FOUND, [{ startSeconds: 12, endSeconds: 15, label: 'speech', isHeard: true }]);
    assert.equal(shown[0], FOUND[0]);
    assert.equal(shown[2], FOUND[1]);
    assert.equal(applyHeard(FOUND, []), FOUND);
  });

  it('has ends that are moved, both ways, and moved back', () => {
    assert.deepEqual(lane(speech(30, 33, true)), ['0-10', '20-33*', '40-50']);
    assert.deepEqual(lane(speech(20, 22, false)), ['0-10', '22-30*', '40-50']);
    assert.deepEqual(lane(speech(20, 22, false), speech(20, 22, true)), ['0-10', '20-30*', '40-50']);
    assert.deepEqual(lane(speech(10, 20, true)), ['0-30*', '40-50']);
    assert.deepEqual(lane(speech(24, 26, false)), ['0-10', '20-24*', '26-30*', '40-50']);
  });

  it('is confirmed, and what was said is taken back, ends and all', () => {
    assert.deepEqual(lane(speech(20, 30, true)), ['0-10', '20-30*', '40-50']);
    for (const edit of [speech(20, 30, true), speech(28, 30, false), speech(30, 35, true)]) {
      const [, , , shown = ''] = ['', '', '', lane(edit).find((one) => one.endsWith('*'))];
      const [start, end] = shown.replace('*', '').split('-').map(Number);
      assert.deepEqual(lane(edit, speech(start ?? 0, end ?? 0, null)), lane(), shown);
    }
  });

  it('has the mean probability of what the head heard and what a person said', () => {
    const [joined] = applyHeard([span(0, 10, 0.6)], [{ ...span(10, 20), label: 'speech', isHeard: true }]);
    assert.ok(joined && Math.abs(joined.probability - 0.8) < 1e-9);
    const [rest] = applyHeard([span(0, 10, 0.6)], [{ ...span(5, 10), label: 'speech', isHeard: false }]);
    assert.equal(rest?.probability, 0.6);
  });

  it('never overlaps itself, nor touches another label, whatever is said', () => {
    const music: HeardCorrection = { startSeconds: 3, endSeconds: 4, label: 'music', isHeard: true };
    let heard: readonly HeardCorrection[] = [music];
    for (let i = 0; i < 2000; i++) {
      const start = (i * 37.7) % 55;
      const edit = speech(start, start + (i % 7) + 0.05, [true, false, null][(i * 5) % 3] ?? null);
      heard = editedHeard(heard, [edit]) ?? heard;
      assert.deepEqual(
        heard.filter(({ label }) => label === 'music'),
        [music],
      );
      const own = heard.filter(({ label }) => label === 'speech');
      const shown = applyHeard(FOUND, own);
      for (const list of [own, shown])
        for (const [k, { startSeconds, endSeconds }] of list.entries())
          assert.ok(startSeconds < endSeconds && startSeconds >= (list[k - 1]?.endSeconds ?? 0), `${i}`);
      if (edit.isHeard === null) continue;
      const middle = (edit.startSeconds + edit.endSeconds) / 2;
      const isShown = shown.some((one) => one.startSeconds <= middle && middle <= one.endSeconds);
      assert.equal(isShown, edit.isHeard, `what is said last holds: ${i}`);
    }
  });

  it('changes nothing by what has no length, no name, or says the same again', () => {
    assert.equal(editedHeard([], [speech(3, 3, true)]), undefined);
    assert.equal(editedHeard([], [{ ...speech(3, 4, true), label: ' ' }]), undefined);
    const heard = editedHeard([], [speech(3, 4, true)]) ?? [];
    assert.equal(editedHeard(heard, [speech(3, 4, true)]), undefined);
  });
});

describe('edits of lanes', () => {
  it('are taken from the page only in their own form', () => {
    const edit = speech(1, 2, true);
    assert.ok(isPageMessage({ type: 'editHeard', edits: [edit, { ...edit, isHeard: null }] }));
    for (const edits of [
      undefined,
      [],
      [edit, edit, edit, edit, edit],
      [{ ...edit, isHeard: 'yes' }],
      [{ ...edit, endSeconds: 1 }],
      [{ ...edit, startSeconds: -1 }],
      [{ ...edit, endSeconds: Number.POSITIVE_INFINITY }],
      [{ ...edit, label: '' }],
      [{ ...edit, label: 'x'.repeat(201) }],
      [null],
    ])
      assert.equal(isPageMessage({ type: 'editHeard', edits }), false, JSON.stringify(edits));
  });

  it('are taken from a backup only in their own form', () => {
    const heard = [{ ...span(1, 2), label: 'speech', isHeard: false }];
    assert.ok(isPersonLabels({ corrections: [], heard }));
    assert.ok(!isPersonLabels({ corrections: [], heard: [span(1, 2)] }));
    assert.ok(!isPersonLabels({ corrections: [] }));
    assert.ok(!isPersonLabels([]) && !isPersonLabels(null));
  });
});
