import assert from 'node:assert/strict';
import { FrameHistory } from '../../src/timeline/frame-history.js';

const row = (number: number): number[] => [number, -number];

describe('FrameHistory', () => {
  it('gives rows by their number in the stream, as far as they are kept', () => {
    const history = new FrameHistory(2);
    for (let number = 0; number < 5000; number++) {
      history.append(row(number));
      if (number % 700 === 699) history.forgetBefore(number - 100);
      assert.equal(history.end, number + 1);
      const last = history.slice(number - 50, number + 10);
      const first = Math.max(0, number - 50);
      assert.deepEqual(
        [...last],
        Array.from({ length: number + 1 - first }, (_, i) => row(first + i)).flat(),
      );
    }
    assert.deepEqual([...history.slice(0, 1)], []);
  });

  it('does not keep the memory of a block of an hour', () => {
    const history = new FrameHistory(1);
    const hour = 3600 * 16_000;
    history.append(new Float32Array(hour));
    history.forgetBefore(hour - 320);
    history.append([7]);
    const kept = history.slice(hour - 320, hour + 1);
    assert.equal(kept.length, 321);
    assert.equal(kept[320], 7);
    assert.ok(kept.buffer.byteLength < 1e5, `${kept.buffer.byteLength} bytes`);
  });
});
