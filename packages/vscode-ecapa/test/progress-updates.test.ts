import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { ProgressUpdates } from '../src/platform/progress-updates.js';

describe('updates of a progress notification', () => {
  it('shows the last of many that come at once, and no more than can be read', async () => {
    const shown: { message?: string; increment?: number }[] = [];
    const updates = new ProgressUpdates((update) => shown.push(update));
    for (let n = 1; n <= 100; n++) updates.add({ message: `${n} of 100`, share: n / 100 });
    assert.deepEqual(
      shown.map(({ message }) => message),
      ['1 of 100'],
    );
    await delay(400);
    assert.deepEqual(
      shown.map(({ message }) => message),
      ['1 of 100', '100 of 100'],
    );
    const sum = shown.reduce((total, { increment = 0 }) => total + increment, 0);
    assert.ok(Math.abs(sum - 100) < 1e-9);
    updates.end();
  });

  it('never goes back, and says nothing after its end', async () => {
    const shown: { message?: string; increment?: number }[] = [];
    const updates = new ProgressUpdates((update) => shown.push(update));
    updates.add({ share: 0.5 });
    updates.add({ share: 0.2, message: '[a](command:x)' });
    updates.end();
    await delay(400);
    assert.deepEqual(shown, [{ increment: 50 }]);
  });
});
