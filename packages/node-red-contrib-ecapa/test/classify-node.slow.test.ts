import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { faultsOf, POLICIES, sendBuffers } from './buffers.js';
import { Flow, type Received } from './flow.js';
import { childProcesses } from './processes.js';
import { RATE_HZ, samplesOf } from './sound.js';

const SAMPLES = join(__dirname, '..', '..', '..', 'test', 'fixtures', 'samples');
const speech = join(SAMPLES, 'speech-announcement.mp3');
const music = join(SAMPLES, 'music-band.mp3');
const noise = join(SAMPLES, 'noise-rain.opus');

/** The node under test, with Catch and Complete nodes that listen to it. */
function flowOf(settings: object, wires: readonly (readonly string[])[]): object[] {
  const ids = [...new Set(wires.flat())];
  return [
    { id: 'tab', type: 'tab' },
    { id: 'it', z: 'tab', type: 'ecapa-classify', ...settings, wires },
    { id: 'catch', z: 'tab', type: 'catch', scope: ['it'], wires: [['errors']] },
    { id: 'complete', z: 'tab', type: 'complete', scope: ['it'], wires: [['completed']] },
    ...[...ids, 'errors', 'completed'].map((id) => ({ id, z: 'tab', type: 'helper' })),
  ];
}

interface Verdict {
  readonly label: string;
  readonly probability: number;
  readonly probabilities: Record<string, number>;
  readonly durationSeconds: number;
  readonly embedding?: number[];
  readonly error?: { readonly code: string };
}

const verdictOf = (message: Received | undefined) =>
  (message ?? assert.fail('no message')).payload as Verdict;

describe('ecapa-classify', () => {
  let flow: Flow;
  beforeEach(() => {
    flow = new Flow();
  });
  afterEach(() => flow.stop());

  /** A voice in the left channel, and music in the right one. */
  async function telephone(): Promise<Buffer> {
    const [left, right] = [
      await samplesOf('speech-announcement.mp3', 6),
      await samplesOf('music-band.mp3', 6),
    ];
    const both = Int16Array.from(
      { length: 2 * left.length },
      (_, i) => (i % 2 === 0 ? left : right)[i >> 1] ?? 0,
    );
    return Buffer.from(both.buffer);
  }

  it('hears the channel that it is set to, or each by itself', async () => {
    const message = { payload: await telephone(), sampleRate: RATE_HZ, channels: 2 };
    const nodes = (['left', 'right', '2', 'each'] as const).map((channel) => ({
      id: channel,
      z: 'tab',
      type: 'ecapa-classify',
      channel,
      wires: [[`of-${channel}`]],
    }));
    const helpers = nodes.map(({ id }) => ({ id: `of-${id}`, z: 'tab', type: 'helper' }));
    await flow.start([{ id: 'tab', type: 'tab' }, ...nodes, ...helpers]);
    for (const { id } of nodes) flow.send(id, { ...message });
    const labels = async (id: string) => verdictOf((await flow.wait(`of-${id}`))[0]).label;
    assert.deepEqual(
      [await labels('left'), await labels('right'), await labels('2')],
      ['speech', 'music', 'music'],
    );
    const [each] = await flow.wait('of-each');
    assert.deepEqual(
      ((each ?? assert.fail('no message')).payload as (Verdict & { channel: number })[]).map(
        ({ channel, label }) => [channel, label],
      ),
      [
        [1, 'speech'],
        [2, 'music'],
      ],
    );
  });

  it('gives each channel a timeline of its own, or the wire of its class', async () => {
    const message = { payload: await telephone(), sampleRate: RATE_HZ, channels: 2 };
    await flow.start(flowOf({ channel: 'each', mode: 'timeline' }, [['out']]));
    flow.send('it', { ...message });
    const wholes = (await flow.wait('out'))[0]?.payload as {
      channel: number;
      label: string;
      segments: { channel: number; endSeconds: number }[];
      tracks: Record<string, unknown[]>;
    }[];
    assert.deepEqual(
      wholes.map(({ channel, label }) => [channel, label]),
      [
        [1, 'speech'],
        [2, 'music'],
      ],
    );
    for (const { channel, segments, tracks } of wholes) {
      assert.ok(segments.every((segment) => segment.channel === channel));
      assert.ok(Math.abs((segments.at(-1)?.endSeconds ?? 0) - 6) < 0.01, 'each starts at 0');
      assert.equal(tracks[channel === 1 ? 'speech' : 'music']?.length, 1);
    }
    const perClass = { channel: 'each', perClass: true, labels: ['music', 'speech'] };
    await flow.restart(flowOf(perClass, [['m'], ['s'], ['u'], ['x']]));
    flow.send('it', { ...message });
    const [[m], [s]] = [await flow.wait('m'), await flow.wait('s')];
    assert.deepEqual([m?.parts?.index, s?.parts?.index, m?.parts?.count], [1, 0, 2]);
    const segments = { channel: 'each', mode: 'segments' };
    await flow.restart(flowOf(segments, [['out']]));
    flow.send('it', { ...message });
    const last = async () => (await flow.wait('completed')) && flow.received.out?.at(-1);
    const { parts, payload } = (await last()) ?? assert.fail('no segment');
    assert.equal(parts?.count, flow.received.out?.length, 'one sequence over all channels');
    assert.equal((payload as { channel: number }).channel, 2);
  });

  it('hears the audio track that it is set to', async () => {
    const file = join(SAMPLES, '..', 'clock', 'tracks.mka');
    const heard: string[] = [];
    for (const track of ['1', 'de', '2']) {
      const nodes = flowOf({ track, withEmbedding: true }, [['out']]);
      if (heard.length === 0) await flow.start(nodes);
      else await flow.restart(nodes);
      flow.send('it', { payload: file });
      heard.push(String(verdictOf((await flow.wait('out'))[0]).embedding));
    }
    assert.equal(heard[0], heard[1]);
    assert.notEqual(heard[0], heard[2]);
    await flow.restart(flowOf({ track: '0' }, [['out']]));
    flow.send('it', { payload: speech });
    const [error] = await flow.wait('errors');
    const { code, message } = (error ?? assert.fail('no error')).error as { code: string; message: string };
    assert.deepEqual([code, /^track .*from 1 to 1000/.test(message)], ['SETTINGS_INVALID', true]);
  });

  it('classifies with nothing configured, whatever form the audio has, and keeps the rest of the message', async () => {
    await flow.start(flowOf({}, [['out']]));
    const bytes = readFileSync(speech);
    const forms: unknown[] = [
      speech,
      pathToFileURL(speech).href,
      bytes,
      bytes.toString('base64'),
      `data:audio/mpeg;base64,${bytes.toString('base64')}`,
      'sample:speech',
    ];
    forms.forEach((payload, i) => {
      flow.send('it', { payload, topic: `form ${i}`, kept: { deep: i } });
    });
    const messages = await flow.wait('out', forms.length);
    const verdicts = messages.map(({ payload }) => payload as Verdict);
    for (const verdict of verdicts) {
      assert.equal(verdict.label, 'speech');
      assert.equal(verdict.probability, verdicts[0]?.probability);
      const sum = Object.values(verdict.probabilities).reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sum - 1) < 1e-9);
    }
    assert.deepEqual(
      messages.map(({ topic, kept }) => [topic, (kept as { deep: number }).deep]).sort(),
      forms.map((_, i) => [`form ${i}`, i]),
    );
    // Recorders say the rate of files, too.
    flow.send('it', { payload: bytes, sampleRate: 44_100 });
    assert.equal(
      verdictOf((await flow.wait('out', forms.length + 1)).at(-1)).probability,
      verdicts[0]?.probability,
    );
    assert.equal((await flow.wait('completed', forms.length + 1)).length, forms.length + 1);
    assert.deepEqual(flow.received.errors, []);
  });

  it('takes audio from where its settings say, and puts the verdict where they say', async () => {
    await flow.start(flowOf({ input: 'clip', inputType: 'flow', output: 'verdict.ours' }, [['out']]));
    flow.node('it').context().flow.set('clip', speech);
    flow.send('it', { payload: 'kept' });
    const [message] = await flow.wait('out');
    assert.equal(message?.payload, 'kept');
    assert.equal((message?.verdict as { ours: Verdict } | undefined)?.ours.label, 'speech');
  });

  it('shows what it does in short words', async () => {
    const nodes = flowOf({}, [['out']]);
    const listener = { id: 'status', z: 'tab', type: 'status', scope: ['it'], wires: [['shown']] };
    await flow.start([...nodes, listener, { id: 'shown', z: 'tab', type: 'helper' }]);
    flow.send('it', { payload: speech });
    const texts = () =>
      (flow.received.shown ?? []).map(({ status }) => (status as { text?: string }).text ?? '');
    await flow.until(() => texts().some((text) => /^speech \d+%$/.test(text)));
    flow.send('it', { payload: '/no/such/file.wav' });
    await flow.until(() => texts().includes('file not found'));
    for (const text of texts()) assert.ok(text.length < 20, text);
  });

  it('goes on showing what was wrong with a message that came before the model was ready', async () => {
    const nodes = flowOf({}, [['out']]);
    const later = { id: 'later', z: 'tab', type: 'ecapa-classify', wires: [[]] };
    const listener = { id: 'status', z: 'tab', type: 'status', scope: ['it', 'later'], wires: [['shown']] };
    await flow.start([...nodes, later, listener, { id: 'shown', z: 'tab', type: 'helper' }]);
    flow.send('it', { payload: 42 });
    const shownBy = (id: string) =>
      (flow.received.shown ?? [])
        .map(({ status }) => status as { fill?: string; text?: string; source: { id: string } })
        .filter(({ source }) => source.id === id);
    await flow.until(() => shownBy('later').some(({ fill }) => fill === 'grey'));
    // Once the model has answered, all that its readiness changes is shown.
    flow.send('later', { payload: speech });
    await flow.until(() => shownBy('later').some(({ text }) => text?.startsWith('speech')));
    assert.equal(shownBy('it').at(-1)?.fill, 'red');
  });

  it('takes PCM with msg.sampleRate, as typed arrays and as a Buffer', async () => {
    await flow.start(flowOf({}, [['out']]));
    const tone = Int16Array.from({ length: 16_000 }, (_, i) => 8000 * Math.sin(i / 5));
    const floats = Float32Array.from(tone, (sample) => sample / 32768);
    // At an odd address, as slices of a pool have it.
    const odd = Buffer.concat([Buffer.from([0]), Buffer.from(tone.buffer)]).subarray(1);
    for (const payload of [tone, floats, odd]) flow.send('it', { payload, sampleRate: 16_000 });
    const verdicts = (await flow.wait('out', 3)).map(({ payload }) => payload as Verdict);
    for (const { durationSeconds, label, probability } of verdicts) {
      assert.equal(durationSeconds, 1);
      assert.equal(label, verdicts[0]?.label);
      assert.ok(Math.abs(probability - (verdicts[0]?.probability ?? 0)) < 1e-3);
    }
  });

  it('takes typed arrays of a function node, which are of another realm', async () => {
    await flow.start(flowOf({}, [['out']]));
    const make = (code: string): unknown => runInNewContext(code);
    const sound = 'from({ length: 16000 }, (_, i) => 9000 * Math.sin(i / 5))';
    const forms = [
      `Int16Array.${sound}`,
      `Float32Array.${sound}.map((sample) => sample / 32768)`,
      `new Uint8Array(Int16Array.${sound}.buffer)`,
      `Int16Array.${sound}.buffer`,
    ];
    for (const form of forms) flow.send('it', { payload: make(form), sampleRate: 16_000 });
    const verdicts = (await flow.wait('out', forms.length)).map(({ payload }) => payload as Verdict);
    assert.deepEqual(
      verdicts.map(({ durationSeconds }) => durationSeconds),
      forms.map(() => 1),
    );
  });

  it('says what is missing where people often go wrong', async () => {
    await flow.start(flowOf({}, [['out']]));
    const wrong: readonly [unknown, RegExp][] = [
      [[0.1, 0.2], /an array of numbers/],
      ['https://example.org/a.mp3', /http request node/],
      ['file://elsewhere/a.mp3', /names no file of this machine/],
      [{}, /found Object/],
    ];
    for (const [payload] of wrong) flow.send('it', { payload, sampleRate: 16_000 });
    const errors = await flow.wait('errors', wrong.length);
    const said = errors.map(({ error }) => (error as { readonly message: string }).message);
    for (const [, expected] of wrong)
      assert.ok(
        said.some((message) => expected.test(message)),
        `${expected}: ${said.join(' | ')}`,
      );
    for (const message of said) assert.doesNotMatch(message, /^\w*Error:/);
  });

  it('routes by class, silence and unknown on wires of their own', async () => {
    const labels = ['music', 'noise', 'speech'];
    const wires = [['music'], ['noise'], ['speech'], ['unknown'], ['silence']];
    await flow.start(flowOf({ perClass: true, labels }, wires));
    for (const payload of [speech, music, noise]) flow.send('it', { payload });
    flow.send('it', { payload: new Int16Array(16_000), sampleRate: 16_000 });
    for (const label of [...labels, 'silence']) {
      const [message] = await flow.wait(label);
      assert.equal(verdictOf(message).label, label);
    }
    assert.deepEqual(flow.received.unknown, []);
  });

  it('says unknown under the threshold, and which class was likeliest', async () => {
    await flow.start(flowOf({ threshold: '1' }, [['out']]));
    flow.send('it', { payload: noise });
    const [message] = await flow.wait('out');
    const verdict = message?.payload as Verdict & { likeliest?: string; likeliestProbability?: number };
    if (verdict.label === 'noise') {
      assert.equal(verdict.probability, 1);
      return;
    }
    assert.deepEqual([verdict.label, verdict.likeliest], ['unknown', 'noise']);
    assert.equal(verdict.probability, undefined, 'nothing that reads as how sure it is of "unknown"');
    assert.equal(verdict.likeliestProbability, verdict.probabilities.noise);
  });

  it('answers each message once: a result or an error with its code, never both', async () => {
    await flow.start(flowOf({}, [['out']]));
    const wrong: unknown[] = [
      undefined,
      null,
      42,
      {},
      '',
      '/no/such/file.wav',
      Buffer.from('not audio at all'),
      Buffer.alloc(0),
      readFileSync(speech).subarray(20_000, 20_100),
      new Float32Array(100),
    ];
    for (const payload of wrong) flow.send('it', { payload });
    flow.send('it', { payload: speech });
    await flow.wait('errors', wrong.length);
    await flow.wait('completed');
    // What comes twice comes before the answer to a message that is sent after all.
    flow.send('it', { payload: speech });
    await flow.wait('completed', 2);
    const { errors = [], out, completed } = flow.received;
    assert.equal(errors.length, wrong.length);
    assert.equal(out?.length, 2);
    assert.equal(completed?.length, 2);
    for (const { error } of errors) assert.ok((error as { message: string }).message.length > 10);
  });

  it('answers an array with an array, errors in their places', async () => {
    await flow.start(flowOf({ withEmbedding: true }, [['out']]));
    flow.send('it', { payload: [speech, Buffer.from('broken'), music] });
    const [message] = await flow.wait('out');
    const [first, second, third] = (message ?? assert.fail('no message')).payload as Verdict[];
    assert.equal(first?.label, 'speech');
    assert.equal(first?.embedding?.length, 192);
    assert.equal(second?.error?.code, 'NOT_AUDIO');
    assert.equal(third?.label, 'music');
  });

  it('cuts a recording into segments, one message each, the last one saying how many', async () => {
    await flow.start(flowOf({ mode: 'segments' }, [['out']]));
    const decoded = Float32Array.from({ length: 16_000 * 20 }, (_, i) =>
      i < 160_000 ? 0 : 0.3 * Math.sin(i / 7 + Math.sin(i / 900)),
    );
    flow.send('it', { payload: decoded, sampleRate: 16_000 });
    const [completed] = await flow.wait('completed');
    assert.ok(completed);
    const segments = flow.received.out ?? [];
    const parts = segments.map((message) => message.parts as { index: number; count?: number });
    assert.ok(segments.length >= 2);
    assert.equal(verdictOf(segments[0]).label, 'silence');
    assert.deepEqual(
      parts.map(({ index }) => index),
      segments.map((_, i) => i),
    );
    assert.equal(parts.at(-1)?.count, segments.length);
  });

  it('ends what is under way when the flow is stopped, and starts again with the same worker', async () => {
    const nodes = [
      ...flowOf({ mode: 'segments', model: 'config' }, [['out']]),
      { id: 'config', type: 'ecapa-model', workers: '1' },
    ];
    const others = childProcesses(); // engines of the tests before, which end when they have been idle
    await flow.start(nodes);
    // Five seconds of tone and of silence in turn: the first segment comes long before the end.
    const long = Int16Array.from({ length: 16_000 * 1800 }, (_, i) =>
      Math.floor(i / 80_000) % 2 === 0 ? 9000 * Math.sin(i / 7) : 0,
    );
    // A Buffer: Node-RED copies typed arrays value by value.
    flow.send('it', { payload: Buffer.from(long.buffer), sampleRate: 16_000 });
    await flow.wait('out');
    const before = childProcesses();
    assert.deepEqual(await flow.restart(nodes, 'it'), { ends: ['CANCELLED'], gaveUp: 0 });
    flow.send('it', { payload: speech });
    await flow.wait('completed');
    const after = childProcesses();
    const isNew = (pid: number) => !others.includes(pid);
    assert.deepEqual(after.filter(isNew), before.filter(isNew), 'the same worker');
    assert.deepEqual(
      after.filter((pid) => !before.includes(pid)),
      [],
      'no other one',
    );
  });

  it('does not wait for a model that is still loading when the flow is stopped', async () => {
    const nodes = [...flowOf({ model: 'config' }, [['out']]), { id: 'config', type: 'ecapa-model' }];
    await flow.start(nodes);
    const [worker] = childProcesses();
    assert.ok(worker);
    process.kill(worker, 'SIGSTOP');
    flow.send('it', { payload: speech });
    assert.deepEqual(await flow.restart(nodes, 'it'), { ends: ['CANCELLED'], gaveUp: 0 });
    process.kill(worker, 'SIGCONT');
    flow.send('it', { payload: speech });
    assert.equal(verdictOf((await flow.wait('out'))[0]).label, 'speech');
  });

  const codes = () =>
    (flow.received.errors ?? []).map(({ error }) => (error as { readonly code?: string }).code);

  it('decodes or refuses what is plainly no PCM, though the message names a sample rate', async () => {
    await flow.start(flowOf({}, [['out']]));
    const file = readFileSync(speech);
    // An ID3 tag says its own length, seven bits a byte.
    const tagBytes = [6, 7, 8, 9].reduce((sum, at) => 128 * sum + (file[at] ?? 0), 0);
    const noTag = file.subarray(10 + tagBytes);
    assert.equal(noTag[0], 0xff);
    flow.send('it', { payload: noTag, sampleRate: 16_000 });
    assert.equal(verdictOf((await flow.wait('out'))[0]).label, 'speech');
    const page = Buffer.from(`<!doctype html><title>Not found</title>${' '.repeat(5000)}`);
    for (const payload of [page, Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1')]) {
      flow.send('it', { payload, sampleRate: 16_000 });
    }
    await flow.wait('errors', 2);
    assert.deepEqual(codes(), ['NOT_AUDIO', 'NOT_AUDIO']);
  });

  it('takes no path from the network unless it is set to, and any other by default', async () => {
    await flow.start(flowOf({}, [['out']]));
    for (const payload of [speech, 'sample:speech', `${speech}\n`, [speech, '/no/such/file']]) {
      flow.send('it', { payload, req: {}, res: {} });
    }
    flow.send('it', { payload: `${speech}\n` });
    const messages = await flow.wait('out', 2);
    const list = messages.find(({ payload }) => Array.isArray(payload)) ?? assert.fail('no array');
    const inList = (list.payload as Verdict[]).map(({ error }) => error?.code);
    assert.deepEqual(inList, ['MESSAGE_INVALID', 'MESSAGE_INVALID']);
    await flow.wait('errors', 3);
    assert.deepEqual(codes(), ['MESSAGE_INVALID', 'MESSAGE_INVALID', 'MESSAGE_INVALID']);
  });

  it('gives every error a code, also where the message or the place for the result has the wrong shape', async () => {
    await flow.start(flowOf({ output: 'payload.label' }, [['out']]));
    const wrong: readonly [object, RegExp][] = [
      [{ payload: 42 }, /found number/],
      [{ payload: new Int16Array(10), sampleRate: 44_100.5 }, /sampleRate: expected a whole number/],
      [{ payload: new Int16Array(10), sampleRate: 16_000, channels: '1.5' }, /channels/],
      [{ payload: speech }, /Result to: msg.payload.label cannot be set/],
    ];
    for (const [message] of wrong) flow.send('it', message);
    const errors = await flow.wait('errors', wrong.length);
    assert.deepEqual(codes(), Array(wrong.length).fill('MESSAGE_INVALID'));
    const said = errors.map(({ error }) => (error as { message: string }).message);
    for (const [, expected] of wrong)
      assert.ok(
        said.some((one) => expected.test(one)),
        said.join('\n'),
      );
  });

  it('says with a code that its settings are not right', async () => {
    await flow.start(flowOf({ threshold: '7' }, [['out']]));
    flow.send('it', { payload: speech });
    await flow.wait('errors');
    assert.deepEqual(codes(), ['SETTINGS_INVALID']);
  });

  it('ends a recording that takes longer than it may', async () => {
    await flow.start(flowOf({ timeLimit: '1' }, [['out']]));
    flow.send('it', {
      payload: Buffer.alloc(2 * 16_000 * 3600 * 4, 1),
      sampleRate: 16_000,
      format: 'pcm-s16',
    });
    await flow.wait('errors');
    assert.deepEqual(codes(), ['TIMED_OUT']);
    // What takes a fraction of that may take longer on a busy machine, but not each time.
    for (let sent = 2; (flow.received.out ?? []).length === 0; sent++) {
      flow.send('it', { payload: speech });
      await flow.until(({ out = [], errors = [] }) => out.length + errors.length === sent);
    }
    assert.ok(codes().every((code) => code === 'TIMED_OUT'));
  });

  it('writes nothing of what waits or is refused to the disk, keeps its order, and bounds what waits', async () => {
    for (const policy of POLICIES) {
      assert.deepEqual(faultsOf(await sendBuffers(flow, policy, 20, 2_000_000)), []);
    }
  });
});
