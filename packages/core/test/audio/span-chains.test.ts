import assert from 'node:assert/strict';
import { spanChains } from '../../src/audio/span-chains.js';

const span = (startSeconds: number, endSeconds: number) => ({ startSeconds, endSeconds });

describe('chains of spans', () => {
  it('puts what follows one another into one chain, in order of time', () => {
    assert.deepEqual(spanChains([span(4, 5), span(0, 1), span(2, 3)]), [
      [span(0, 1), span(2, 3), span(4, 5)],
    ]);
    assert.deepEqual(spanChains([]), []);
  });

  it('keeps apart what touches or overlaps, so that each can be cut on its own', () => {
    assert.deepEqual(spanChains([span(0, 2), span(1, 3), span(2, 4), span(3.5, 5)]), [
      [span(0, 2), span(3.5, 5)],
      [span(1, 3)],
      [span(2, 4)],
    ]);
  });
});
