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
import { join } from 'node:path';
import { ecapa, SAMPLES } from './cli.js';
import { Live } from './live-command.js';

describe('what ecapa timeline writes', () => {
  const speech = join(SAMPLES, 'speech-announcement.mp3');
  let folder: string;
  const at = (...parts: string[]): string => join(folder, ...parts);

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ecapa-output-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('has a name of its own for each recording, and is never one of the recordings', async () => {
    mkdirSync(at('a'));
    mkdirSync(at('b'));
    for (const file of [at('a/talk.mp3'), at('b/talk.mp3')]) copyFileSync(speech, file);
    for (const [mode, ending] of [
      ['--keep', '.wav'],
      ['--mask', '.wav'],
      ['--cut', /^talk(-2)?\.speech\.[\d.]+-[\d.]+\.wav$/],
    ] as const) {
      const parts = at(`parts${mode}`);
      const ran = await ecapa(['timeline', mode, 'speech', '-o', parts, at('a/talk.mp3'), at('b/talk.mp3')]);
      assert.equal(ran.code, 0, ran.stderr);
      const names = readdirSync(parts).sort();
      if (typeof ending === 'string') assert.deepEqual(names, ['talk-2.speech.wav', 'talk.speech.wav']);
      else assert.ok(names.some((name) => name.startsWith('talk-2.')) && names.every((n) => ending.test(n)));
    }
    copyFileSync(speech, at('talk.mp3'));
    copyFileSync(speech, at('talk.speech.wav'));
    await ecapa(['timeline', '--keep', 'speech', 'talk.mp3', 'talk.speech.wav'], { cwd: folder });
    assert.deepEqual(readFileSync(at('talk.speech.wav')), readFileSync(speech));
    assert.ok(existsSync(at('talk-2.speech.wav')));
  });

  it('does not replace the recording with its timeline', async () => {
    const recording = at('talk.mp3');
    copyFileSync(speech, recording);
    for (const args of [['--json'], ['--keep', 'speech']]) {
      const ran = await ecapa(['timeline', ...args, '-o', recording, recording]);
      assert.equal(ran.code, 2);
      assert.match(ran.stderr, /is the recording itself/);
      assert.deepEqual(readFileSync(recording), readFileSync(speech));
    }
  });

  it('leaves out what cannot be cut, reports it, and cuts the rest', async () => {
    const mixed = at('mixed.mp3');
    const other = readFileSync(join(SAMPLES, 'music-band.mp3'));
    writeFileSync(mixed, Buffer.concat([readFileSync(speech), other]));
    copyFileSync(speech, at('talk.mp3'));
    const parts = at('parts');
    const ran = await ecapa(['timeline', '--json', '--mask', 'speech', '-o', parts, mixed, at('talk.mp3')]);
    assert.equal(ran.code, 1);
    assert.match(ran.stderr, /mixed\.mp3: its sample rate .*\[UNSUPPORTED_LAYOUT\]/);
    assert.equal(ran.stdout.trimEnd().split('\n').length, 2);
    assert.deepEqual(readdirSync(parts), ['talk.speech.wav']);
  });

  it('is not several recordings glued together on standard output', async () => {
    const other = join(SAMPLES, 'noise-rain.opus');
    const ran = await ecapa(['timeline', '--format', 'webvtt', speech, other]);
    assert.deepEqual([ran.code, ran.stdout], [2, '']);
    assert.match(ran.stderr, /-o FOLDER/);
  });

  it('prints what was heard of a stream where it cannot be written', async () => {
    mkdirSync(at('gone'));
    const live = new Live(['timeline', '--json', '-o', at('gone/talk.json'), '-']);
    const bytes = readFileSync(speech);
    for (let round = 0; round < 20; round++) await live.write(bytes); // more than a pipe holds: it is being read
    rmSync(at('gone'), { recursive: true });
    live.end();
    assert.equal((await live.ended).code, 1);
    assert.match(
      live.stderr,
      /talk\.json could not be written, so that what was heard is printed\n.*\[[A-Z_]+\]\n$/s,
    );
    const { segments } = JSON.parse(live.stdout) as { segments: { label: string }[] };
    assert.equal(segments[0]?.label, 'speech');
  }).timeout(60_000);
});
