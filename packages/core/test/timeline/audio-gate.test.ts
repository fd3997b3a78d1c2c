import assert from 'node:assert/strict';
import { AudioGate } from '../../src/timeline/audio-gate.js';

/** One piece a second, named by its start; verdicts each second on windows of 2 s. */
function pass(verdicts: readonly boolean[], options = {}): { passed: number[]; mostHeld: number } {
  const gate = new AudioGate<number>({ windowSeconds: 2, preRollSeconds: 0, holdSeconds: 0, ...options });
  const passed: number[] = [];
  let mostHeld = 0;
  verdicts.forEach((verdict, second) => {
    passed.push(...gate.push(second, { startSeconds: second, endSeconds: second + 1 }));
    mostHeld = Math.max(mostHeld, gate.heldSeconds);
    passed.push(...gate.decide(second + 1, verdict));
  });
  passed.push(...gate.flush());
  return { passed, mostHeld };
}

describe('AudioGate', () => {
  const no = Array<boolean>(6).fill(false);

  it('passes nothing without a passing verdict, and holds no more than its reach and a piece', () => {
    const { passed, mostHeld } = pass([...no, ...no, ...no]);
    assert.deepEqual(passed, []);
    assert.ok(mostHeld <= 3, `${mostHeld} s`);
  });

  it('passes the window a verdict speaks for, once and in order', () => {
    assert.deepEqual(pass([...no, true, true, ...no]).passed, [5, 6, 7]);
  });

  it('adds pre-roll before and hold after', () => {
    const { passed } = pass([...no, true, ...no], { preRollSeconds: 1, holdSeconds: 2 });
    assert.deepEqual(passed, [4, 5, 6, 7, 8]);
  });

  it('opens again', () => {
    assert.deepEqual(pass([true, ...no, true, ...no]).passed, [0, 6, 7]);
  });

  it('forgets the past when flushed', () => {
    const gate = new AudioGate<string>({ windowSeconds: 1, holdSeconds: 100 });
    assert.deepEqual(gate.push('a', { startSeconds: 0, endSeconds: 1 }), []);
    assert.deepEqual(gate.decide(1, true), ['a']);
    gate.flush();
    assert.deepEqual(gate.push('b', { startSeconds: 0, endSeconds: 1 }), []);
    assert.equal(gate.heldSeconds, 1);
  });

  it('refuses options that are not seconds', () => {
    assert.throws(() => new AudioGate({ windowSeconds: Number.NaN }), /RangeError: windowSeconds/);
  });
});
