import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { decodeMono16k } from '../../src/audio/decode.js';
import { locateDecoder } from '../../src/audio/wasm-module.js';
import { isEcapaError } from '../../src/errors.js';
import { skip } from '../reference.js';
import {
  audioBytes,
  audioNames,
  audioPath,
  decodeAll,
  decodeAllMono,
  decodeError,
  expectations,
  floatWav,
  wavHeader,
} from './fixtures.js';

const systemFfmpeg = process.env.ECAPA_TEST_FFMPEG ?? 'ffmpeg';
const hasFfmpeg = spawnSync(systemFfmpeg, ['-version']).status === 0;

const decoders = [
  { name: 'the decoder that comes along', options: {}, isHere: true },
  { name: 'a system ffmpeg', options: { ffmpegPath: systemFfmpeg }, isHere: hasFfmpeg },
];

for (const { name: decoder, options, isHere } of decoders) {
  describe(`contract of ${decoder}`, () => {
    before(function () {
      if (!isHere) skip(this as unknown as Mocha.Context, 'there is no ffmpeg on this machine');
    });

    it('reports for each file what its header contains', async () => {
      const kinds = /^(film|source\.(mp3|vbr|opus|spx|fragmented|wma|gsm|cover)|piece\.(s24|wv|caf))/;
      for (const expected of expectations.filter(({ file }) => kinds.test(file))) {
        const decoding = await decodeMono16k(audioPath(expected.file), options);
        const { codec, sampleRate, channels, declaredDurationSeconds } = decoding.info;
        await decoding.close();
        assert.deepEqual(
          { codec, sampleRate, channels },
          { codec: expected.codec, sampleRate: expected.sampleRate, channels: expected.channels },
          expected.file,
        );
        if (declaredDurationSeconds !== undefined) {
          const seconds = expected.samples / expected.sampleRate;
          assert.ok(Math.abs(declaredDurationSeconds - seconds) < 0.35, expected.file);
        }
      }
    }).timeout(120_000);

    it('reads a path, bytes and a stream', async () => {
      for (const input of [audioPath('source.moov-last.m4a'), audioBytes('source.moov-last.m4a')]) {
        const { channels, summary } = await decodeAll(input, options);
        const expected = expectations.find(({ file }) => file === 'source.moov-last.m4a');
        assert.deepEqual(
          channels.map((samples) => samples.length),
          [expected?.samples, expected?.samples],
        );
        assert.equal(summary.partial, false);
      }
      const streamed = (async function* () {
        yield audioBytes('piece.flac');
      })();
      assert.equal((await decodeAll(streamed, options)).channels[1]?.length, 3200);
    });

    it('keeps channels apart and in order', async () => {
      const frames = Array.from({ length: 300 }, (_, i) => [i / 300, -i / 300, 0.25]).flat();
      const { channels } = await decodeAll(floatWav(frames, { channels: 3, sampleRate: 22050 }), options);
      assert.deepEqual(
        channels[0],
        Float32Array.from({ length: 300 }, (_, i) => i / 300),
      );
      assert.deepEqual(
        channels[1],
        Float32Array.from({ length: 300 }, (_, i) => -i / 300),
      );
      assert.deepEqual(channels[2], new Float32Array(300).fill(0.25));
    });

    it('refuses with the same codes', async () => {
      const refused = [
        [Buffer.alloc(0), 'EMPTY_FILE'],
        [Buffer.from('just text'), 'NOT_AUDIO'],
        [Buffer.from('%PDF-1.7 and so on'), 'NOT_AUDIO'],
        [audioBytes('mute.film.mp4'), 'NO_AUDIO_STREAM'],
        [audioBytes('mute.film.mkv'), 'NO_AUDIO_STREAM'],
        [wavHeader(0), 'NO_SAMPLES'],
        [floatWav([0, Number.NaN]), 'NON_FINITE_SAMPLES'],
        [audioBytes('source.moov-last.m4a').subarray(0, 9000), 'CORRUPT_AUDIO'],
      ] as const;
      for (const [bytes, code] of refused) {
        const error = await decodeError(bytes, { ...options, name: 'x.wav' });
        assert.equal(error?.code, code, error?.message);
      }
      assert.equal((await decodeError(audioPath('none'), options))?.code, 'FILE_NOT_FOUND');
    });

    it('marks a cut file', async () => {
      for (const name of ['source.mp3', 'source.opus', 'piece.s16.wav', 'film.mkv']) {
        const bytes = audioBytes(name);
        const { summary } = await decodeAllMono(bytes.subarray(0, bytes.length / 2), options);
        assert.equal(summary.partial, true, name);
      }
    });

    it('stops when cancelled', async () => {
      const abort = new AbortController();
      const second = Buffer.alloc(32000, 3);
      const minutes = Buffer.concat([wavHeader(second.length * 600), ...Array(600).fill(second)]);
      const decoding = await decodeMono16k(minutes, { ...options, signal: abort.signal });
      await assert.rejects(
        async () => {
          for await (const _ of decoding.blocks) abort.abort();
        },
        (error) => isEcapaError(error) && error.code === 'CANCELLED',
      );
    });
  });
}

describe('the two decoders', () => {
  it('give the same samples', async function () {
    this.timeout(120_000);
    if (!hasFfmpeg) skip(this, 'there is no ffmpeg on this machine');
    for (const name of audioNames()) {
      const { samples } = await decodeAllMono(audioPath(name));
      const other = await decodeAllMono(audioPath(name), { ffmpegPath: systemFfmpeg });
      assert.equal(samples.length, other.samples.length, name);
      const difference = samples.reduce(
        (most, x, i) => Math.max(most, Math.abs(x - (other.samples[i] ?? 9))),
        0,
      );
      assert.ok(difference < 1e-4, `${name}: ${difference}`);
    }
  });

  it('report what to do when they are missing', async () => {
    const noFfmpeg = await decodeError(audioPath('source.mp3'), { ffmpegPath: '/nowhere/ffmpeg' });
    assert.equal(noFfmpeg?.code, 'DECODER_MISSING');
    assert.match(noFfmpeg?.message ?? '', /\/nowhere\/ffmpeg: .*could not be started/);

    // Some systems report by an event, some by throwing at once.
    for (const ffmpegPath of [`${audioPath('source.mp3')}/x`, audioPath('source.mp3')]) {
      const error = await decodeError(audioPath('source.mp3'), { ffmpegPath });
      assert.equal(error?.code, 'DECODER_MISSING', ffmpegPath);
    }
    // Not the recording's fault.
    const other = await decodeError(audioPath('source.mp3'), { ffmpegPath: process.execPath });
    assert.equal(other?.code, 'DECODER_MISSING');
    assert.match(other?.message ?? '', /node.*: this program is not ffmpeg/);

    const noWasm = await decodeError(audioPath('source.mp3'), { decoderPath: '/nowhere/x.wasm' });
    assert.equal(noWasm?.code, 'DECODER_MISSING');
    assert.match(noWasm?.message ?? '', /\/nowhere\/x\.wasm/);

    const notWasm = await decodeError(audioPath('source.mp3'), { decoderPath: audioPath('piece.u8.wav') });
    assert.equal(notWasm?.code, 'DECODER_MISSING');
  });

  it('can be had from another place', async () => {
    assert.equal(locateDecoder(), join(import.meta.dirname, '../../decoder/ecapa-decoder.wasm'));
    const { samples } = await decodeAllMono(audioPath('piece.flac'), { decoderPath: locateDecoder() });
    assert.equal(samples.length, 6400);
  });
});
