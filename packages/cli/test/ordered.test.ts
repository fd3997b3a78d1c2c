import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { mapOrdered } from '../src/commands/classify/ordered.js';

describe('mapOrdered', () => {
  it('keeps the order, whatever finishes first, and never exceeds the concurrency', async () => {
    let running = 0;
    let most = 0;
    const outcomes: number[] = [];
    const items = Array.from({ length: 40 }, (_, i) => i);
    const results = mapOrdered(items, 3, async (item) => {
      most = Math.max(most, ++running);
      await sleep((item * 7) % 11);
      running--;
      return item * 2;
    });
    for await (const outcome of results) outcomes.push(outcome);
    assert.deepEqual(
      outcomes,
      items.map((item) => item * 2),
    );
    assert.equal(most, 3);
  });

  it('throws what the work throws, in its turn', async () => {
    const seen: number[] = [];
    await assert.rejects(async () => {
      const results = mapOrdered([1, 2, 3], 3, async (item) => {
        if (item === 2) throw new Error('two');
        return item;
      });
      for await (const outcome of results) seen.push(outcome);
    }, /two/);
    assert.deepEqual(seen, [1]);
  });
});
