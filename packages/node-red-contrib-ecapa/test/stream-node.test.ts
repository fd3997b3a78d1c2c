import assert from 'node:assert/strict';
import { Flow } from './flow.js';
import { childProcesses } from './processes.js';
import { RATE_HZ, samplesOf } from './sound.js';

const flowOf = (settings: object): object[] => [
  { id: 'tab', type: 'tab' },
  { id: 'it', z: 'tab', type: 'ecapa-stream', ...settings, wires: [['events'], ['gated']] },
  { id: 'catch', z: 'tab', type: 'catch', scope: ['it'], wires: [['errors']] },
  { id: 'complete', z: 'tab', type: 'complete', scope: ['it'], wires: [['completed']] },
  ...['events', 'gated', 'errors', 'completed'].map((id) => ({ id, z: 'tab', type: 'helper' })),
];

interface Told {
  readonly type: string;
  readonly label: string;
  readonly startSeconds?: number;
  readonly endSeconds?: number;
}

describe('ecapa-stream', () => {
  let flow: Flow;
  beforeEach(() => {
    flow = new Flow();
  });
  afterEach(() => flow.stop());

  it('tells changes and segments, and passes only the speech, whatever the size of the chunks', async () => {
    const music = await samplesOf('music-band.mp3', 12);
    const speech = await samplesOf('speech-announcement.mp3', 12);
    const bytes = Buffer.concat([music, speech, music].map((part) => Buffer.from(part.buffer)));
    await flow.start(flowOf({ segments: true, bufferSeconds: '60' }));
    let sent = 0;
    // Odd sizes cut samples in two.
    for (let at = 0; at < bytes.length; at += 6401, sent++) {
      flow.send('it', { payload: bytes.subarray(at, at + 6401), topic: 'a', index: sent });
    }
    flow.send('it', { topic: 'a', end: true });
    await flow.wait('completed', sent + 1);
    const events = (flow.received.events ?? []).map(({ payload }) => payload as Told);
    const changes = events.filter(({ type }) => type === 'change').map(({ label }) => label);
    const segments = events.filter(({ type }) => type === 'segment');
    assert.ok(changes.join().includes('music,speech,music'), changes.join());
    assert.equal(segments[0]?.startSeconds, 0);
    assert.ok(Math.abs((segments.at(-1)?.endSeconds ?? 0) - 36) < 0.01);
    const passed = (flow.received.gated ?? []).map(({ index }) => (Number(index) * 6401) / 2 / RATE_HZ);
    const inSpeech = passed.filter((seconds) => seconds >= 12 && seconds <= 24).length / passed.length;
    assert.ok(passed.length > (0.8 * 12 * RATE_HZ * 2) / 6401, `${passed.length} chunks passed`);
    assert.ok(inSpeech > 0.6, `${inSpeech} of what passed was speech`);
    assert.deepEqual(
      passed,
      [...passed].sort((a, b) => a - b),
    );
    assert.deepEqual(flow.received.errors, []);
  });

  it('keeps topics apart, and goes on after a change of rate', async () => {
    const music = await samplesOf('music-trio.m4a', 8);
    const speech = await samplesOf('speech-radio-talk.flac', 8);
    await flow.start(flowOf({ segments: true, bufferSeconds: '60' }));
    for (let at = 0; at < music.length; at += 4000) {
      flow.send('it', { payload: music.slice(at, at + 4000), topic: 'm' });
      flow.send('it', { payload: speech.slice(at, at + 4000), topic: 's' });
    }
    const half = speech.filter((_, i) => i % 2 === 0);
    flow.send('it', { payload: half, topic: 's', sampleRate: 8000 });
    flow.send('it', { topic: 'm', end: true });
    flow.send('it', { topic: 's', end: true });
    await flow.wait('completed', 2 * 32 + 3);
    const last = (topic: string) =>
      (flow.received.events ?? [])
        .filter((event) => event.topic === topic)
        .map(({ payload }) => payload as Told);
    assert.ok(last('m').some(({ label }) => label === 'music'));
    assert.ok(last('s').some(({ label }) => label === 'speech'));
    const ends = last('s').flatMap(({ type, endSeconds }) => (type === 'segment' ? (endSeconds ?? 0) : []));
    assert.ok(Math.abs((ends.at(-1) ?? 0) - 16) < 0.05, `${ends.join()}`);
  });

  it('takes silence that a node on the way has made a text of', async () => {
    await flow.start(flowOf({}));
    for (let i = 0; i < 12; i++) flow.send('it', { payload: Buffer.alloc(8000).toString('utf8') });
    flow.send('it', { end: true });
    await flow.wait('completed', 13);
    assert.deepEqual(
      flow.received.events?.map(({ payload }) => (payload as Told).label),
      ['silence'],
    );
  });

  it('tells that its worker has died, and goes on with the next chunk', async () => {
    const before = childProcesses();
    const nodes = flowOf({ model: 'config', segments: true, bufferSeconds: '60' });
    await flow.start([...nodes, { id: 'config', type: 'ecapa-model', workers: '1', threads: '2' }]);
    const music = await samplesOf('music-band.mp3', 8);
    for (let at = 0; at < music.length; at += 4000) flow.send('it', { payload: music.slice(at, at + 4000) });
    await flow.wait('events');
    const [worker] = childProcesses().filter((pid) => !before.includes(pid));
    assert.ok(worker);
    process.kill(worker, 'SIGKILL');
    const [died] = await flow.wait('errors');
    assert.equal((died?.error as { code?: string } | undefined)?.code, 'WORKER_CRASHED');
    const told = flow.received.events?.length ?? 0;
    for (let at = 0; at < music.length; at += 4000) flow.send('it', { payload: music.slice(at, at + 4000) });
    flow.send('it', { end: true });
    await flow.until(({ completed = [] }) => completed.length === 65);
    const later = (flow.received.events ?? []).slice(told).map(({ payload }) => payload as Told);
    assert.ok(later.some(({ type, label }) => type === 'segment' && label === 'music'));
  });

  it('drops what comes faster than it can be judged, and says so', async () => {
    await flow.start(flowOf({ bufferSeconds: '1' }));
    for (let i = 0; i < 200; i++) flow.send('it', { payload: new Int16Array(RATE_HZ).fill(i) });
    flow.send('it', { payload: 'no audio' });
    const errors = await flow.wait('errors', 2);
    assert.ok(errors.some(({ error }) => /audio wait already/.test((error as { message: string }).message)));
    const answered = () => (flow.received.errors?.length ?? 0) + (flow.received.completed?.length ?? 0);
    for (let i = 0; i < 100 && answered() < 201; i++)
      await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(answered(), 201);
  });
});
