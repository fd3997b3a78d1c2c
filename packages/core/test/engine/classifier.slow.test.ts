import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createReadStream, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { decodeMono16k } from '../../src/audio/decode.js';
import { findAudioFiles } from '../../src/audio/find.js';
import { Classifier } from '../../src/engine/classifier.js';
import type { TimelineEvent } from '../../src/engine/results.js';
import { isEcapaError } from '../../src/errors.js';
import { loadEmbeddedManifest } from '../../src/models/locate.js';
import { floatWav } from '../audio/fixtures.js';

const SAMPLES = new URL('../../../../test/fixtures/samples/', import.meta.url);
const sample = (name: string): string => fileURLToPath(new URL(name, SAMPLES));
const SPEECH = sample('speech-announcement.mp3');
const MUSIC = sample('music-band.mp3');

async function samplesOf(path: string): Promise<Float32Array> {
  const { blocks } = await decodeMono16k(path);
  const values: number[] = [];
  for await (const block of blocks) values.push(...block);
  return Float32Array.from(values);
}

/** `seconds` of audio that goes round and round. */
function repeated(samples: Float32Array, seconds: number): Float32Array {
  return Float32Array.from({ length: seconds * 16_000 }, (_, i) => samples[i % samples.length] ?? 0);
}

/** Float WAV at 16 kHz. */
function wavOf(samples: Float32Array, channels: number): Uint8Array {
  return floatWav([...samples], { channels });
}

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    return `no error: ${JSON.stringify(await promise)}`;
  } catch (error) {
    return isEcapaError(error) ? error.code : `untyped: ${String(error)}`;
  }
}

describe('Classifier', () => {
  let classifier: Classifier;

  before(async () => {
    classifier = await Classifier.open({ workers: 2 });
  });
  after(() => classifier.close());

  it('opens the embedded model with its head', async () => {
    const { manifest } = await loadEmbeddedManifest();
    assert.equal(classifier.model.id, manifest.defaultModel);
    assert.equal(classifier.head.id, manifest.defaultHead);
    assert.equal(classifier.model.dimension, 192);
  });

  it('returns the same for a path, of bytes, of a stream and of PCM', async () => {
    const path = await classifier.classify(SPEECH);
    assert.equal(path.label, 'speech');
    assert.equal(path.method, 'clip');
    const samples = await samplesOf(SPEECH);
    for (const input of [readFileSync(SPEECH), createReadStream(SPEECH), { samples, sampleRate: 16_000 }]) {
      const other = await classifier.classify(input);
      assert.equal(other.label, path.label);
      assert.ok(Math.abs(other.probability - path.probability) < 1e-6);
    }
  });

  it('hears channels in opposite phase, and reports it', async () => {
    const mono = await samplesOf(SPEECH);
    const samples = Float32Array.from(
      { length: 2 * mono.length },
      (_, i) => (mono[i >> 1] ?? 0) * (i % 2 ? -0.9 : 1),
    );
    const input = { samples, sampleRate: 16_000, channels: 2 };
    const expected = await classifier.classify({ samples: mono, sampleRate: 16_000 });
    const verdict = await classifier.classify(input);
    assert.equal(expected.channels, undefined);
    assert.deepEqual([verdict.label, verdict.channels], ['speech', 'opposite-phase']);
    assert.ok(Math.abs(verdict.probability - expected.probability) < 1e-6);
    const embedding = await classifier.embed(input);
    assert.equal(embedding.channels, 'opposite-phase');
    let summary: TimelineEvent | undefined;
    for await (const event of classifier.timeline(input)) summary = event;
    assert.ok(summary?.type === 'summary' && summary.summary.channels === 'opposite-phase');
  });

  it('hears one channel, or each by itself', async () => {
    const [speech, music] = [await samplesOf(SPEECH), await samplesOf(MUSIC)];
    const length = Math.min(speech.length, music.length);
    const samples = Float32Array.from(
      { length: 2 * length },
      (_, i) => (i % 2 ? music : speech)[i >> 1] ?? 0,
    );
    const input = { samples, sampleRate: 16_000, channels: 2 };
    for (const [channel, label] of [
      ['left', 'speech'],
      [2, 'music'],
    ] as const) {
      assert.equal((await classifier.classify(input, { channel })).label, label);
    }
    const file = wavOf(samples, 2);
    const labels: string[] = [];
    // Read once: each channel comes of what was kept of the stream.
    const stream = (async function* () {
      yield file;
    })();
    for await (const { channel, value } of classifier.classifyChannels(stream))
      labels.push(`${channel} ${value.label}`);
    assert.deepEqual(labels, ['1 speech', '2 music']);
    const summaries: string[] = [];
    for await (const { channel, value } of classifier.timelineChannels(input)) {
      if (value.type === 'summary') summaries.push(`${channel} ${value.summary.dominantLabel}`);
    }
    assert.deepEqual(summaries, labels);
    assert.equal((await classifier.probe(file)).channels, 2);
    assert.equal(await codeOf(classifier.classify(file, { channel: 3 })), 'NO_SUCH_CHANNEL');
    assert.equal(await codeOf(classifier.classify(file, { track: 'de' })), 'NO_SUCH_TRACK');
    await assert.rejects(classifier.classify(input, { channel: 0 }), /channel: expected/);
    await assert.rejects(classifier.classify(input, { channel: 'each' as never }), TypeError);
    await assert.rejects(classifier.classify(file, { track: 0 }), /track: expected/);
    await assert.rejects(classifier.probe(input), TypeError);
  });

  it('reads a pipe, and refuses a device instead of reading it without end', async function () {
    if (process.platform === 'win32') {
      console.log('      skipped: no named pipes in the file system here');
      this.skip();
    }
    const folder = mkdtempSync(join(tmpdir(), 'ecapa-pipe-'));
    try {
      const pipe = join(folder, 'pipe.wav');
      execFileSync('mkfifo', [pipe]);
      const [result] = await Promise.all([classifier.classify(pipe), writeFile(pipe, readFileSync(SPEECH))]);
      assert.equal(result.label, 'speech');
      assert.deepEqual(
        await findAudioFiles([folder]).then(([found]) => found?.path),
        folder,
        'not looked for in folders',
      );
      assert.equal(await codeOf(classifier.classify('/dev/zero')), 'NOT_AUDIO');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('waits for the writers of pipes without holding up other file access', async function () {
    if (process.platform === 'win32') {
      console.log('      skipped: no named pipes in the file system here');
      this.skip();
    }
    const folder = mkdtempSync(join(tmpdir(), 'ecapa-pipe-'));
    try {
      const controller = new AbortController();
      // More than libuv has threads for files.
      const waiting = Array.from({ length: 8 }, (_, i) => {
        const pipe = join(folder, `${i}.wav`);
        execFileSync('mkfifo', [pipe]);
        return codeOf(classifier.classify(pipe, { signal: controller.signal }));
      });
      const { label } = await classifier.classify(SPEECH);
      assert.equal(label, 'speech');
      controller.abort();
      assert.deepEqual(await Promise.all(waiting), Array(8).fill('CANCELLED'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('gives the embedding when asked, and the same one from embed', async () => {
    const { embedding } = await classifier.classify(SPEECH, { withEmbedding: true });
    const { values, modelId } = await classifier.embed(SPEECH);
    assert.deepEqual(embedding, values);
    assert.equal(modelId, classifier.model.id);
    assert.equal(values.length, 192);
  });

  it('sums a long recording up over windows and reports it', async () => {
    const [speech, music] = [await samplesOf(SPEECH), await samplesOf(MUSIC)];
    const samples = new Float32Array(60 * 16_000);
    samples.set(repeated(speech, 40));
    samples.set(repeated(music, 20), 40 * 16_000);
    const result = await classifier.classify({ samples, sampleRate: 16_000 });
    assert.equal(result.method, 'timeline');
    assert.equal(result.label, 'speech');
    assert.equal(Math.round(result.durationSeconds), 60);
    const sum = Object.values(result.probabilities).reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(sum - 1) < 1e-6);
    assert.ok((result.secondsByLabel?.speech ?? 0) > 25 && (result.secondsByLabel?.music ?? 0) > 10);
  });

  it('refuses to make one embedding of a long recording', async () => {
    assert.equal(
      await codeOf(classifier.embed({ samples: new Float32Array(31 * 16_000), sampleRate: 16_000 })),
      'TOO_LONG',
    );
  });

  it('emits segments of a timeline as they come and ends with a summary', async () => {
    const [speech, music] = [await samplesOf(SPEECH), await samplesOf(MUSIC)];
    const blocks = async function* (): AsyncGenerator<Float32Array> {
      for (const samples of [repeated(speech, 15), repeated(music, 15)]) {
        for (let start = 0; start < samples.length; start += 3333)
          yield samples.subarray(start, start + 3333);
      }
    };
    const events: TimelineEvent[] = [];
    for await (const event of classifier.timeline({ blocks: blocks(), sampleRate: 16_000 }))
      events.push(event);
    const segments = events.flatMap((event) => (event.type === 'segment' ? [event.segment] : []));
    assert.equal(segments[0]?.startSeconds, 0);
    assert.ok(Math.abs((segments.at(-1)?.endSeconds ?? 0) - 30) < 0.05);
    for (const [i, segment] of segments.entries()) {
      if (i > 0) assert.equal(segment.startSeconds, segments[i - 1]?.endSeconds, 'no hole between segments');
    }
    const last = events.at(-1);
    assert.ok(last?.type === 'summary' && last.summary.secondsByLabel.speech !== undefined);
    assert.equal(events.filter((event) => event.type === 'summary').length, 1);
  });

  it('stops working on a timeline that nobody reads any more', async () => {
    const samples = repeated(await samplesOf(SPEECH), 600);
    for await (const event of classifier.timeline({ samples, sampleRate: 16_000 })) {
      if (event.type === 'progress') break;
    }
    while (classifier.stats().running > 0) await sleep(10);
    assert.equal((await classifier.classify(SPEECH)).label, 'speech');
  });

  it('emits what was heard before it passes on the error of a live source that fails', async () => {
    const [speech, music] = [await samplesOf(SPEECH), await samplesOf(MUSIC)];
    const failure = new Error('microphone unplugged');
    const blocks = async function* (): AsyncGenerator<Float32Array> {
      for (const samples of [repeated(speech, 7), repeated(music, 6)])
        for (let start = 0; start < samples.length; start += 1600)
          yield samples.subarray(start, start + 1600);
      throw failure;
    };
    const events: TimelineEvent[] = [];
    await assert.rejects(
      async () => {
        for await (const event of classifier.timeline({ blocks: blocks(), sampleRate: 16_000 }))
          events.push(event);
      },
      (error) => error === failure,
    );
    const segments = events.flatMap((event) => (event.type === 'segment' ? [event.segment] : []));
    assert.deepEqual([segments[0]?.label, segments.at(-1)?.label], ['speech', 'music']);
    assert.ok(
      Math.abs((segments.at(-1)?.endSeconds ?? 0) - 13) < 0.01,
      `up to ${segments.at(-1)?.endSeconds}`,
    );
    // Jobs other than a timeline have no result for half of their audio: only the error comes.
    await assert.rejects(
      classifier.classify({ blocks: blocks(), sampleRate: 16_000 }),
      (error) => error === failure,
    );
  });

  it('closes a live source when its job ends, also one that is stuck', async () => {
    const samples = repeated(await samplesOf(SPEECH), 1);
    /** Sends `seconds` of speech, then nothing more; `closed` resolves when it is asked to end. */
    const stuck = (seconds: number) => {
      let sent = 0;
      let close: () => void = () => undefined;
      const closed = new Promise<void>((resolve) => {
        close = resolve;
      });
      const iterator: AsyncIterator<Float32Array> = {
        next: () =>
          sent++ < seconds
            ? Promise.resolve({ done: false, value: samples })
            : new Promise<never>(() => undefined),
        return: async () => {
          close();
          return { done: true, value: undefined };
        },
      };
      return { input: { blocks: { [Symbol.asyncIterator]: () => iterator }, sampleRate: 16_000 }, closed };
    };

    const cancelled = stuck(2);
    const controller = new AbortController();
    const job = classifier.classify(cancelled.input, { signal: controller.signal });
    setTimeout(() => controller.abort(), 200);
    assert.equal(await codeOf(job), 'CANCELLED');
    await cancelled.closed;

    const left = stuck(2);
    for await (const event of classifier.timeline(left.input)) if (event.type === 'progress') break;
    await left.closed;

    const refused = stuck(40);
    assert.equal(await codeOf(classifier.embed(refused.input)), 'TOO_LONG');
    await refused.closed;
    assert.equal((await classifier.classify(SPEECH)).label, 'speech');
  });

  it('refuses options that there are none of', async () => {
    for (const [options, message] of [
      [{ modle: 'ecapa-compact' }, /^TypeError: modle: there is no such option, only model, head, /],
      [
        { queuePolicy: 'drop' },
        /^TypeError: queuePolicy: expected wait, reject, drop-oldest, drop-newest, got "drop"/,
      ],
      [{ queueLimit: Number.NaN }, /^RangeError: queueLimit: /],
      [{ model: 5 }, /^TypeError: model: expected a text, got 5/],
    ] as const) {
      await assert.rejects(Classifier.open(options as object), message);
    }
    await assert.rejects(
      classifier.embed(SPEECH, { withEmbedding: true } as object),
      /^TypeError: withEmbedding: /,
    );
    await assert.rejects(classifier.probe(SPEECH, { head: {} } as object), /^TypeError: head: /);
  });

  it('refuses times that make no sense before any work', async () => {
    const cases: [object, typeof TypeError | typeof RangeError, string][] = [
      [{ startSeconds: Number.NaN }, RangeError, 'startSeconds'],
      [{ startSeconds: -1 }, RangeError, 'startSeconds'],
      [{ startSeconds: '3' }, TypeError, 'startSeconds'],
      [{ stallSeconds: -1 }, RangeError, 'stallSeconds'],
      [{ stallSeconds: '1' }, TypeError, 'stallSeconds'],
      [{ windowSecond: 2 }, TypeError, 'windowSecond: there is no such option, only '],
      [{ silence: { minSilence: 2 } }, TypeError, 'silence.minSilence: there is no such option'],
      [{ silence: true }, TypeError, 'silence: expected an object'],
      [{ signal: 5 }, TypeError, 'signal: expected an AbortSignal'],
      [5 as unknown as object, TypeError, 'options: expected an object'],
    ];
    for (const [options, kind, field] of cases) {
      const isRight = (error: unknown): boolean => error instanceof kind && error.message.startsWith(field);
      // There is no such file: what is wrong with the options comes first.
      await assert.rejects(classifier.classify('no/such/file.wav', options), isRight);
      await assert.rejects(classifier.timeline('no/such/file.wav', options).next(), isRight);
    }
  });

  it('uses a new head at once, without loading the model again', async () => {
    const { head } = classifier;
    const renamed = { ...head, id: 'renamed', labels: ['a', 'b', 'c'] };
    classifier.setHead(renamed);
    const result = await classifier.classify(SPEECH);
    classifier.setHead(head);
    assert.deepEqual([result.head, result.label], ['renamed', 'c']);
    assert.equal(classifier.stats().crashes, 0);
    assert.throws(
      () => classifier.setHead({ ...head, modelId: 'other' }),
      (error) => isEcapaError(error) && error.code === 'HEAD_MODEL_MISMATCH',
    );
  });

  it('reports silence instead of guessing', async () => {
    const result = await classifier.classify({ samples: new Float32Array(32_000), sampleRate: 16_000 });
    assert.deepEqual([result.label, result.probability], ['silence', 1]);
  });

  it('names the input in what it cannot do', async () => {
    const tiny = classifier.classify(
      { samples: new Float32Array(200).fill(0.5).map((v, i) => v * Math.sin(i)), sampleRate: 16_000 },
      { name: 'tiny clip' },
    );
    await assert.rejects(
      tiny,
      (error) => isEcapaError(error) && error.code === 'TOO_SHORT' && error.message.startsWith('tiny clip: '),
    );
    assert.equal(await codeOf(classifier.classify(new Uint8Array(0))), 'EMPTY_FILE');
    assert.equal(await codeOf(classifier.classify('no/such/file.wav')), 'FILE_NOT_FOUND');
    await assert.rejects(classifier.classify({ samples: new Float32Array(9), sampleRate: 3 }), RangeError);
    await assert.rejects(classifier.classify(42 as never), TypeError);
  });

  it('leaves the event loop of its host alone', async () => {
    const samples = repeated(await samplesOf(MUSIC), 300);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    await sleep(20);
    delay.enable();
    await classifier.classify({ samples, sampleRate: 16_000 });
    delay.disable();
    // Not a benchmark (that is bench/engine.ts): synchronous work in the host would take whole seconds here.
    assert.ok(delay.percentile(50) / 1e6 < 20, `median delay ${delay.percentile(50) / 1e6} ms`);
  });

  it('cancels what it is asked to', async () => {
    const controller = new AbortController();
    const samples = repeated(await samplesOf(MUSIC), 600);
    const job = classifier.classify(
      { samples, sampleRate: 16_000 },
      { signal: controller.signal, onProgress: () => controller.abort() },
    );
    assert.equal(await codeOf(job), 'CANCELLED');
    assert.equal(await codeOf(classifier.classify(SPEECH, { signal: AbortSignal.abort() })), 'CANCELLED');
  });

  it('rejects what comes after closing', async () => {
    const other = await Classifier.open({ workers: 1 });
    await other.close();
    await other.close();
    assert.equal(await codeOf(other.classify(SPEECH)), 'CLOSED');
  });

  it('reports what is there when a model or a head is not', async () => {
    assert.equal(await codeOf(Classifier.open({ model: 'nonsense' })), 'MODEL_NOT_FOUND');
    assert.equal(await codeOf(Classifier.open({ model: './nowhere' })), 'MODEL_NOT_FOUND');
    assert.equal(await codeOf(Classifier.open({ head: 'nonsense' })), 'HEAD_NOT_FOUND');
    await assert.rejects(Classifier.open({ workers: 0 }), RangeError);
  });
});
