import assert from 'node:assert/strict';
import { HOSTS } from './node-red-process.js';
import { soak } from './soak.js';

describe('a short soak (the long one: pnpm soak)', function () {
  this.timeout(120_000);

  it('answers every message once through redeploys, keeps the event loop free, leaves no process', async () => {
    const [host] = HOSTS;
    assert.ok(host);
    const figures = await soak(host, { messages: 150, redeploys: 4, longMinutes: 10 });
    console.log(`      ${JSON.stringify(figures)}`);
    assert.equal(figures.unanswered, 0);
    assert.equal(figures.verdicts + figures.errors, 150);
    assert.ok(figures.errors > 0, 'damaged files are refused');
    assert.equal(figures.processesLeft, 0);
    assert.ok(figures.loopDelayP99Milliseconds < 25);
    assert.ok(figures.slowestAdminMilliseconds < 100);
  });
});
