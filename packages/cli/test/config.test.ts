import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { applyConfig, loadConfig } from '../src/config.js';
import { UsageError } from '../src/terminal/failure.js';

describe('configuration', () => {
  let folder: string;
  const before = process.env.XDG_CONFIG_HOME;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ecapa-config-'));
    process.env.XDG_CONFIG_HOME = join(folder, 'home');
    mkdirSync(join(folder, 'home', 'ecapa'), { recursive: true });
    mkdirSync(join(folder, 'project', 'deep'), { recursive: true });
  });
  afterEach(() => {
    if (before === undefined) delete process.env.XDG_CONFIG_HOME;
    else process.env.XDG_CONFIG_HOME = before;
    rmSync(folder, { recursive: true });
  });
  const write = (path: string, content: unknown) =>
    writeFileSync(join(folder, path), typeof content === 'string' ? content : JSON.stringify(content));
  const load = () => loadConfig(join(folder, 'project', 'deep'));

  it('is empty where there is none', async () => assert.deepEqual(await load(), {}));

  it('comes from the nearest folder upwards, with paths from there', async () => {
    write('project/ecapa.config.json', { head: './birds.json', workers: 2 });
    assert.deepEqual(await load(), { head: join(folder, 'project', 'birds.json'), workers: 2 });
  });

  it('may be the key "ecapa" of a package.json', async () => {
    write('project/package.json', { name: 'x', ecapa: { model: 'voxceleb' } });
    assert.deepEqual(await load(), { model: 'voxceleb' });
  });

  it('goes before the file of the user, which alone may name a program', async () => {
    write('home/ecapa/config.json', { workers: 1, ffmpeg: '/usr/bin/ffmpeg' });
    write('project/ecapa.config.json', { workers: 3 });
    assert.deepEqual(await load(), { workers: 3, ffmpeg: '/usr/bin/ffmpeg' });
    write('project/ecapa.config.json', { ffmpeg: '/tmp/evil' });
    await assert.rejects(load(), (error) => error instanceof UsageError && /ffmpeg: /.test(error.message));
  });

  for (const [what, content] of [
    ['text that is not JSON', '{'],
    ['a list', []],
    ['an unknown setting', { modle: 'x' }],
    ['workers as text', { workers: '4' }],
    ['a head that is a number', { head: 5 }],
  ] as const) {
    it(`refuses ${what}, naming the file`, async () => {
      write('project/ecapa.config.json', content);
      await assert.rejects(
        load(),
        (error) => error instanceof UsageError && /ecapa\.config\.json/.test(error.message),
      );
    });
  }

  it('sets what the command line leaves open', async () => {
    write('home/ecapa/config.json', { workers: 7, model: 'other' });
    const command = new Command('x')
      .option('--workers <n>')
      .option('--model <id>')
      .parse(['--model', 'mine'], { from: 'user' });
    await applyConfig(command);
    assert.deepEqual(command.opts(), { workers: 7, model: 'mine' });
  });
});
