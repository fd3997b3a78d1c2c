import assert from 'node:assert/strict';
import { createReadStream, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { decodeBlocks, decodeMono16k } from '../../src/audio/decode.js';
import { isEcapaError } from '../../src/errors.js';
import { audioBytes, audioPath, decodeAllMono, decodeError, wavHeader } from './fixtures.js';

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) {
    yield bytes.subarray(at, at + size);
    await nextTurn();
  }
}

/** A WAV of 8-bit noise at 8 kHz, never in memory as a whole. */
async function* longWav(seconds: number): AsyncGenerator<Uint8Array> {
  yield wavHeader(0, { sampleRate: 8000, bits: 8, claimedDataBytes: 0xffffffff });
  const second = Uint8Array.from({ length: 8000 }, (_, i) => 128 + 90 * Math.sin(i * i));
  for (let i = 0; i < seconds; i++) yield second;
}

/** Neither ends nor sends anything. */
const mute: AsyncIterable<Uint8Array> = {
  [Symbol.asyncIterator]: () => ({ next: () => new Promise(() => {}) }),
};

describe('inputs and streams', () => {
  const inherited = process.env.TMPDIR;
  const directory = mkdtempSync(join(tmpdir(), 'ecapa-test-'));
  before(() => {
    process.env.TMPDIR = directory;
  });
  afterEach(() => assert.deepEqual(readdirSync(directory), [], 'temporary files are left'));
  after(() => {
    if (inherited === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = inherited;
    rmSync(directory, { recursive: true });
  });

  it('gives the same samples for a path, bytes, a Node stream and an async iterable', async () => {
    for (const name of ['source.moov-last.m4a', 'source.mp3', 'piece.flac']) {
      const { samples } = await decodeAllMono(audioPath(name));
      for (const input of [
        audioBytes(name),
        createReadStream(audioPath(name)),
        Readable.from([Buffer.from(audioBytes(name))]),
        pieces(audioBytes(name), 1000),
      ]) {
        assert.deepEqual((await decodeAllMono(input)).samples, samples);
      }
    }
  });

  it('describes the file in its info, and reports how it went at the end only', async () => {
    const decoding = await decodeMono16k(audioPath('source.vorbis.ogg'));
    const { name, container, codec, sampleRate, channels, declaredDurationSeconds } = decoding.info;
    assert.equal(name, audioPath('source.vorbis.ogg'));
    assert.deepEqual([container, codec, sampleRate, channels], ['ogg', 'vorbis', 44100, 2]);
    assert.ok(Math.abs((declaredDurationSeconds ?? 0) - 2.4) < 0.01);
    assert.throws(() => decoding.summary(), TypeError);
    const lengths: number[] = [];
    for await (const block of decoding.blocks) lengths.push(block.length);
    assert.deepEqual(lengths, [16000, 16000, 6400]);
    assert.deepEqual(
      { ...decoding.summary(), durationSeconds: Math.round(decoding.summary().durationSeconds * 1000) },
      { durationSeconds: 2400, badPackets: 0, partial: false },
    );
  });

  it('follows a change of rate and channels inside a file', async () => {
    const joined = Buffer.concat([audioBytes('source.mpeg2.mp3'), audioBytes('source.bare.mp3')]);
    const decoding = await decodeBlocks(joined);
    const seconds = new Map<string, number>();
    for await (const { channels, sampleRate } of decoding.blocks) {
      const layout = `${sampleRate} Hz, ${channels.length}`;
      seconds.set(layout, (seconds.get(layout) ?? 0) + (channels[0]?.length ?? 0) / sampleRate);
    }
    for (const layout of ['22050 Hz, 1', '44100 Hz, 2']) {
      assert.ok(Math.abs((seconds.get(layout) ?? 0) - 2.4) < 0.1, layout);
    }
    const { samples } = await decodeAllMono(joined);
    assert.ok(Math.abs(samples.length / 16000 - 4.8) < 0.15);
  });

  it('passes a failing stream on as READ_FAILED', async () => {
    const failing = (async function* () {
      yield audioBytes('source.mp3').subarray(0, 5000);
      throw new Error('the line went dead');
    })();
    const error = await decodeError(failing, { name: 'radio' });
    assert.equal(error?.code, 'READ_FAILED');
    assert.match(error?.message ?? '', /radio: .*the line went dead/);
    assert.match(String(error?.cause), /the line went dead/);
  });

  it('refuses chunks that are no bytes as a bad argument', async () => {
    await assert.rejects(decodeAllMono(Readable.from(['text'])), TypeError);
  });

  it('stops while it waits for a stream that sends nothing', async () => {
    const abort = new AbortController();
    setTimeout(() => abort.abort(new Error('enough')), 20);
    const error = await decodeError(mute, { signal: abort.signal, name: 'radio' });
    assert.equal(error?.code, 'CANCELLED');
    assert.match(String(error?.cause), /enough/);
  });

  it('stops also when it is asked to while it makes room for the stream', async () => {
    const abort = new AbortController();
    const error = decodeError(mute, { signal: abort.signal });
    abort.abort();
    assert.equal((await error)?.code, 'CANCELLED');
  });

  it('stops between blocks, and before it starts', async () => {
    assert.equal((await decodeError(longWav(10), { signal: AbortSignal.abort() }))?.code, 'CANCELLED');

    const abort = new AbortController();
    const decoding = await decodeMono16k(longWav(600), { signal: abort.signal });
    let blocks = 0;
    await assert.rejects(
      async () => {
        for await (const _ of decoding.blocks) if (++blocks === 3) abort.abort();
      },
      (error) => isEcapaError(error) && error.code === 'CANCELLED',
    );
    assert.equal(blocks, 3);
  });

  it('lets the event loop turn while it decodes', async () => {
    const abort = new AbortController();
    const decoding = await decodeMono16k(longWav(3600), { signal: abort.signal });
    setTimeout(() => abort.abort(), 100);
    // An hour decoded without a pause would end before the timer is heard, and nothing would be cancelled.
    await assert.rejects(
      async () => {
        for await (const _ of decoding.blocks);
      },
      (error) => isEcapaError(error) && error.code === 'CANCELLED',
    );
  });

  it('ends when its reader leaves early, and when it is closed unread', async () => {
    const decoding = await decodeMono16k(longWav(60));
    for await (const _ of decoding.blocks) break;
    await decoding.close();
    const unread = await decodeMono16k(longWav(60));
    await unread.close();
    await unread.close();
    await assert.rejects(
      async () => {
        for await (const _ of unread.blocks);
      },
      (error) => isEcapaError(error) && error.code === 'CLOSED',
    );
  });

  it('takes no more memory for two hours than for a minute', async function () {
    this.timeout(120_000);
    const peakOf = async (seconds: number): Promise<number> => {
      let peak = 0;
      let samples = 0;
      const decoding = await decodeMono16k(longWav(seconds));
      for await (const block of decoding.blocks) {
        samples += block.length;
        peak = Math.max(peak, process.memoryUsage().rss);
      }
      assert.equal(samples, seconds * 16000);
      return peak;
    };
    const short = await peakOf(60);
    const long = await peakOf(7200);
    const growth = (long - short) / 2 ** 20;
    assert.ok(growth < 60, `${growth.toFixed(0)} MiB more`);
  });
});
