import assert from 'node:assert/strict';
import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { ecapa, jsonLines, SAMPLES } from './cli.js';

const samples = readdirSync(SAMPLES).sort();

/** Samples are named after what they are: speech-….wav. */
function truth(file: string): string {
  return basename(file).split('-')[0] ?? '';
}

describe('ecapa classify', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ecapa-e2e-'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('is right about the sample clips and prints one JSON object a line, in order', async () => {
    const { code, stdout, stderr } = await ecapa(['classify', '--json', SAMPLES]);
    assert.equal(stderr, '');
    assert.equal(code, 0);
    const lines = jsonLines(stdout);
    assert.deepEqual(
      lines.map((line) => basename(line.file)),
      samples,
    );
    for (const line of lines) {
      assert.equal(line.label, truth(line.file), JSON.stringify(line));
      const probabilities = line.probabilities ?? {};
      assert.deepEqual(Object.keys(probabilities), ['music', 'noise', 'speech']);
      const sum = Object.values(probabilities).reduce((a, b) => a + b, 0);
      assert.ok(Math.abs(sum - 1) < 1e-9);
      assert.equal(line.probability, Math.max(...Object.values(probabilities)));
      assert.ok(Number(line.durationSeconds) > 1);
      assert.ok(typeof line.model === 'string' && typeof line.head === 'string');
    }
  });

  it('prints nothing on standard error, however many workers share the work', async () => {
    const { stderr, code } = await ecapa([
      'classify',
      '--json',
      '--workers',
      '6',
      ...Array<string>(3).fill(SAMPLES),
      `${SAMPLES}/*`,
    ]);
    assert.deepEqual([stderr, code], ['', 0]);
  });

  it('prints a table for people', async () => {
    const { code, stdout } = await ecapa(['classify', SAMPLES]);
    assert.equal(code, 0);
    assert.match(stdout, /^file .*verdict .*music .*noise .*speech/);
    assert.match(stdout, /speech-\S+ +speech +\d+\.\d%/);
    assert.equal(stdout.trimEnd().split('\n').length, samples.length + 1);
  });

  it('prints what the seed project prints with --seed-style', async () => {
    const speech = samples.find((name) => truth(name) === 'speech') ?? '';
    const { stdout } = await ecapa(['classify', '--seed-style', join(SAMPLES, speech)]);
    assert.match(
      stdout,
      /^Predicted Class: speech\nClass order: \['music' 'noise' 'speech'\]\nClass Probabilities: \[0\.\d{8} 0\.\d{8} 0\.\d{8}\]\n$/,
    );
  });

  it('reads standard input and prints the same as for the file', async () => {
    const file = join(SAMPLES, samples[0] ?? '');
    const [named] = jsonLines((await ecapa(['classify', '--json', file])).stdout);
    const [piped] = jsonLines(
      (await ecapa(['classify', '--json', '-'], { input: readFileSync(file) })).stdout,
    );
    assert.deepEqual({ ...piped, file: '' }, { ...named, file: '' });
    assert.equal(piped?.file, '-');
  });

  it('takes globs and names with spaces and other scripts', async () => {
    const odd = join(folder, 'ünï cödé [1] 音.bin');
    copyFileSync(join(SAMPLES, samples[0] ?? ''), odd);
    const lines = jsonLines((await ecapa(['classify', '--json', odd, join(SAMPLES, 'speech-*')])).stdout);
    assert.equal(lines[0]?.label, truth(samples[0] ?? ''));
    assert.ok(lines.length > 1 && lines.slice(1).every((line) => line.label === 'speech'));
  });

  it('gives each bad file its own code, continues, and exits with 1', async () => {
    const bad = join(folder, 'bad');
    mkdirSync(bad);
    mkdirSync(join(folder, 'empty folder'));
    writeFileSync(join(bad, 'empty.wav'), '');
    writeFileSync(
      join(bad, 'text.mp3'),
      'This is not audio, it is a shopping list: milk, bread, cheese.\n'.repeat(20),
    );
    writeFileSync(join(bad, 'silence.wav'), wav(new Int16Array(16_000)));
    writeFileSync(join(bad, 'short.wav'), wav(new Int16Array(300).map((_, i) => 8000 * Math.sin(i))));
    writeFileSync(join(bad, 'no-samples.wav'), wav(new Int16Array(0)));
    symlinkSync(bad, join(bad, 'loop'));
    const good = join(SAMPLES, samples[0] ?? '');
    const { code, stdout } = await ecapa([
      'classify',
      '--json',
      bad,
      join(folder, 'empty folder'),
      join(folder, 'missing.wav'),
      good,
    ]);
    assert.equal(code, 1);
    const outcome = Object.fromEntries(
      jsonLines(stdout).map((line) => [basename(line.file), line.error?.code ?? line.label]),
    );
    assert.deepEqual(outcome, {
      'empty.wav': 'EMPTY_FILE',
      'no-samples.wav': 'NO_SAMPLES',
      'short.wav': 'TOO_SHORT',
      'silence.wav': 'silence',
      'text.mp3': 'NOT_AUDIO',
      'empty folder': 'NO_AUDIO_FILES',
      'missing.wav': 'FILE_NOT_FOUND',
      [samples[0] ?? '']: truth(samples[0] ?? ''),
    });
    for (const line of jsonLines(stdout)) {
      const { error } = line;
      if (error !== undefined) assert.ok(error.message.includes(basename(line.file)), error.message);
    }
  });

  it('reports that a file may not be read', async function () {
    if (process.getuid?.() === 0) {
      console.log('      skipped: root may read everything');
      this.skip();
    }
    const locked = join(folder, 'locked.wav');
    copyFileSync(join(SAMPLES, samples[0] ?? ''), locked);
    chmodSync(locked, 0);
    const [line] = jsonLines((await ecapa(['classify', '--json', locked])).stdout);
    assert.equal(line?.error?.code, 'PERMISSION_DENIED');
  });

  it('gives names of files no power over the terminal', async function () {
    if (process.platform === 'win32') this.skip(); // where no name can hold such
    const hostile = join(folder, 'a\x1b[2Jb\u202ec');
    mkdirSync(hostile);
    writeFileSync(join(hostile, 'x\x1b]0;t\x07\ny.wav'), 'no audio');
    writeFileSync(join(hostile, 'z\x9b31m\u2066.txt'), 'text');
    copyFileSync(join(SAMPLES, samples[0] ?? ''), join(hostile, `\x7f${samples[0]}`));
    for (const style of [[], ['--json'], ['--seed-style']]) {
      const { stdout, stderr } = await ecapa(['classify', '--show-skipped', ...style, hostile]);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
      assert.doesNotMatch(stdout + stderr, /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/);
      assert.match(stdout + stderr, /2Jb/);
    }
  });

  it('exits with 2 for wrong usage and prints what is right', async () => {
    for (const args of [
      ['classify'],
      ['classify', '--jsn', 'x'],
      ['nonsense'],
      ['classify', '--workers', '0', 'x'],
    ]) {
      const { code, stdout, stderr } = await ecapa(args);
      assert.equal(code, 2, args.join(' '));
      assert.equal(stdout, '');
      assert.match(stderr, /error: /);
    }
  });

  it('stops at once on Ctrl-C', async () => {
    const many = join(folder, 'many');
    mkdirSync(many);
    for (let i = 0; i < 400; i++)
      copyFileSync(join(SAMPLES, samples[0] ?? ''), join(many, `${i}-${samples[0]}`));
    let isInterrupted = false;
    const { code, stdout } = await ecapa(['classify', '--json', many], {
      onOutput: (kill) => {
        if (!isInterrupted) {
          isInterrupted = true;
          kill('SIGINT');
        }
      },
    });
    assert.equal(code, 130);
    assert.ok(stdout.endsWith('\n') && jsonLines(stdout).length < 400, 'whole lines, and not all of them');
  });

  it('refuses a head of another model', async () => {
    const head = join(folder, 'other.json');
    writeFileSync(head, '{"format":"ecapa-head"}');
    const { code, stderr } = await ecapa(['classify', '--head', head, SAMPLES]);
    assert.equal(code, 1);
    assert.match(stderr, /HEAD_INVALID/);
  });
});

/** A minimal 16-bit mono WAV file at 16 kHz. */
function wav(samples: Int16Array): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0);
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(16_000, 24);
  header.writeUInt32LE(32_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]);
}
