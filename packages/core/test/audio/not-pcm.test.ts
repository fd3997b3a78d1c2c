import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { plainlyNotPcm } from '../../src/audio/not-pcm.js';
import { SNIFF_BYTES } from '../../src/audio/sniff.js';

const SAMPLES = fileURLToPath(new URL('../../../../test/fixtures/samples', import.meta.url));
const named = (bytes: Uint8Array): string | undefined => plainlyNotPcm(bytes.subarray(0, SNIFF_BYTES))?.name;

describe('bytes where PCM is expected', () => {
  it('are audio files of every kind of sample that comes along', () => {
    const files = readdirSync(SAMPLES).filter((name) => /\.(mp3|opus|flac|m4a|wav|ogg)$/.test(name));
    assert.ok(files.length >= 5);
    for (const file of files) assert.ok(named(readFileSync(join(SAMPLES, file))), file);
  });

  it('are audio files as ffmpeg writes them, with as few marks as it can', function () {
    if (spawnSync('ffmpeg', ['-version']).status !== 0) {
      console.log('      skipped: no ffmpeg is installed');
      this.skip();
    }
    const folder = mkdtempSync(join(tmpdir(), 'ecapa-not-pcm-'));
    try {
      const speech = join(SAMPLES, 'speech-announcement.mp3');
      const wanted: readonly (readonly [string, ...string[]])[] = [
        ['a.mp3', '-id3v2_version', '0', '-write_xing', '0'],
        ['low.mp3', '-id3v2_version', '0', '-write_xing', '0', '-ar', '16000', '-b:a', '24k'],
        ['lower.mp3', '-id3v2_version', '0', '-write_xing', '0', '-ar', '8000', '-b:a', '16k'],
        ['a.mp2'],
        ['a.aac'],
        ['a.webm'],
        ['a.aiff'],
        ['a.caf'],
        ['a.mkv'],
        ['a.wma'],
        ['a.au'],
        ['a.ts'],
        ['a.flac'],
        ['a.ogg', '-c:a', 'libvorbis'],
        ['a.m4a'],
      ];
      for (const [name, ...more] of wanted) {
        const file = join(folder, name);
        const { status, stderr } = spawnSync('ffmpeg', [
          '-y',
          '-loglevel',
          'error',
          '-i',
          speech,
          '-vn',
          ...more,
          file,
        ]);
        assert.equal(status, 0, String(stderr));
        assert.ok(named(readFileSync(file)), name);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('are pages, pictures and archives', () => {
    const text = '<!doctype html><title>Not found</title>'.padEnd(100);
    assert.equal(named(Buffer.from(text)), 'an HTML page');
    assert.equal(
      named(Buffer.from('no such file or directory, said the server, and sent this text')),
      undefined,
    );
    assert.equal(
      named(Buffer.from('no such file or directory, said the server, and it sent this text')),
      'plain text',
    );
    assert.equal(named(Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1')), 'a PNG image');
    assert.equal(named(Buffer.from('PK\x03\x04\0\0', 'latin1')), 'a ZIP archive or office document');
  });

  it('may be samples whatever those begin with: silence, quiet noise, loud noise, tones, each value of the first sample', () => {
    let state = 1;
    const random = (): number => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
      return state / 1_073_741_824 - 1;
    };
    const check = (samples: Int16Array, what: string) =>
      assert.equal(named(new Uint8Array(samples.buffer)), undefined, what);
    check(new Int16Array(4000), 'silence');
    for (const amplitude of [1, 3, 30, 300, 3000, 32_000]) {
      for (let round = 0; round < 500; round++) {
        const noise = Int16Array.from({ length: 2048 }, () => Math.round(amplitude * random()));
        check(noise, `noise of ${amplitude}`);
      }
    }
    for (let first = -32_768; first < 32_768; first++) {
      check(Int16Array.of(first, first, first, first + 1, 0, -1, 2, -3), `from ${first}`);
    }
    for (let first = -2000; first < 2000; first++) {
      check(
        Int16Array.from({ length: 2048 }, (_, i) => first + Math.round(8000 * Math.sin(i / 5))),
        `tone from ${first}`,
      );
    }
    check(new Int16Array(new Float32Array(1000).fill(0.1).buffer), 'floats');
  }).timeout(60_000);
});
