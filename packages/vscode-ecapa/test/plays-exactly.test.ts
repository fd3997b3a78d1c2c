import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { playsExactly } from '../src/features/timeline/plays-exactly.js';

const SAMPLES = join(__dirname, '..', '..', '..', 'test', 'fixtures', 'samples');

/** A frame header of MPEG-1 layer III, 128 kbit/s, 44.1 kHz, with a tag where its encoder would write one. */
function mp3(tag: string): Buffer {
  const frame = Buffer.alloc(417);
  frame.set([0xff, 0xfb, 0x90, 0x00]);
  frame.write(tag, 36, 'latin1');
  return frame;
}

function withId3(bytes: Buffer, tagBytes: number): Buffer {
  const size = [21, 14, 7, 0].map((shift) => (tagBytes >> shift) & 0x7f);
  return Buffer.concat([
    Buffer.from('ID3\x04\x00\x00', 'latin1'),
    Buffer.from(size),
    Buffer.alloc(tagBytes),
    bytes,
  ]);
}

describe('whether a browser plays what the decoder gives', () => {
  const folder = mkdtempSync(join(tmpdir(), 'ecapa-exact-'));
  after(() => rmSync(folder, { recursive: true }));
  const cases: readonly (readonly [name: string, bytes: Buffer, isExact: boolean])[] = [
    ['MP3 of constant rate', mp3('Info'), true],
    ['MP3 of constant rate behind a large picture', withId3(mp3('Info'), 100_000), true],
    ['MP3 of variable rate', mp3('Xing'), false],
    ['MP3 without a tag', mp3(''), false],
    ['MP3 without a tag behind ID3', withId3(mp3(''), 300), false],
    ['ADTS', Buffer.from([0xff, 0xf1, 0x50, 0x80, 0, 0, 0]), false],
    ['AC-3', Buffer.from([0x0b, 0x77, 0, 0, 0]), false],
    ['WAV', Buffer.from('RIFF\x00\x00\x00\x00WAVEfmt ', 'latin1'), true],
    ['AVI', Buffer.from('RIFF\x00\x00\x00\x00AVI LIST', 'latin1'), false],
    ['nothing', Buffer.alloc(0), false],
  ];
  for (const [name, bytes, isExact] of cases)
    it(`${name}: ${isExact ? 'yes' : 'no'}`, async () => {
      const path = join(folder, 'recording');
      writeFileSync(path, bytes);
      assert.equal(await playsExactly(path), isExact);
    });

  it('knows real files', async () => {
    for (const name of ['speech-radio-talk.flac', 'music-trio.m4a', 'noise-machine.ogg'])
      assert.equal(await playsExactly(join(SAMPLES, name)), true, name);
    assert.equal(await playsExactly(join(SAMPLES, 'none')), false);
  });
});
