import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadHead } from '@ecapa/core';
import { exportSklearn } from '@ecapa/core/interop';
import { Flow } from './flow.js';
import { clip, flowOf, LABELS, RATE_HZ, type Report, reportOf, teach } from './taught.js';

describe('ecapa-train', () => {
  let flow: Flow;
  beforeEach(() => {
    flow = new Flow();
  });
  afterEach(() => flow.stop());

  async function judge(label: string, count: number): Promise<string> {
    flow.send('judge', { payload: clip(label, 99), sampleRate: RATE_HZ });
    const message = (await flow.wait('verdict', count)).at(-1);
    return ((message ?? assert.fail('no verdict')).payload as { label: string }).label;
  }

  it('learns two sounds from five clips each, at once for all nodes, and after a restart', async () => {
    await flow.start(flowOf());
    teach(flow);
    flow.send('it', { train: true });
    const messages = await flow.wait('out', 11);
    const { event, labels, report, headFile } = reportOf(messages.at(-1));
    assert.equal(event, 'trained');
    assert.deepEqual(labels, [...LABELS]);
    assert.equal(report?.scores?.accuracy.total, 10);
    assert.equal(report?.presence?.scores?.mixtures, 160, 'it learns what can be heard at once, too');
    assert.ok((report?.scores?.accuracy.count ?? 0) >= 9);
    assert.ok(headFile?.startsWith(flow.userDir));
    assert.equal(await judge('hum', 1), 'hum');
    assert.equal(await judge('hiss', 2), 'hiss');

    await flow.restart(flowOf());
    assert.equal(await judge('hum', 1), 'hum');
    flow.send('it', { undo: true });
    assert.deepEqual(reportOf((await flow.wait('out'))[0]).clips, { hiss: 5, hum: 4 });
    assert.deepEqual(flow.received.errors, []);
  });

  it('trains by itself, exports, resets and imports', async () => {
    await flow.start(flowOf({ autoTrain: '3', reject: 'distance' }));
    teach(flow, 3);
    const trained = (await flow.wait('out', 7)).at(-1);
    assert.equal(reportOf(trained).event, 'trained');
    flow.send('it', { export: true });
    const exported = (await flow.wait('out', 8)).at(-1)?.payload as string;
    assert.match(exported, /"format": "ecapa-head"/);
    assert.match(exported, /"rejection": {\s*"rule": "distance"/);
    const headFile = reportOf(trained).headFile ?? '';
    flow.send('it', { reset: true });
    await flow.wait('out', 9);
    assert.equal(existsSync(headFile), false);
    assert.ok(!LABELS.includes((await judge('hum', 1)) as 'hum'), 'the embedded head is back');
    flow.send('it', { import: true, payload: exported });
    assert.equal(reportOf((await flow.wait('out', 10)).at(-1)).event, 'imported');
    assert.equal(await judge('hum', 2), 'hum');
  });

  it('exports to a file, and imports what scikit-learn has pickled, from a file or a message', async () => {
    await flow.start(flowOf({ autoTrain: '3' }));
    teach(flow, 3);
    await flow.wait('out', 7);
    const file = join(flow.userDir, 'mine.json');
    flow.send('it', { export: file });
    await flow.wait('out', 8);
    const pickle = Buffer.from(exportSklearn(await loadHead(file)));
    writeFileSync(join(flow.userDir, 'mine.pkl'), pickle);
    let answers = 8;
    for (const message of [
      { import: file },
      { import: join(flow.userDir, 'mine.pkl') },
      { import: true, payload: pickle },
    ]) {
      flow.send('it', { reset: true });
      flow.send('it', message);
      answers += 2;
      const { event, labels } = reportOf((await flow.wait('out', answers)).at(-1));
      assert.equal(event, 'imported');
      assert.deepEqual(labels, [...LABELS]);
      assert.equal(await judge('hiss', (answers - 8) / 2), 'hiss');
    }
    assert.deepEqual(flow.received.errors, []);
  });

  it('says what is wrong: no label, one class only, a damaged head, a folder that cannot be written', async () => {
    await flow.start(flowOf());
    flow.send('it', { payload: clip('hum', 1), sampleRate: RATE_HZ });
    flow.send('it', { payload: clip('hum', 1), sampleRate: RATE_HZ, topic: 'hum' });
    flow.send('it', { train: true });
    flow.send('it', { import: true, payload: '{"format":"ecapa-head"}' });
    const errors = await flow.wait('errors', 3);
    const texts = errors.map(({ error }) => (error as { message: string }).message);
    assert.match(texts[0] ?? '', /msg\.label/);
    assert.match(texts[1] ?? '', /class/);
    assert.match(texts[2] ?? '', /version|format|field/i);

    rmSync(join(flow.userDir, 'ecapa'), { recursive: true });
    writeFileSync(join(flow.userDir, 'ecapa'), 'a file where the folder should be');
    flow.send('it', { payload: clip('hiss', 1), sampleRate: RATE_HZ, topic: 'hiss' });
    await flow.wait('errors', 4);
    rmSync(join(flow.userDir, 'ecapa'));
    mkdirSync(join(flow.userDir, 'ecapa'));
    flow.send('it', { payload: clip('hiss', 1), sampleRate: RATE_HZ, topic: 'hiss' });
    // The clip that could not be kept does not count.
    assert.deepEqual(reportOf((await flow.wait('out', 2)).at(-1)).clips, { hum: 1, hiss: 1 });
  });

  const codes = () =>
    (flow.received.errors ?? []).map(({ error }) => (error as { readonly code?: string }).code);

  it('takes a clip out by its name or id, and refuses one clip under two labels at once', async () => {
    await flow.start(flowOf());
    flow.send('it', { payload: clip('hum', 1), sampleRate: RATE_HZ, label: 'hum', filename: 'a.wav' });
    flow.send('it', { payload: clip('hum', 1), sampleRate: RATE_HZ, label: 'hiss', filename: 'b.wav' });
    flow.send('it', { payload: clip('hum', 2), sampleRate: RATE_HZ, label: 'hum', filename: 'a.wav' });
    flow.send('it', { payload: clip('hiss', 3), sampleRate: RATE_HZ, label: 'hiss', topic: 'kitchen' });
    const added = (await flow.wait('out', 3)).map(reportOf) as (Report & { name: string; id?: string })[];
    assert.deepEqual(codes(), ['CLIP_IN_TWO_CLASSES']);
    assert.match(added[2]?.name ?? '', /^kitchen \d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    for (const remove of ['a.wav', 'none.wav', 7]) flow.send('it', { remove });
    const errors = await flow.wait('errors', 4);
    const said = (errors[1]?.error as { message: string } | undefined)?.message ?? '';
    assert.match(said, /2 clips have this name; remove one by its id: [\da-f]{12} \(hum\)/);
    assert.deepEqual(codes().slice(1), Array(3).fill('MESSAGE_INVALID'));
    const [, id] = /: ([\da-f]{12}) /.exec(said) ?? [];
    flow.send('it', { remove: id });
    flow.send('it', { remove: added[2]?.name });
    const removed = (await flow.wait('out', 5)).slice(3).map(reportOf);
    assert.deepEqual(
      removed.map(({ event, clips }) => [event, clips]),
      [
        ['removed', { hum: 1, hiss: 1 }],
        ['removed', { hum: 1 }],
      ],
    );
  });

  it('begins again after a reset when its file of clips is damaged, and puts that aside', async () => {
    await flow.start(flowOf());
    flow.send('it', { payload: clip('hum', 1), sampleRate: RATE_HZ, label: 'hum' });
    await flow.wait('out');
    const file = join(flow.userDir, 'ecapa', 'it.clips.json');
    writeFileSync(file, '{broken');
    await flow.restart(flowOf());
    flow.send('it', { payload: clip('hum', 1), sampleRate: RATE_HZ, label: 'hum' });
    await flow.wait('errors');
    assert.deepEqual(codes(), ['READ_FAILED']);
    flow.send('it', { reset: true });
    flow.send('it', { payload: clip('hum', 1), sampleRate: RATE_HZ, label: 'hum' });
    const last = (await flow.wait('out', 2)).at(-1);
    assert.deepEqual(reportOf(last).clips, { hum: 1 });
    assert.equal(readFileSync(`${file}.damaged`, 'utf8'), '{broken');
  });

  it('counts and learns classes that are called as properties of objects are, and none that verdicts use', async () => {
    await flow.start(flowOf());
    const labels = ['constructor', 'toString'] as const;
    for (let seed = 1; seed <= 3; seed++) {
      for (const [i, label] of labels.entries()) {
        flow.send('it', { payload: clip(LABELS[i] ?? '', seed), sampleRate: RATE_HZ, label });
      }
    }
    flow.send('it', { train: true });
    const messages = await flow.wait('out', 7);
    assert.deepEqual(reportOf(messages[5]).clips, { constructor: 3, toString: 3 });
    assert.deepEqual(reportOf(messages[6]).labels, [...labels]);
    assert.equal(await judge('hiss', 1), 'constructor');
    for (const label of ['silence', 'unknown', 'gap', '__proto__']) {
      flow.send('it', { payload: clip('hum', 9), sampleRate: RATE_HZ, label });
    }
    await flow.wait('errors', 4);
    assert.deepEqual(codes(), Array(4).fill('MESSAGE_INVALID'));
  });
});
