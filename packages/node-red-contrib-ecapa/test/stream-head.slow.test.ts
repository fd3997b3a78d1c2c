import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { loadHead, locateHead } from '@ecapa/core';
import { saveHead } from '@ecapa/core/train';
import { Flow } from './flow.js';
import { RATE_HZ, samplesOf } from './sound.js';

describe('the head of ecapa-stream', () => {
  const flow = new Flow();
  after(() => flow.stop());

  it('goes on with a head that is taught while a source never pauses', async () => {
    const music = await samplesOf('music-band.mp3', 12);
    await flow.start([
      { id: 'tab', type: 'tab' },
      { id: 'it', z: 'tab', type: 'ecapa-stream', wires: [['reports'], [], []] },
      { id: 'catch', z: 'tab', type: 'catch', wires: [['errors']] },
      { id: 'reports', z: 'tab', type: 'helper' },
      { id: 'errors', z: 'tab', type: 'helper' },
    ]);
    const push = (seconds: number): void => {
      for (let at = 0; at < seconds * RATE_HZ; at += 4000)
        flow.send('it', { payload: music.slice(at, at + 4000) });
    };
    push(6);
    await flow.wait('reports');
    const shipped = await loadHead(await locateHead());
    const folder = join(flow.userDir, 'ecapa');
    mkdirSync(folder, { recursive: true });
    const labels = shipped.labels.map((label) => `my ${label}`);
    await saveHead(join(folder, 'default.head.json'), { ...shipped, id: 'mine', labels });
    await sleep(1100);
    push(12);
    await flow.until(({ reports }) =>
      (reports ?? []).some(({ payload }) => (payload as { label?: string }).label === 'my music'),
    );
    assert.deepEqual(flow.received.errors, []);
  });
});
