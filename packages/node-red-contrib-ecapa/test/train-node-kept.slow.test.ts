import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type EcapaError, locateModel } from '@ecapa/core';
import { Flow } from './flow.js';
import { clip, flowOf, RATE_HZ, reportOf, teach } from './taught.js';

describe('what ecapa-train keeps', () => {
  let flow: Flow;
  beforeEach(() => {
    flow = new Flow();
  });
  afterEach(async () => {
    delete process.env.ECAPA_CACHE_DIR;
    await flow.stop();
  });

  it('teaches no other model with what one has heard', async () => {
    await flow.start(flowOf());
    teach(flow, 2);
    await flow.wait('out', 4);
    const other = join(flow.userDir, 'other-model');
    cpSync(await locateModel(), other, { recursive: true });
    const file = join(other, 'model.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"id": "[^"]+"/, '"id": "other"'));
    const [tab, config, ...nodes] = flowOf();
    await flow.restart([tab ?? {}, { ...config, model: other }, ...nodes]);
    flow.send('it', { train: true });
    flow.send('it', { payload: clip('hum', 3), sampleRate: RATE_HZ, label: 'hum' });
    for (const { error } of await flow.wait('errors', 2)) {
      const { code, message } = error as EcapaError;
      assert.equal(code, 'HEAD_MODEL_MISMATCH');
      assert.match(message, /embedded by model "ecapa-[^"]+", and "other" is in use now/);
    }
    assert.deepEqual(flow.received.out, [], 'nothing was learned');
  });

  it('goes on with the model that has heard its clips, where no other is named', async () => {
    process.env.ECAPA_CACHE_DIR = join(flow.userDir, 'cache');
    const earlier = join(flow.userDir, 'cache', 'models', 'earlier');
    cpSync(await locateModel(), earlier, { recursive: true });
    const file = join(earlier, 'model.json');
    writeFileSync(file, readFileSync(file, 'utf8').replace(/"id": "[^"]+"/, '"id": "earlier"'));
    const [tab, config, ...nodes] = flowOf();
    await flow.start([tab ?? {}, { ...config, model: 'earlier' }, ...nodes]);
    teach(flow, 2);
    await flow.wait('out', 4);
    await flow.restart(flowOf());
    flow.send('it', { payload: clip('hum', 3), sampleRate: RATE_HZ, label: 'hum' });
    flow.send('it', { train: true });
    const [added, trained] = await flow.wait('out', 2);
    assert.deepEqual(reportOf(added).clips, { hiss: 2, hum: 3 });
    const { modelId } = JSON.parse(readFileSync(reportOf(trained).headFile ?? '', 'utf8')) as {
      modelId: string;
    };
    assert.equal(modelId, 'earlier');
  });

  it('does nothing that it calls cancelled, and what it has said is there after a redeploy', async () => {
    await flow.start(flowOf());
    teach(flow, 3);
    await flow.wait('out', 6);
    flow.send('it', { train: true });
    for (let i = 0; i < 3; i++) flow.send('it', { undo: true });
    flow.send('it', { reset: true });
    await flow.restart(flowOf());
    flow.send('it', { payload: clip('hum', 9), sampleRate: RATE_HZ, label: 'hum' });
    const { clips } = reportOf((await flow.wait('out'))[0]);
    assert.deepEqual(clips, { hiss: 3, hum: 4 });
    const kept = JSON.parse(readFileSync(join(flow.userDir, 'ecapa', 'it.clips.json'), 'utf8')) as {
      clips: unknown[];
    };
    assert.equal(kept.clips.length, 7);
  });

  it('keeps each clip that it has not called cancelled, whenever it is redeployed', async () => {
    await flow.start(flowOf());
    let count = 0;
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i < 3; i++) {
        flow.send('it', { payload: clip('hum', 1 + 3 * round + i), sampleRate: RATE_HZ, label: 'hum' });
      }
      await sleep(40 * round);
      const { ends } = await flow.restart(flowOf(), 'it');
      count += 3 - ends.filter((code) => code === 'CANCELLED').length;
      const file = join(flow.userDir, 'ecapa', 'it.clips.json');
      const kept = existsSync(file)
        ? (JSON.parse(readFileSync(file, 'utf8')) as { clips: unknown[] })
        : undefined;
      assert.equal(kept?.clips.length ?? 0, count, `round ${round}: ${ends.join()}`);
    }
  });

  it('writes no head through a link out of the folders that messages may name', async () => {
    const [allowed, outside] = ['allowed', 'outside'].map((name) => join(flow.userDir, name)) as [
      string,
      string,
    ];
    for (const folder of [allowed, outside]) mkdirSync(folder);
    mkdirSync(join(outside, 'in'));
    symlinkSync(join(outside, 'in'), join(allowed, 'folder'));
    symlinkSync('../up.json', join(outside, 'in', 'up.json'));
    symlinkSync(join(outside, 'new.json'), join(allowed, 'nowhere.json'));
    symlinkSync(join(allowed, 'loop.json'), join(allowed, 'loop.json'));
    await flow.start(flowOf({ autoTrain: '2', accept: 'paths', folders: allowed }));
    teach(flow, 2);
    await flow.wait('out', 5);
    for (const name of [
      'folder/head.json',
      'folder/deeper/head.json',
      'folder/up.json',
      'nowhere.json',
      '../outside/head.json',
    ]) {
      flow.send('it', { export: `${allowed}/${name}` });
    }
    for (const { error } of await flow.wait('errors', 5)) {
      assert.equal((error as EcapaError).code, 'PERMISSION_DENIED');
    }
    flow.send('it', { export: join(allowed, 'head.json') });
    // To the system, the folder above a link is the one above where it leads.
    flow.send('it', { export: `${allowed}/folder/../behind.json` });
    await flow.wait('out', 7);
    assert.deepEqual(readdirSync(outside, { recursive: true }).sort(), ['in', join('in', 'up.json')]);
    assert.ok(['head.json', 'behind.json'].every((name) => readdirSync(allowed).includes(name)));
  });

  it('refuses a file of clips that it cannot understand, and leaves it as it is', async () => {
    await flow.start(flowOf());
    teach(flow, 1);
    await flow.wait('out', 2);
    const file = join(flow.userDir, 'ecapa', 'it.clips.json');
    const whole = JSON.parse(readFileSync(file, 'utf8')) as { clips: Record<string, unknown>[] };
    const [first, ...rest] = whole.clips;
    const damaged: [object, RegExp][] = [
      [{ ...whole, version: 2 }, /version 2/],
      [{ ...whole, clips: [{ ...first, label: 5 }, ...rest] }, /clip 1/],
      [{ ...whole, clips: [{ ...first, label: 'silence' }, ...rest] }, /clip 1/],
      [{ ...whole, clips: [first, { ...rest[0], embedding: 'AAAA' }] }, /clip 2/],
      [{ ...whole, clips: [{ ...first, embedding: 'AADAfw==' }] }, /clip 1/],
      [{ ...whole, clips: [null] }, /clip 1/],
    ];
    for (const [document, reason] of damaged) {
      const text = JSON.stringify(document);
      writeFileSync(file, text);
      await flow.restart(flowOf());
      flow.send('it', { payload: clip('hum', 2), sampleRate: RATE_HZ, label: 'hum' });
      const [answer] = await flow.wait('errors');
      assert.match((answer?.error as EcapaError | undefined)?.message ?? '', reason);
      assert.equal(readFileSync(file, 'utf8'), text);
    }
  });
});
