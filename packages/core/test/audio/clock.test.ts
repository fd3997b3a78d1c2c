import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AudioInput } from '../../src/audio/audio-input.js';
import type { DecodeOptions } from '../../src/audio/audio-source.js';
import { type DecodedGap, decodeBlocks, decodeMono16k, decodeMonoWithGaps } from '../../src/audio/decode.js';
import { cutRecording } from '../../src/cutting/cut.js';
import { fixturePath, skip } from '../reference.js';
import { audioBytes, bestCorrelation, concat, decodeAll, decodeError, readS16 } from './fixtures.js';

function clockPath(name: string): string {
  return fixturePath('clock', name);
}

async function decode(input: AudioInput, options: DecodeOptions = {}) {
  const decoding = await decodeMonoWithGaps(input, options);
  const parts: Float32Array[] = [];
  const gaps: DecodedGap[] = [];
  for await (const block of decoding.blocks) {
    if (block instanceof Float32Array) parts.push(block);
    else gaps.push(block);
  }
  return { info: decoding.info, samples: concat(parts), gaps, summary: decoding.summary() };
}

const [source = new Float32Array(0)] = readS16('source-16000hz-1ch.s16', 1);

describe("a file's own clock", () => {
  for (const [name, seconds] of [
    ['late.mp4', 4.023],
    ['late.mkv', 4.023],
    ['late.mka', 2.5],
    ['hour.m4a', 3600],
    ['hour.mka', 3600],
  ] as const) {
    it(`reports where the audio begins: ${name}`, async () => {
      const { samples, gaps, summary } = await decode(clockPath(name));
      assert.deepEqual(gaps, [{ gapSeconds: seconds, isStart: true }]);
      assert.deepEqual([samples.length, summary.partial], [38400, false]);
      assert.ok(bestCorrelation(source.subarray(0, 16000), samples.subarray(0, 16000), 0) > 0.999);
    });
  }

  it('goes by the sound of a film in MPEG-TS, and counts from the first stream of any', async () => {
    const film = await decode(clockPath('late.m2t'));
    assert.equal(film.gaps.length, 1);
    // The encoder's delay comes first.
    assert.ok(Math.abs((film.gaps[0]?.gapSeconds ?? 0) + 481 / 16000 - 4.023) < 0.001);
    assert.equal(film.summary.partial, false);
    const alone = await decode(clockPath('hour.m2t'));
    assert.deepEqual([alone.gaps, alone.summary.partial], [[], false]);
  });

  it('is that of a system ffmpeg too', async function () {
    if (spawnSync('ffmpeg', ['-version']).status !== 0) skip(this, 'there is no ffmpeg on this machine');
    const names = ['late.mkv', 'late.mka', 'late.m2t', 'before-zero.webm'];
    for (const name of names) {
      const own = await decode(clockPath(name));
      const other = await decode(clockPath(name), { ffmpegPath: 'ffmpeg' });
      assert.deepEqual(other.gaps, own.gaps, name);
      assert.equal(other.summary.partial, false, name);
    }
  }).timeout(60_000);

  it('can be kept by silence where no audio is', async () => {
    const options = { gapsAsSilence: true };
    const decoding = await decodeMono16k(clockPath('late.mkv'), options);
    const parts: Float32Array[] = [];
    for await (const block of decoding.blocks) parts.push(block);
    const mono = concat(parts);
    assert.equal(mono.length, 4.023 * 16000 + 38400);
    assert.ok(mono.subarray(0, 4.023 * 16000).every((sample) => sample === 0));
    const native = await decodeAll(clockPath('late.mkv'), options);
    assert.deepEqual(native.channels, [mono]);
    assert.equal((await decodeAll(clockPath('late.mkv'))).channels[0]?.length, 38400);
  });

  it('is the one by which parts are cut', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'ecapa-test-'));
    try {
      const part = (label: string, startSeconds: number, endSeconds: number) => ({
        ...{ label, startSeconds, endSeconds },
        ...{ probability: 1, probabilities: {}, presence: {} },
      });
      // Not from the beginning: what is cut out of the middle is named by its own time alone.
      const segments = [part('speech', 5.023, 5.523), part('rest', 5.523, 6.423)];
      const path = clockPath('late.mkv');
      const cut = await cutRecording(await decodeBlocks(path), segments, {
        ...{ mode: 'cut', label: 'speech', output: directory, baseName: 'late' },
      });
      const [{ path: file = '', frames = 0 } = {}] = cut;
      assert.equal(frames, 8000);
      const { channels } = await decodeAll(file);
      assert.ok(bestCorrelation(source.subarray(16000, 24000), channels[0] ?? source, 0) > 0.999);
      const [mask] = await cutRecording(await decodeBlocks(path), segments, {
        ...{ mode: 'mask', label: 'speech', output: join(directory, 'mask.wav'), baseName: 'late' },
      });
      assert.equal(mask?.frames, 4.023 * 16000 + 38400);
      const masked = (await decodeAll(join(directory, 'mask.wav'))).channels[0] ?? source;
      assert.ok(masked.subarray(0, 5.02 * 16000).every((sample) => sample === 0));
      assert.ok(
        bestCorrelation(source.subarray(16000, 24000), masked.subarray(5.023 * 16000, 5.523 * 16000), 0) >
          0.999,
      );
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('has edit lists and what lies before 0 applied once', async () => {
    const edited = await decode(clockPath('edit-list.m4a'));
    assert.deepEqual([edited.gaps, edited.summary.partial], [[], false]);
    const rest = source.subarray(Math.round(1.1 * 16000));
    assert.ok(bestCorrelation(rest.subarray(4000, 12000), edited.samples.subarray(4000 - 40), 80) > 0.95);
    const trimmed = await decode(clockPath('before-zero.webm'));
    assert.deepEqual([trimmed.gaps, trimmed.samples.length, trimmed.summary.partial], [[], 38400, false]);
  });

  for (const name of ['rising.ogg', 'falling.ogg']) {
    it(`continues through recordings one after the other: ${name}`, async () => {
      const { samples, gaps, summary } = await decode(clockPath(name));
      assert.deepEqual([gaps, summary.partial, summary.badPackets], [[], false, 0]);
      assert.ok(Math.abs(samples.length / 16000 - 4.8) < 0.02, `${samples.length}`);
    });
  }

  it('places what comes after damage to the sample', async () => {
    const bytes = Uint8Array.from(readFileSync(clockPath('late.m2t')));
    bytes.fill(0x55, Math.floor(bytes.length * 0.6), Math.floor(bytes.length * 0.7));
    const whole = await decode(clockPath('late.m2t'));
    const { samples, gaps } = await decode(bytes);
    assert.ok(gaps.length >= 2);
    for (const { gapSeconds } of gaps)
      assert.ok(Number.isInteger(Math.round(gapSeconds * 16000 * 1e6) / 1e6));
    const gapSamples = gaps.slice(1).reduce((sum, { gapSeconds }) => sum + Math.round(gapSeconds * 16000), 0);
    assert.equal(samples.length + gapSamples, whole.samples.length);
  });
});

describe('healthy files that look cut', () => {
  for (const name of ['8k-8.mp3', '8k-16.mp3', '8k-64.mp3', 'sox-gsm.wav', 'odd-24.w64']) {
    it(`are whole: ${name}`, async () => {
      const { summary } = await decode(clockPath(name));
      assert.deepEqual([summary.partial, summary.badPackets], [false, 0], summary.partialReason);
    });
  }

  it('are whole without the padding of a last chunk (W64)', async () => {
    const bytes = readFileSync(clockPath('odd-24.w64'));
    const padded = Buffer.from(bytes);
    padded.writeBigUInt64LE(BigInt(Math.ceil(bytes.length / 8) * 8), 16);
    assert.equal((await decode(padded)).summary.partial, false);
  });

  const id3v1 = Buffer.concat([Buffer.from('TAG'), Buffer.alloc(125, 0x20)]);
  const words = `LYRICSBEGIN${'[00:02]words \xff\xfb of a song\r\n'.repeat(40)}`;
  const ape = Buffer.alloc(64);
  for (const at of [0, 32]) {
    ape.write('APETAGEX', at);
    ape.writeUInt32LE(2000, at + 8);
    ape.writeUInt32LE(32, at + 12);
    ape.writeUInt32LE(at === 0 ? 0xa0000000 : 0x80000000, at + 20);
  }
  for (const [what, tags] of [
    ['Lyrics3', [Buffer.from(`${words}LYRICSEND`, 'latin1'), id3v1]],
    [
      'Lyrics3 version 2',
      [Buffer.from(`${words}${String(words.length).padStart(6, '0')}LYRICS200`, 'latin1'), id3v1],
    ],
    ['APE and ID3v1', [ape, id3v1]],
    ['text that is not a tag of its own', [id3v1, id3v1]],
  ] as const) {
    it(`are whole before their tags: ${what}`, async () => {
      const plain = await decodeAll(audioBytes('source.mp3'));
      const { channels, summary } = await decodeAll(Buffer.concat([audioBytes('source.mp3'), ...tags]));
      assert.deepEqual([summary.partial, summary.badPackets], [false, 0], summary.partialReason);
      assert.equal(channels[0]?.length, plain.channels[0]?.length);
    });
  }

  it('end where their data does, however many zeros follow', async function () {
    this.timeout(60_000);
    const directory = mkdtempSync(join(tmpdir(), 'ecapa-test-'));
    try {
      for (const name of [
        'piece.s16.wav',
        'piece.flac',
        'source.mp3',
        'source.vorbis.ogg',
        'source.moov-last.m4a',
        'source.vorbis.mka',
      ]) {
        const path = join(directory, name);
        writeFileSync(path, audioBytes(name));
        truncateSync(path, 2 ** 33); // sparse: takes no room
        const started = performance.now();
        const { summary, channels } = await decodeAll(path);
        const plain = await decodeAll(audioBytes(name));
        assert.equal(summary.badPackets, 0, name);
        assert.ok(Math.abs((channels[0]?.length ?? 0) - (plain.channels[0]?.length ?? 0)) < 3000, name);
        assert.ok(performance.now() - started < 8000, `${name} took ${performance.now() - started} ms`);
      }
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('may hold any amount of digital silence', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'ecapa-test-'));
    try {
      const path = join(directory, 'silence.wav');
      const header = Buffer.from(audioBytes('piece.s16.wav')).subarray(0, 44);
      header.writeUInt32LE(2 ** 24 + 36, 4);
      header.writeUInt32LE(2 ** 24, 40);
      closeSync(openSync(path, 'w'));
      writeFileSync(path, header);
      truncateSync(path, 44 + 2 ** 24);
      const decoding = await decodeBlocks(path);
      let frames = 0;
      for await (const { channels } of decoding.blocks) frames += channels[0]?.length ?? 0;
      assert.equal(frames, 2 ** 22);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('pieces without a beginning', () => {
  it('are named as such', async () => {
    const webm = audioBytes('source.opus.webm');
    const cluster = Buffer.from(webm).indexOf(Buffer.from([0x1f, 0x43, 0xb6, 0x75]));
    const mp4 = audioBytes('source.fragmented.mp4');
    const moof = Buffer.from(mp4).indexOf('moof') - 4;
    for (const bytes of [webm.subarray(cluster), mp4.subarray(moof)]) {
      const error = await decodeError(bytes, { name: 'part' });
      assert.equal(error?.code, 'CORRUPT_AUDIO', error?.message);
      assert.match(error?.message ?? '', /without its beginning/);
    }
  });

  it('are no failure to read where an index names a place that no file has', async () => {
    const bytes = Buffer.from(audioBytes('piece.caf'));
    // The size of the first chunk: beyond what a file can be.
    bytes.writeBigUInt64BE(2n ** 62n, 12);
    const error = await decodeError(bytes);
    assert.notEqual(error?.code, 'READ_FAILED', error?.message);
    const directory = mkdtempSync(join(tmpdir(), 'ecapa-test-'));
    try {
      writeFileSync(join(directory, 'x.caf'), bytes);
      assert.equal((await decodeError(join(directory, 'x.caf')))?.code, error?.code);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('audio tracks', () => {
  it('are listed, and chosen by number or by language', async () => {
    const path = clockPath('tracks.mka');
    const reversed = source.toReversed();
    for (const [track, number, expected] of [
      [undefined, 2, reversed],
      [1, 1, source],
      ['de', 1, source],
      ['ger', 1, source],
      ['deu', 1, source],
      ['en-GB', 2, reversed],
    ] as const) {
      const { info, samples } = await decode(path, { track });
      assert.equal(info.track, number, String(track));
      assert.ok(
        bestCorrelation(expected.subarray(0, 8000), samples.subarray(0, 8000), 0) > 0.999,
        String(track),
      );
      assert.deepEqual(info.tracks, [
        { number: 1, language: 'ger', codec: 'flac', sampleRate: 16000, channels: 1 },
        { number: 2, language: 'eng', title: 'Commentary', codec: 'flac', sampleRate: 16000, channels: 1 },
      ]);
    }
    for (const track of [3, 'fr']) {
      const error = await decodeError(path, { track });
      assert.equal(error?.code, 'NO_SUCH_TRACK');
      assert.match(error?.message ?? '', /there: 1: ger, 2: eng/);
    }
    await assert.rejects(decode(path, { track: 'no language' }), TypeError);
    await assert.rejects(decode(path, { track: 1.5 }), RangeError);
    await assert.rejects(decode(path, { channel: 'middle' as never }), TypeError);
  });
});
