import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { symlinkSync, truncateSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { RunSummary } from '../../../src/features/classify/state/runs.js';
import { contentFingerprint } from '../../../src/features/timeline/content-fingerprint.js';
import { cleared, doneResult, failedResult } from './results-world.js';
import { copySample, freshFolder, until, writeWav } from './workspace.js';

const GIGABYTE = 1024 ** 3;

describe('what is no recording, or ends long before its file does', function () {
  this.timeout(300_000); // a busy machine is no failure

  before(function () {
    if (process.platform === 'win32') this.skip(); // there are no such files
  });

  it('is passed over with a reason, and never waited for', async () => {
    const { store, timelines } = await cleared();
    const folder = freshFolder('special');
    const file = (name: string): vscode.Uri => vscode.Uri.file(join(folder, name));
    const good = copySample('noise-rain.opus', folder);
    execFileSync('mkfifo', [file('pipe.wav').fsPath]);
    symlinkSync('/dev/zero', file('device.wav').fsPath);
    const socket = createServer().listen(file('socket.wav').fsPath);
    const zeros = writeWav(file('zeros.wav').fsPath, 1, (i) => 0.3 * Math.sin(i / 10));
    truncateSync(zeros.fsPath, 3 * GIGABYTE);
    try {
      const summary = await vscode.commands.executeCommand<RunSummary>(
        'ecapa.classifyFolder',
        vscode.Uri.file(folder),
      );
      assert.deepEqual(summary, { done: 5, failed: 3, fresh: 0, total: 5, isCancelled: false });
      assert.equal(doneResult(store, good).verdict.label, 'noise');
      assert.equal(doneResult(store, zeros).verdict.durationSeconds, 1, 'the container says where it ends');
      for (const name of ['pipe.wav', 'device.wav', 'socket.wav']) {
        const { code, message } = failedResult(store, file(name)).error;
        assert.equal(code, 'READ_FAILED', name);
        assert.match(message, /this is a pipe, a socket or a device/, name);
        assert.equal(await contentFingerprint(file(name).fsPath), undefined, name);
      }
      await vscode.commands.executeCommand('vscode.openWith', file('pipe.wav'), 'ecapa.timeline');
      await until('the timeline fails', () => {
        const status = timelines.editors.get(file('pipe.wav'))?.status;
        return status?.state === 'failed' && status.code === 'READ_FAILED';
      });
      await vscode.commands.executeCommand('vscode.openWith', zeros, 'ecapa.timeline');
      await until('the timeline ends', () => timelines.editors.get(zeros)?.status.state === 'done');
      assert.equal(timelines.editors.get(zeros)?.segments.at(-1)?.endSeconds, 1);
    } finally {
      socket.close();
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    }
  });
});
