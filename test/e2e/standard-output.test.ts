import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { CLI, SAMPLES } from './cli.js';

describe('standard output', () => {
  it('on a full disk is an error that is printed, not a silent end', function () {
    if (!existsSync('/dev/full')) this.skip();
    const recording = join(SAMPLES, 'speech-announcement.mp3');
    for (const command of ['classify', 'timeline']) {
      const full = openSync('/dev/full', 'w');
      const args = [CLI, command, '--json', recording];
      const ran = spawnSync(process.execPath, args, { stdio: ['ignore', full, 'pipe'], encoding: 'utf8' });
      closeSync(full);
      assert.equal(ran.status, 1);
      assert.match(ran.stderr, /^ecapa: standard output: no space left .*\[DISK_FULL\]\n$/);
    }
  });
});
