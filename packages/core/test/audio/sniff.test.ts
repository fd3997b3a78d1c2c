import assert from 'node:assert/strict';
import { sniff } from '../../src/audio/sniff.js';
import { audioBytes, audioNames, randomNumbers } from './fixtures.js';

const latin1 = (text: string): Uint8Array => Buffer.from(text, 'latin1');

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
      assert.deepEqual(sniff(latin1(bytes)), { kind, name });
    });
  }

  it('answers for any bytes of any length', () => {
    const random = randomNumbers(7);
    for (let length = 0; length < 600; length++) {
      const { name } = sniff(Uint8Array.from({ length }, () => Math.floor(random() * 256)));
      assert.ok(name.length > 0);
    }
  });
});
