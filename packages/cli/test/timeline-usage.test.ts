import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkOneRecording, checkUsage } from '../src/commands/timeline/timeline-usage.js';

describe('timeline usage', () => {
  it('refuses a pipe as it refuses standard input, where a recording is read twice', async function () {
    if (process.platform === 'win32') this.skip();
    const folder = await mkdtemp(join(tmpdir(), 'ecapa-pipe-'));
    const pipe = join(folder, 'pipe');
    try {
      execFileSync('mkfifo', [pipe]);
      for (const name of ['-', pipe]) {
        await assert.rejects(checkUsage([name], { keep: 'speech' }, undefined), {
          name: 'RangeError',
          message: /(standard input|a pipe) is gone once it is heard/,
        });
        await assert.rejects(checkUsage([name], { resume: 'journal' }, undefined), {
          name: 'RangeError',
          message: /(standard input|a pipe) is not a file, and --resume remembers files/,
        });
        await checkUsage([name], {}, undefined);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('prints several recordings only in formats that can hold several', () => {
    for (const format of ['audacity', 'textgrid', 'webvtt', 'ina', 'svg', 'html']) {
      assert.throws(() => checkOneRecording(format, 2, {}), /holds one recording.*-o FOLDER/);
      assert.throws(() => checkOneRecording(format, 2, { output: 'parts', cut: 'speech' }), /run of its own/);
      checkOneRecording(format, 1, {});
      checkOneRecording(format, 2, { output: 'folder' });
    }
    for (const format of [undefined, 'json', 'jsonl', 'csv', 'tsv', 'rttm']) checkOneRecording(format, 2, {});
  });
});
