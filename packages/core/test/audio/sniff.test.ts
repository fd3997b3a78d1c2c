import assert from 'node:assert/strict';
import { mpegAudioFrame } from '../../src/audio/mpeg-frames.js';
import { firstMpegFrame, SNIFF_BYTES, sniff } from '../../src/audio/sniff.js';
import { audioBytes, audioNames, randomNumbers } from './fixtures.js';

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

function randomBytes(length: number): Uint8Array {
  const random = randomNumbers(3);
  return Uint8Array.from({ length }, () => Math.floor(random() * 256));
}

describe('sniff', () => {
  it('takes every fixture for media, or leaves it to the decoder', () => {
    const unknown = audioNames().filter((name) => {
      const { kind } = sniff(audioBytes(name).subarray(0, 4096));
      assert.notEqual(kind, 'foreign', name);
      return kind === 'unknown';
    });
    // A GSM stream has no header.
    assert.deepEqual(unknown, ['source.gsm']);
  });

  const named: readonly (readonly [string, string, string])[] = [
    ['RIFF\x24\0\0\0WAVEfmt ', 'media', 'a WAV file'],
    ['\0\0\0\x18ftypM4A ', 'media', 'an MP4 file'],
    ['\xff\xfb\x90\x64\0\0', 'media', 'an MPEG audio stream'],
    ['\xff\xf1\x50\x80\0\0', 'media', 'an MPEG audio stream'],
    ['\xff\xfeh\0e\0l\0l\0o\0', 'foreign', 'UTF-16 text'],
    ['\xff\xd8\xff\xe0\0\x10JFIF', 'foreign', 'a JPEG image'],
    ['%PDF-1.7\n%\xe2\xe3', 'foreign', 'a PDF document'],
    ['PK\x03\x04\x14\0', 'foreign', 'a ZIP archive or office document'],
    ['MThd\0\0\0\x06', 'foreign', 'a MIDI score, which holds notes and no sound'],
    ['<html><body>', 'foreign', 'an HTML page'],
    ['#EXTM3U\nsong.mp3\n', 'foreign', 'a playlist'],
    ['{"a": 1}\n', 'foreign', 'plain text'],
    ['caf\xc3\xa9', 'foreign', 'plain text'],
    ['caf\xc3', 'foreign', 'plain text'],
    ['caf\xe9 \x01\x02', 'unknown', 'content of an unknown kind'],
    ['', 'foreign', 'empty'],
  ];
  for (const [bytes, kind, name] of named) {
    it(`detects ${name} (${JSON.stringify(bytes.slice(0, 8))})`, () => {
      const found = sniff(latin1(bytes));
      assert.deepEqual([found.kind, found.name], [kind, name]);
    });
  }

  it('tells what can be decoded from its beginning to its end, MP4 by the order of its boxes', () => {
    const streams = (bytes: Uint8Array): boolean => sniff(bytes.subarray(0, SNIFF_BYTES)).streams === true;
    for (const name of ['piece.s16.wav', 'source.mp3', 'source.moov-first.m4a', 'source.fragmented.mp4'])
      assert.ok(streams(audioBytes(name)), name);
    for (const name of ['source.moov-last.m4a', 'piece.caf', 'film.avi'])
      assert.ok(!streams(audioBytes(name)), name);
    const padded = latin1(`\0\0\0\x10ftypM4A \0\0\0\0\0\0\0\x0cfree....\0\0\x01\0moov`);
    assert.ok(streams(padded));
    assert.ok(!streams(latin1('\0\0\0\x10ftypM4A \0\0\0\0\0\0\xff\xfffree'))); // it lies beyond what is seen
  });

  it('finds the frames of a stream that begins in the middle of one', () => {
    const aac = audioBytes('source.adts.aac');
    const frame = mpegAudioFrame(aac.subarray(0, 6));
    assert.equal(firstMpegFrame(aac.subarray(10)), (frame?.bytes ?? 0) - 10);
    assert.equal(firstMpegFrame(randomBytes(4096)), -1);
  });

  it('answers for any bytes of any length', () => {
    const random = randomNumbers(7);
    for (let length = 0; length < 600; length++) {
      const { name } = sniff(Uint8Array.from({ length }, () => Math.floor(random() * 256)));
      assert.ok(name.length > 0);
    }
  });
});
