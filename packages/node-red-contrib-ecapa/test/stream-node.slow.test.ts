import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Flow } from './flow.js';
import { childProcesses } from './processes.js';
import { RATE_HZ, samplesOf } from './sound.js';

const flowOf = (settings: object): object[] => [
  { id: 'tab', type: 'tab' },
  { id: 'it', z: 'tab', type: 'ecapa-stream', ...settings, wires: [['reports'], ['gated'], ['events']] },
  { id: 'catch', z: 'tab', type: 'catch', scope: ['it'], wires: [['errors']] },
  { id: 'complete', z: 'tab', type: 'complete', scope: ['it'], wires: [['completed']] },
  ...['reports', 'gated', 'events', 'errors', 'completed'].map((id) => ({ id, z: 'tab', type: 'helper' })),
];

interface Event {
  readonly type: 'started' | 'ended';
  readonly label: string;
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly startedAt: string;
  readonly endedAt: string;
  readonly durationSeconds: number;
  readonly peakProbability: number;
  readonly meanProbability: number;
  readonly reason: string;
  readonly audio?: Buffer;
}

interface Report {
  readonly type: string;
  readonly label: string;
  readonly startSeconds?: number;
  readonly endSeconds?: number;
  readonly present?: readonly string[];
}

describe('ecapa-stream', () => {
  let flow: Flow;
  beforeEach(() => {
    flow = new Flow();
  });
  afterEach(() => flow.stop());

  it('reports changes and segments, and passes only the speech, whatever the size of the chunks', async () => {
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
    const events = (flow.received.reports ?? []).map(({ payload }) => payload as Report);
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
      (flow.received.reports ?? [])
        .filter((event) => event.topic === topic)
        .map(({ payload }) => payload as Report);
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
      flow.received.reports?.map(({ payload }) => [(payload as Report).type, (payload as Report).label]),
      [
        ['change', 'silence'],
        ['end', undefined],
      ],
    );
  });

  it('reports that its worker has died, and continues with the next chunk', async () => {
    const before = childProcesses();
    const nodes = flowOf({ model: 'config', segments: true, bufferSeconds: '60' });
    await flow.start([...nodes, { id: 'config', type: 'ecapa-model', workers: '1', threads: '2' }]);
    const music = await samplesOf('music-band.mp3', 8);
    for (let at = 0; at < music.length; at += 4000) flow.send('it', { payload: music.slice(at, at + 4000) });
    await flow.wait('reports');
    const [worker] = childProcesses().filter((pid) => !before.includes(pid));
    assert.ok(worker);
    process.kill(worker, 'SIGKILL');
    const [died] = await flow.wait('errors');
    assert.equal((died?.error as { code?: string } | undefined)?.code, 'WORKER_CRASHED');
    const countBefore = flow.received.reports?.length ?? 0;
    for (let at = 0; at < music.length; at += 4000) flow.send('it', { payload: music.slice(at, at + 4000) });
    flow.send('it', { end: true });
    await flow.until(({ completed = [] }) => completed.length === 65);
    const later = (flow.received.reports ?? []).slice(countBefore).map(({ payload }) => payload as Report);
    assert.ok(later.some(({ type, label }) => type === 'segment' && label === 'music'));
  });

  it('drops what comes faster than it can be judged, and says so', async () => {
    await flow.start(flowOf({ bufferSeconds: '1' }));
    for (let i = 0; i < 200; i++) flow.send('it', { payload: new Int16Array(RATE_HZ).fill(i) });
    flow.send('it', { payload: 'no audio' });
    const errors = await flow.wait('errors', 2);
    assert.ok(errors.some(({ error }) => /audio wait already/.test((error as { message: string }).message)));
    const answered = () => (flow.received.errors?.length ?? 0) + (flow.received.completed?.length ?? 0);
    await flow.until(() => answered() >= 201);
    assert.equal(answered(), 201);
  });

  const eventsOf = (topic?: unknown) =>
    (flow.received.events ?? [])
      .filter((message) => topic === undefined || message.topic === topic)
      .map(({ payload }) => payload as Event);
  /** Sends sound in chunks of a quarter of a second. */
  const play = (samples: Int16Array, topic?: unknown): number => {
    let chunks = 0;
    for (let at = 0; at < samples.length; at += 4000, chunks++) {
      const bytes = samples.slice(at, at + 4000);
      flow.send('it', { payload: Buffer.from(bytes.buffer), ...(topic !== undefined && { topic }) });
    }
    return chunks;
  };

  it('reports when sounds begin and end, with their audio', async () => {
    const music = await samplesOf('music-band.mp3', 10);
    const speech = await samplesOf('speech-announcement.mp3', 10);
    await flow.start(
      flowOf({
        bufferSeconds: '60',
        eventLabels: 'speech',
        eventAudio: true,
        leadSeconds: '0.5',
        tailSeconds: '0.25',
      }),
    );
    const before = Date.now();
    play(Int16Array.from([...music, ...speech, ...music]));
    flow.send('it', { end: true });
    const [started, ended] = (await flow.wait('events', 2)).map(({ payload }) => payload as Event);
    assert.ok(started && ended);
    assert.deepEqual(
      [started.type, started.label, ended.type, ended.reason],
      ['started', 'speech', 'ended', 'changed'],
    );
    assert.ok(Math.abs(ended.startSeconds - 10) < 1.5, `began at ${ended.startSeconds}`);
    assert.ok(Math.abs(ended.endSeconds - 20) < 1.5, `ended at ${ended.endSeconds}`);
    assert.equal(ended.durationSeconds, ended.endSeconds - ended.startSeconds);
    assert.ok(ended.peakProbability >= ended.meanProbability && ended.meanProbability > 0.5);
    assert.equal(
      Date.parse(ended.endedAt) - Date.parse(ended.startedAt),
      Math.round(1000 * ended.durationSeconds),
    );
    assert.ok(Date.parse(started.startedAt) >= before);
    const audio = ended.audio ?? assert.fail('no audio');
    assert.equal(audio.toString('latin1', 0, 4), 'RIFF');
    const seconds = (audio.length - audio.indexOf('data') - 8) / 2 / RATE_HZ;
    assert.ok(Math.abs(seconds - ended.durationSeconds - 0.75) < 0.01, `${seconds}`);
    const from = Math.round((ended.startSeconds - 0.5) * RATE_HZ);
    const all = Int16Array.from([...music, ...speech, ...music]);
    const first = audio.readInt16LE(audio.indexOf('data') + 8 + 2 * 1000);
    assert.equal(first, all[from + 1000], 'the very samples');
  });

  it('has an event of each class that can be heard, a voice over music too, and reports the tracks', async () => {
    const music = await samplesOf('music-band.mp3', 24);
    const speech = await samplesOf('speech-announcement.mp3', 10);
    const both = music.map((value, i) => {
      const voice = i >= 8 * RATE_HZ && i < 18 * RATE_HZ ? (speech[i - 8 * RATE_HZ] ?? 0) : 0;
      return Math.round(0.5 * value + 0.5 * voice);
    });
    await flow.start(flowOf({ bufferSeconds: '60', eventRule: 'present', segments: true }));
    play(both);
    flow.send('it', { end: true });
    await flow.wait('events', 4);
    const spans = eventsOf().flatMap((event) =>
      event.type === 'ended' ? [[event.label, event.startSeconds, event.endSeconds] as const] : [],
    );
    const [speechSpan, musicSpan] = ['speech', 'music'].map((label) => spans.find(([one]) => one === label));
    assert.ok(speechSpan && musicSpan, JSON.stringify(spans));
    assert.equal(spans.length, 2, JSON.stringify(spans));
    assert.ok(Math.abs(speechSpan[1] - 8) < 1.5 && Math.abs(speechSpan[2] - 18) < 1.5, `${speechSpan}`);
    assert.ok(musicSpan[1] === 0 && Math.abs(musicSpan[2] - 24) < 0.1, `${musicSpan}`);
    const reports = (flow.received.reports ?? []).map(({ payload }) => payload as Report);
    const track = reports.find(({ type, label }) => type === 'track' && label === 'speech');
    assert.ok(Math.abs((track?.startSeconds ?? 0) - 8) < 1 && Math.abs((track?.endSeconds ?? 0) - 18) < 1);
    assert.ok(reports.some(({ present = [] }) => present.includes('music')));
  });

  it('ends what lasts when its source ends, goes quiet, fails or is stopped, and says so on every output', async () => {
    const speech = await samplesOf('speech-announcement.mp3', 6);
    await flow.start(flowOf({ bufferSeconds: '60', gapSeconds: '1' }));
    const reasons: (string | undefined)[] = [];
    for (const end of [{ end: true }, { end: true, reason: 'failed' }, {}]) {
      play(speech, 'door');
      if ('end' in end) flow.send('it', { topic: 'door', ...end });
      await flow.wait('events', 2 * (reasons.length + 1));
      reasons.push(eventsOf().at(-1)?.reason);
    }
    assert.deepEqual(reasons, ['ended', 'failed', 'quiet']);
    const ends = () =>
      (flow.received.reports ?? [])
        .map(({ payload }) => payload as Report & { reason?: string })
        .filter(({ type }) => type === 'end')
        .map(({ reason }) => reason);
    await flow.until(() => ends().length === reasons.length);
    assert.deepEqual(ends(), reasons);
    assert.deepEqual(
      eventsOf().map(({ type }) => type),
      ['started', 'ended', 'started', 'ended', 'started', 'ended'],
    );
  });

  it('shows that nothing is heard any more once its sources have ended', async () => {
    const nodes = flowOf({ gapSeconds: '1', bufferSeconds: '60' });
    const listener = { id: 'status', z: 'tab', type: 'status', scope: ['it'], wires: [['shown']] };
    await flow.start([...nodes, listener, { id: 'shown', z: 'tab', type: 'helper' }]);
    const shown = () =>
      (flow.received.shown ?? []).map(({ status }) => (status as { text?: string }).text ?? '');
    play(await samplesOf('speech-announcement.mp3', 6));
    await flow.until(() => shown().some((text) => /^speech \d+%$/.test(text)));
    const before = shown().length;
    await flow.until(() => /ready|idle/.test(shown().slice(before).join()));
  });

  it('keeps numbers apart that name streams', async () => {
    const sounds = [
      await samplesOf('music-trio.m4a', 8),
      await samplesOf('speech-radio-talk.flac', 8),
    ] as const;
    await flow.start(flowOf({ bufferSeconds: '60' }));
    for (let at = 0; at < sounds[0].length; at += 4000) {
      for (const [topic, sound] of sounds.entries())
        flow.send('it', { payload: sound.slice(at, at + 4000), topic });
    }
    for (const topic of [0, 1]) flow.send('it', { topic, end: true });
    await flow.wait('events', 4);
    const labels = [0, 1].map((topic) => [...new Set(eventsOf(topic).map(({ label }) => label))]);
    assert.deepEqual(labels, [['music'], ['speech']]);
  });

  it('says once of a stream of files that it is none of PCM, and takes PCM after it', async () => {
    await flow.start(flowOf({ bufferSeconds: '60', gapSeconds: '1' }));
    const file = readFileSync(join(__dirname, '..', 'samples', 'speech-announcement.mp3'));
    let chunks = 0;
    for (let at = 0; at < file.length; at += 4000, chunks++) {
      flow.send('it', { payload: file.subarray(at, at + 4000) });
    }
    await flow.until(({ errors = [], completed = [] }) => errors.length + completed.length === chunks);
    const [error, ...more] = flow.received.errors ?? [];
    assert.deepEqual(more, []);
    const said = error?.error as { code: string; message: string };
    assert.equal(said.code, 'NOT_AUDIO');
    assert.match(said.message, /begins as an MP3 file/);
    assert.doesNotMatch(said.message, /Error:/);
    flow.send('it', { end: true });
    play(await samplesOf('speech-announcement.mp3', 6));
    flow.send('it', { end: true });
    await flow.wait('events', 2);
    assert.equal(flow.received.errors?.length, 1);
  });
});
