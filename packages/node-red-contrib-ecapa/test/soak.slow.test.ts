import assert from 'node:assert/strict';
import { HOSTS } from './node-red-process.js';
import { soak } from './soak.js';

describe('a short soak (the long one: pnpm soak)', () => {
  it('answers every message once through redeploys, computes elsewhere, leaves no process', async () => {
    const [host] = HOSTS;
    assert.ok(host);
    const figures = await soak(host, { messages: 150, redeploys: 4, longMinutes: 4 });
    console.log(`      ${JSON.stringify(figures)}`);
    assert.equal(figures.unanswered, 0);
    assert.equal(figures.verdicts + figures.errors, 150);
    assert.ok(figures.errors > figures.cancelled, 'damaged files are refused');
    assert.equal(figures.mixedUp, 0);
    assert.equal(figures.processesLeft, 0);
    // How long the loop was held up depends on what else the machine does (pnpm soak bounds that on a quiet
    // one); how little of the work is done in Node-RED's process does not.
    assert.ok(figures.hostCpuShare < 0.2, `${figures.hostCpuShare}`);
  });
});
