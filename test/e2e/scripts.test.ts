import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jsonLines, REPOSITORY, SAMPLES } from './cli.js';

/** npm as a user calls it, in the repository. */
function npm(...args: string[]): { code: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync('npm', args, {
    cwd: REPOSITORY,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  return { code: status, stdout, stderr };
}

describe('README commands', () => {
  const sample = join(SAMPLES, readdirSync(SAMPLES).sort()[0] ?? '');

  it('npm start -- --json FILE prints verdicts on standard output and nothing else', () => {
    const { code, stdout } = npm('start', '--', '--json', sample);
    assert.equal(code, 0);
    const lines = jsonLines(stdout);
    assert.equal(lines.length, 1);
    assert.equal(lines[0]?.file, sample);
  });

  it('npm start without files classifies the samples and prints what to try next', () => {
    const { code, stdout, stderr } = npm('start');
    assert.equal(code, 0);
    assert.equal(stdout.trimEnd().split('\n').length, readdirSync(SAMPLES).length + 1);
    assert.match(stderr, /npm start -- recording\.mp3/);
  });

  it('npm run -s ecapa -- embed prints the embedding as one JSON object', () => {
    const { code, stdout } = npm('run', '-s', 'ecapa', '--', 'embed', sample, '--json');
    assert.equal(code, 0);
    const [line] = jsonLines(stdout);
    assert.equal(line?.embedding?.length, 192);
    assert.ok(line?.embedding?.every(Number.isFinite));
  });

  it('exit codes reach the shell', () => {
    assert.equal(npm('start', '--', 'no-such-file.wav').code, 1);
    assert.equal(npm('start', '--', '--no-such-option').code, 2);
  });

  it('takes names relative to where the user stands', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ecapa-cwd-'));
    try {
      writeFileSync(join(folder, 'here.wav'), readFileSync(sample));
      const { status, stdout } = spawnSync(
        process.execPath,
        [join(REPOSITORY, 'scripts', 'ecapa.mjs'), 'classify', '--json', 'here.wav'],
        {
          encoding: 'utf8',
          env: { ...process.env, INIT_CWD: folder },
        },
      );
      assert.equal(status, 0);
      assert.equal(jsonLines(stdout)[0]?.file, 'here.wav');
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
