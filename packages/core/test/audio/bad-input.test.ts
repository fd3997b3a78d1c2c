import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { decodeBlocks, decodeMono16k } from '../../src/audio/decode.js';
import type { ErrorCode } from '../../src/errors.js';
import { skip } from '../reference.js';
import {
  audioBytes,
  audioPath,
  decodeAll,
  decodeAllMono,
  decodeError,
  floatWav,
  randomNumbers,
  wavHeader,
} from './fixtures.js';

const silence = (length: number): number[] => Array.from({ length }, () => 0);
/** Not at a packet's end, where a bare stream of frames may rightly end. */
const half = (bytes: Uint8Array): Uint8Array => bytes.subarray(0, Math.floor(bytes.length / 2) + 77);

function randomBytes(length: number, seed: number): Uint8Array {
  const random = randomNumbers(seed);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

/** A WAV of `format` (WAVEFORMATEX tag), 8 kHz mono, with `data`. */
function wavOfFormat(format: number, data: Uint8Array): Buffer {
  const header = wavHeader(data.length, { sampleRate: 8000 });
  header.writeUInt16LE(format, 20);
  return Buffer.concat([header, data]);
}

describe('a file behind bytes that do not belong to it', () => {
  for (const name of [
    'source.opus.webm',
    'source.vorbis.mka',
    'piece.s16.wav',
    'piece.flac',
    'source.moov-first.m4a',
    'source.mp3',
  ]) {
    it(`is found: ${name}`, async () => {
      const whole = await decodeAllMono(audioBytes(name));
      for (const junkBytes of [1, 100, 60_000]) {
        const { samples } = await decodeAllMono(Buffer.concat([randomBytes(junkBytes, 5), audioBytes(name)]));
        assert.ok(Math.abs(samples.length - whole.samples.length) <= 1600, `${junkBytes}: ${samples.length}`);
      }
    });
  }

  it('is found behind marks of other kinds', async () => {
    const whole = await decodeAllMono(audioBytes('piece.flac'));
    const junk = Buffer.from('User-Agent: MAC OS; wvpk\r\n\r\n\0\x01');
    const { samples } = await decodeAllMono(Buffer.concat([junk, audioBytes('piece.flac')]));
    assert.equal(samples.length, whole.samples.length);
  });

  it('is not looked for without end, and is no longer one when it is damaged', async () => {
    for (const bytes of [
      Buffer.concat([randomBytes(1 << 17, 6), audioBytes('source.opus.webm')]),
      Buffer.concat([
        randomBytes(100, 6),
        audioBytes('source.opus.webm').subarray(0, 40),
        randomBytes(5000, 7),
      ]),
    ]) {
      const error = await decodeError(bytes, { name: 'x' });
      assert.equal(error?.code, 'NOT_AUDIO');
      assert.match(error?.message ?? '', /unknown kind/);
    }
  });
});

describe('bad input', () => {
  const refused: readonly (readonly [string, Uint8Array | (() => Uint8Array), ErrorCode, RegExp])[] = [
    ['nothing at all', new Uint8Array(0), 'EMPTY_FILE', /0 bytes/],
    ['text under an audio name', Buffer.from('Dear diary,\ntoday …'), 'NOT_AUDIO', /plain text/],
    ['an HTML page', Buffer.from('<!DOCTYPE html><title>404</title>'), 'NOT_AUDIO', /HTML page/],
    ['a playlist', Buffer.from('#EXTM3U\n/etc/passwd\n'), 'NOT_AUDIO', /playlist/],
    [
      'a PLS playlist',
      Buffer.from('[playlist]\r\nNumberOfEntries=1\r\nFile1=http://me:word@radio.example/live\r\n'),
      'NOT_AUDIO',
      /a playlist.* Give what it names: http:\/\/radio\.example\/live$/,
    ],
    [
      'a playlist of another protocol, with a long password',
      Buffer.from(`[playlist]\nFile1=rtsp://me:${'w'.repeat(600)}@radio.example/live\n`),
      'NOT_AUDIO',
      /Give what it names: rtsp:\/\/radio\.example\/live$/,
    ],
    [
      'a playlist whose address would act on a terminal',
      Buffer.from('[playlist]\nFile1=http://radio.example/\x1b[31m\n'),
      'NOT_AUDIO',
      /Give what it names\.$/,
    ],
    [
      'a playlist that is not UTF-8',
      Buffer.from('#EXTM3U\n#EXTINF:-1,Stra\xdfe\nhttp://radio.example/live\n', 'latin1'),
      'NOT_AUDIO',
      /Give what it names: http:\/\/radio\.example\/live$/,
    ],
    [
      'an M3U playlist',
      Buffer.from('\nhttps://radio.example/a\nhttps://radio.example/b'),
      'NOT_AUDIO',
      /example\/a$/,
    ],
    [
      'an ASX playlist',
      Buffer.from('<asx version="3.0"><entry><ref href="http://radio.example/x"/></entry></asx>'),
      'NOT_AUDIO',
      /example\/x$/,
    ],
    [
      'an XSPF playlist',
      Buffer.from(
        '<?xml version="1.0"?>\n<playlist><trackList><track><location>http://radio.example/y</location>',
      ),
      'NOT_AUDIO',
      /example\/y$/,
    ],
    [
      'an HLS playlist',
      Buffer.from('#EXTM3U\n#EXT-X-VERSION:3\n#EXTINF:4,\na.ts\n'),
      'NOT_AUDIO',
      /HLS.*ffmpeg -i/,
    ],
    ['text with an address', Buffer.from('See\nhttp://radio.example'), 'NOT_AUDIO', /plain text/],
    ['a PNG image', Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'), 'NOT_AUDIO', /PNG image/],
    ['a program', Buffer.concat([Buffer.from('MZ\x90\0', 'latin1'), wavHeader(8)]), 'NOT_AUDIO', /a program/],
    ['noise bytes', randomBytes(50000, 1), 'NOT_AUDIO', /unknown kind/],
    ['one byte', Uint8Array.of(0), 'NOT_AUDIO', /unknown kind/],
    ['a film without sound (MP4)', () => audioBytes('mute.film.mp4'), 'NO_AUDIO_STREAM', /mp4/],
    ['a film without sound (Matroska)', () => audioBytes('mute.film.mkv'), 'NO_AUDIO_STREAM', /matroska/],
    ['a WAV without samples', wavHeader(0), 'NO_SAMPLES', /without a single sample/],
    ['a WAV header cut in two', wavHeader(0).subarray(0, 30), 'CORRUPT_AUDIO', /begins like a WAV file/],
    [
      'an MP4 cut before its index',
      () => half(audioBytes('source.moov-last.m4a')),
      'CORRUPT_AUDIO',
      /breaks off/,
    ],
    [
      'a WAV with a codec nobody has',
      wavOfFormat(0x0161 + 0x4000, randomBytes(4000, 2)),
      'UNSUPPORTED_CODEC',
      /no decoder/,
    ],
    [
      '65 channels',
      Buffer.concat([wavHeader(6500, { channels: 65 }), randomBytes(6500, 3)]),
      'UNSUPPORTED_LAYOUT',
      /65 channels/,
    ],
    [
      'no channels',
      Buffer.concat([wavHeader(640, { channels: 0 }), randomBytes(640, 3)]),
      'UNSUPPORTED_LAYOUT',
      /0 channels/,
    ],
    [
      '4 GHz',
      Buffer.concat([wavHeader(640, { sampleRate: 0xffffffff }), randomBytes(640, 4)]),
      'CORRUPT_AUDIO',
      /begins like a WAV/,
    ],
    [
      '0 Hz',
      Buffer.concat([wavHeader(640, { sampleRate: 0 }), randomBytes(640, 4)]),
      'CORRUPT_AUDIO',
      /begins like a WAV/,
    ],
    [
      'NaN in a float WAV',
      floatWav([...silence(800), Number.NaN, 0]),
      'NON_FINITE_SAMPLES',
      /first at 0\.050 s/,
    ],
    ['infinity in a float WAV', floatWav([0, Number.POSITIVE_INFINITY]), 'NON_FINITE_SAMPLES', /0\.000 s/],
    [
      'minus infinity in a float WAV',
      floatWav([0, Number.NEGATIVE_INFINITY]),
      'NON_FINITE_SAMPLES',
      /NaN, infinite/,
    ],
    ['1e30 in a float WAV', floatWav([0, 1e30]), 'NON_FINITE_SAMPLES', /2\^32/],
  ];

  for (const [what, bytes, code, message] of refused) {
    it(`refuses ${what} with ${code}`, async () => {
      const input = typeof bytes === 'function' ? bytes() : bytes;
      const error = await decodeError(input, { name: 'holiday.mp3' });
      assert.equal(error?.code, code, error?.message);
      assert.match(error?.message ?? '', message);
      assert.match(error?.message ?? '', /^holiday\.mp3: .*(Give|Export|export|Convert|Record|Repair) /s);
      assert.equal(error?.file, 'holiday.mp3');
    });
  }

  describe('on disk', () => {
    const directory = mkdtempSync(join(tmpdir(), 'ecapa-test-'));
    after(() => rmSync(directory, { recursive: true }));

    it('names a missing file', async () => {
      const path = join(directory, 'gone.wav');
      const error = await decodeError(path);
      assert.deepEqual([error?.code, error?.file], ['FILE_NOT_FOUND', path]);
      assert.equal((await decodeError(join(audioPath('source.mp3'), 'x')))?.code, 'FILE_NOT_FOUND');
    });

    it('names a directory', async () => {
      mkdirSync(join(directory, 'album.mp3'));
      assert.equal((await decodeError(join(directory, 'album.mp3')))?.code, 'IS_DIRECTORY');
    });

    it('names a file that may not be read', async function () {
      if (process.getuid?.() === 0 || process.platform === 'win32') skip(this, 'root may read everything');
      const path = join(directory, 'secret.wav');
      writeFileSync(path, floatWav([0]));
      chmodSync(path, 0);
      assert.equal((await decodeError(path))?.code, 'PERMISSION_DENIED');
    });

    it('names an empty file', async () => {
      const path = join(directory, 'empty.mp3');
      writeFileSync(path, '');
      const error = await decodeError(path);
      assert.deepEqual([error?.code, error?.file], ['EMPTY_FILE', path]);
    });
  });

  it('refuses other kinds of input as a bad argument', async () => {
    await assert.rejects(decodeAll(5 as never), /^TypeError: input: expected a path/);
    await assert.rejects(decodeAll(null as never), TypeError);
    await assert.rejects(decodeAll(new URL('https://radio.example/x')), /^TypeError: input: .*https:/);
    await assert.rejects(decodeAll('https://me:word@radio.example/x'), ({ message }: TypeError) => {
      return /an address \(https:\).*remoteAudio\(address\)/.test(message) && !message.includes('word');
    });
    await assert.rejects(decodeAll('rtsp://radio.example/x'), /^TypeError: input: .*another program/);
  });

  it('refuses options that there are none of', async () => {
    const path = audioPath('piece.flac');
    for (const decode of [decodeMono16k, decodeBlocks]) {
      await assert.rejects(
        decode(path, { chanel: 'left' } as object),
        /^TypeError: chanel: there is no such option/,
      );
      await assert.rejects(
        decode(path, { signal: true } as object),
        /^TypeError: signal: expected an AbortSignal/,
      );
    }
  });

  it('takes a file by its URL, its content as a Blob or an ArrayBuffer', async () => {
    const path = audioPath('piece.flac');
    const bytes = Uint8Array.from(audioBytes('piece.flac'));
    const url = pathToFileURL(path);
    for (const input of [url, url.href, new Blob([bytes]), bytes.buffer])
      assert.equal((await decodeAll(input)).channels[1]?.length, 3200);
    const named = await decodeError(new File(['x'.repeat(100)], 'talk.wav'));
    assert.equal(named?.file, 'talk.wav');
  });

  it('takes silence and very short audio for what they are', async () => {
    const { samples, summary } = await decodeAllMono(floatWav(silence(100)));
    assert.deepEqual([samples.length, summary.partial], [100, false]);
    assert.ok(samples.every((x) => x === 0));
    assert.equal((await decodeAllMono(floatWav([0.5]))).samples.length, 1);
  });

  it('takes loud floats and 64 channels', async () => {
    const { samples } = await decodeAllMono(floatWav([3, -3]));
    assert.deepEqual([...samples], [3, -3]);
    const frame = Array.from({ length: 64 }, (_, channel) => channel);
    const wide = await decodeAllMono(floatWav([...frame, ...frame], { channels: 64 }));
    assert.deepEqual([...wide.samples], [31.5, 31.5]);
  });
});

describe('cut and mislabelled files', () => {
  const cut = [
    'source.mp3',
    'source.vbr.mp3',
    'source.bare.mp3',
    'source.cover.mp3',
    'source.mp2',
    'source.opus',
    'source.vorbis.ogg',
    'source.spx',
    'source.adts.aac',
    'source.moov-first.m4a',
    'source.fragmented.mp4',
    'source.opus.webm',
    'source.vorbis.mka',
    'source.wma',
    'source.ac3',
    'source.eac3',
    'source.dts',
    'source.gsm.wav',
    'film.mkv',
    'film.webm',
    'film.avi',
    'piece.s16.wav',
    'piece.rf64.wav',
    'piece.w64',
    'piece.f32.wav',
    'piece.adpcm-ms.wav',
    'piece.aiff',
    'piece.caf',
    'piece.au',
    'piece.pcm.mkv',
  ];
  for (const name of cut) {
    it(`decodes half of ${name} and marks it as partial`, async () => {
      const whole = await decodeAllMono(audioPath(name));
      const { samples, summary } = await decodeAllMono(half(audioBytes(name)));
      assert.equal(summary.partial, true);
      assert.match(summary.partialReason ?? '', /ends after|breaks off|damaged/);
      assert.ok(samples.length > whole.samples.length * 0.2, `${samples.length}`);
      assert.ok(samples.length < whole.samples.length * 0.7, `${samples.length}`);
    });
  }

  const data = Buffer.alloc(32000, 1);
  it('decodes what is there under a header that claims 4 GB', async () => {
    for (const claimedDataBytes of [4_000_000_000, 0xfffffff0]) {
      const { samples, summary } = await decodeAllMono(
        Buffer.concat([wavHeader(data.length, { claimedDataBytes }), data]),
      );
      assert.deepEqual([samples.length, summary.partial], [16000, true]);
    }
  });

  it('takes the placeholder sizes of live recordings for no promise', async () => {
    for (const claimedDataBytes of [0, 0xffffffff, 0x7ffff000]) {
      const { samples, summary } = await decodeAllMono(
        Buffer.concat([wavHeader(data.length, { claimedDataBytes }), data]),
      );
      assert.deepEqual([samples.length, summary.partial], [16000, false], `${claimedDataBytes}`);
    }
  });

  it('silences what a damaged packet leaves, and counts it', async () => {
    const bytes = Uint8Array.from(audioBytes('source.adts.aac'));
    bytes.fill(0xff, 12000, 12400);
    const { samples, summary } = await decodeAllMono(bytes);
    assert.ok(summary.partial && summary.badPackets > 0);
    assert.ok(samples.every(Number.isFinite));
    assert.ok(samples.length > 30000);
  });
});
