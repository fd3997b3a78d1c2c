import assert from 'node:assert/strict';
import { shownVerdict, wiresOf } from '../src/verdict.js';

const LABELS = ['music', 'noise', 'speech'];

describe('wires of a verdict', () => {
  it('are those of what dominates and of all else that is present', () => {
    assert.deepEqual(wiresOf({ label: 'music', present: ['music', 'speech'] }, LABELS, 'm'), [
      'm',
      null,
      'm',
      null,
      null,
    ]);
  });

  it('are one without a presence readout, and for silence and unknown', () => {
    assert.deepEqual(wiresOf({ label: 'noise' }, LABELS, 'm'), [null, 'm', null, null, null]);
    assert.deepEqual(wiresOf({ label: 'unknown', present: [] }, LABELS, 'm'), [null, null, null, 'm', null]);
    assert.deepEqual(wiresOf({ label: 'silence', present: [] }, LABELS, 'm'), [null, null, null, null, 'm']);
  });

  it('are not that of unknown because a class has no wire of its own', () => {
    assert.deepEqual(wiresOf({ label: 'music', present: ['music', 'rain'] }, LABELS, 'm'), [
      'm',
      null,
      null,
      null,
      null,
    ]);
  });

  it('are the only output when there is one', () => {
    assert.equal(wiresOf({ label: 'music', present: ['speech'] }, [], 'm'), 'm');
  });
});

describe('a verdict in a status line', () => {
  it('names what else can be heard, and no probability of an unknown sound', () => {
    const present = ['speech', 'music'];
    assert.equal(shownVerdict({ label: 'speech', probability: 0.973, present }), 'speech 97% +music');
    assert.equal(shownVerdict({ label: 'speech', probability: 0.973 }), 'speech 97%');
    assert.equal(shownVerdict({ label: 'unknown', probability: 0.99, present }), 'unknown');
  });
});
