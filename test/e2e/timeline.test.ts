import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { decodeBlocks } from '@ecapa/core';
import { ecapa, SAMPLES } from './cli.js';

interface Line {
  readonly file: string;
  readonly durationSeconds: number;
  readonly segments: { startSeconds: number; endSeconds: number; label: string; probability: number }[];
  readonly model: string;
  readonly head: string;
  readonly error?: { code: string; message: string };
}

const samples = readdirSync(SAMPLES).sort();

function lines(stdout: string): Line[] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
}

function truth(file: string): string {
  return basename(file).split('-')[0] ?? '';
}

/** Samples one after the other as a 16 kHz mono WAV, and where each begins. */
async function programme(names: readonly string[], path: string): Promise<number[]> {
  const parts: Int16Array[] = [];
  const starts: number[] = [];
  let length = 0;
  for (const name of names) {
    starts.push(length / 48_000);
    const decoding = await decodeBlocks(join(SAMPLES, name));
    for await (const { channels, sampleRate } of decoding.blocks) {
      const repeat = 48_000 / sampleRate;
      const frames = Math.floor((channels[0]?.length ?? 0) * repeat);
      const part = new Int16Array(frames);
      for (let i = 0; i < frames; i++) {
        const at = Math.floor(i / repeat);
        const sum = channels.reduce((total, channel) => total + (channel[at] ?? 0), 0);
        part[i] = Math.max(-32_768, Math.min(32_767, Math.round((32_768 * sum) / channels.length)));
      }
      parts.push(part);
      length += frames;
    }
  }
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + 2 * length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(48_000, 24);
  header.writeUInt32LE(96_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(2 * length, 40);
  writeFileSync(path, Buffer.concat([header, ...parts.map((part) => Buffer.from(part.buffer))]));
  return [...starts, length / 48_000];
}

describe('ecapa timeline', () => {
  let folder: string;
  let recording: string;
  let edges: number[];
  const parts = samples.filter((name) => /radio-talk|band|rain/.test(name));

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ecapa-timeline-'));
    recording = join(folder, 'programme.wav');
    edges = await programme(parts, recording);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('does a file that is named twice once, and loses none after it', async () => {
    const [first = '', second = '', third = ''] = samples.map((name) => join(SAMPLES, name));
    const ran = await ecapa(['timeline', '--json', first, second, second, third, first]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.deepEqual(
      lines(ran.stdout).map(({ file }) => file),
      [first, second, third],
    );
  });

  it('finds the parts of a recording and their boundaries', async () => {
    const { code, stdout, stderr } = await ecapa(['timeline', '--json', recording]);
    assert.equal(stderr, '');
    assert.equal(code, 0);
    const [line] = lines(stdout);
    assert.ok(line !== undefined);
    const heard = line.segments.filter(({ label }) => label !== 'silence');
    assert.deepEqual(
      heard.map(({ label }) => label),
      parts.map(truth),
    );
    for (const [index, segment] of heard.entries()) {
      assert.ok(
        Math.abs(segment.startSeconds - (edges[index] ?? 0)) < 0.5,
        `${segment.startSeconds} for ${edges[index]}`,
      );
    }
    let at = 0;
    for (const { startSeconds, endSeconds } of line.segments) {
      assert.equal(startSeconds, at);
      at = endSeconds;
    }
    assert.equal(at, line.durationSeconds);
    assert.ok(Math.abs(at - (edges.at(-1) ?? 0)) < 0.002);
    assert.ok(line.model !== '' && line.head !== '');
  });

  it('takes the same from standard input, and prints a table for people', async () => {
    const piped = await ecapa(['timeline', '--json', '-'], { input: readFileSync(recording) });
    const [line] = lines(piped.stdout);
    const [direct] = lines((await ecapa(['timeline', '--json', recording])).stdout);
    assert.deepEqual(line?.segments, direct?.segments);
    assert.equal(line?.file, 'standard input');
    const table = await ecapa(['timeline', recording]);
    assert.equal(table.code, 0);
    assert.match(table.stdout, /programme\.wav · 0:\d+\.\d+ · \d segments/);
    assert.match(table.stdout, /0:00\.00 - +0:\d+\.\d+ +music +\d+ %/);
  });

  it('writes formats to a file, or one file per input to a folder', async () => {
    for (const format of ['csv', 'textgrid', 'html']) {
      const output = join(folder, `out.${format}`);
      const { code, stdout } = await ecapa(['timeline', '--format', format, '-o', output, recording]);
      assert.deepEqual([code, stdout], [0, ''], format);
      assert.ok(readFileSync(output, 'utf8').includes('speech'), format);
    }
    const many = join(folder, 'many');
    assert.equal((await ecapa(['timeline', '--format', 'ina', '-o', many, SAMPLES])).code, 0);
    assert.equal(readdirSync(many).length, samples.length);
    assert.ok(
      readdirSync(many).every((name) =>
        readFileSync(join(many, name), 'utf8').startsWith('labels\tstart\tstop\n'),
      ),
    );
  });

  it('prints several files as one table under one heading', async () => {
    const { stdout } = await ecapa(['timeline', '--format', 'csv', SAMPLES]);
    const rows = stdout.trimEnd().split('\r\n');
    assert.equal(rows.filter((row) => row.startsWith('file,start,end,')).length, 1);
    const files = new Set(rows.slice(1).map((row) => basename(row.split(',')[0] ?? '')));
    assert.deepEqual([...files], samples);
  });

  it('cuts, keeps and masks to the sample, at the recording’s own rate', async () => {
    const [line] = lines((await ecapa(['timeline', '--json', recording])).stdout);
    const music = line?.segments.filter(({ label }) => label === 'music') ?? [];
    const seconds = music.reduce((sum, { startSeconds, endSeconds }) => sum + endSeconds - startSeconds, 0);
    const cuts = join(folder, 'cuts');
    assert.equal((await ecapa(['timeline', '--cut', 'music', '-o', cuts, recording])).code, 0);
    assert.equal(readdirSync(cuts).length, music.length);
    const kept = join(folder, 'kept.wav');
    assert.equal((await ecapa(['timeline', '--keep', 'music', '-o', kept, recording])).code, 0);
    const masked = join(folder, 'masked.wav');
    assert.equal((await ecapa(['timeline', '--mask', 'music', '-o', masked, recording])).code, 0);
    assert.equal(await frames(kept), Math.round(seconds * 48_000));
    assert.equal(await frames(masked), await frames(recording));
    const none = await ecapa(['timeline', '--cut', 'unknown', '-o', cuts, recording]);
    assert.equal(none.code, 0);
    assert.match(none.stderr, /no unknown, so nothing was written/);
  });

  it('resumes a folder without doing anything twice, and reports bad files each time', async () => {
    const archive = join(folder, 'archive');
    mkdirSync(archive);
    for (const name of samples) copyFileSync(join(SAMPLES, name), join(archive, name));
    writeFileSync(join(archive, 'text.wav'), 'this is no audio, whatever it is called'.repeat(50));
    const journal = join(folder, 'archive.journal');
    const first = await ecapa(['timeline', '--json', '--resume', journal, archive]);
    assert.equal(first.code, 1);
    const written = readFileSync(journal, 'utf8');
    assert.equal(written.trimEnd().split('\n').length, samples.length + 1);
    const second = await ecapa(['timeline', '--json', '--resume', journal, archive]);
    assert.equal(second.code, 1);
    assert.equal(second.stdout, first.stdout);
    assert.equal(readFileSync(journal, 'utf8'), written);
    const failed = lines(first.stdout).find((line) => line.error !== undefined);
    assert.equal(failed?.error?.code, 'NOT_AUDIO');
    const sorted = lines(
      (await ecapa(['timeline', '--json', '--least-sure-first', '--resume', journal, archive])).stdout,
    );
    assert.equal(sorted.at(-1)?.error?.code, 'NOT_AUDIO');
    assert.equal(sorted.length, samples.length + 1);
  });

  it('calls wrong usage by its name and writes nothing', async () => {
    const output = join(folder, 'never');
    const wrong: [string[], RegExp][] = [
      [['--window', '1', '--hop', '2'], /hopSeconds/],
      [['--window', '-1'], /--window/],
      [['--window', '1e9'], /windowSeconds/],
      [['--format', 'xls'], /--format/],
      [['--cut', 'jazz', '-o', output], /no label "jazz"/],
      [['--cut', 'music', '--keep', 'music', '-o', output], /together/],
    ];
    for (const [args, message] of wrong) {
      const { code, stdout, stderr } = await ecapa(['timeline', ...args, recording]);
      assert.deepEqual([code, stdout], [2, ''], args.join(' '));
      assert.match(stderr, message);
    }
    assert.equal(
      (await ecapa(['timeline', '--cut', 'music', '-'], { input: readFileSync(recording) })).code,
      2,
    );
    assert.ok(!existsSync(output));
    const unwritable = await ecapa([
      'timeline',
      '--format',
      'csv',
      '-o',
      join(folder, 'no', 'where.csv'),
      recording,
    ]);
    assert.equal(unwritable.code, 1);
    assert.match(unwritable.stderr, /WRITE_FAILED/);
  });
});

async function frames(path: string): Promise<number> {
  const decoding = await decodeBlocks(path);
  let count = 0;
  for await (const { channels } of decoding.blocks) count += channels[0]?.length ?? 0;
  return count;
}
