import assert from 'node:assert/strict';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { loadCore } from '../../../src/platform/core.js';
import { stampOf } from '../../../src/platform/file-stamp.js';
import { problemOfError, problemOfFile, problemText, remedyOf } from '../../../src/platform/problem-text.js';
import { copySample, freshFolder } from './workspace.js';

/** What people meet when they use the extension. */
const COMMON = [
  ...[
    'FILE_NOT_FOUND',
    'PERMISSION_DENIED',
    'EMPTY_FILE',
    'NOT_AUDIO',
    'NO_AUDIO_STREAM',
    'NO_SAMPLES',
    'TOO_SHORT',
  ],
  ...[
    'MODEL_NOT_FOUND',
    'MODEL_INVALID',
    'CHECKSUM_MISMATCH',
    'HEAD_NOT_FOUND',
    'HEAD_INVALID',
    'HEAD_MODEL_MISMATCH',
  ],
  ...[
    'RUNTIME_UNAVAILABLE',
    'WORKER_CRASHED',
    'DISK_FULL',
    'WRITE_FAILED',
    'TOO_FEW_CLASSES',
    'TOO_FEW_CLIPS',
  ],
] as const;

describe('what an error says to people', () => {
  const words = 'b.wav: in words of core. Run "ecapa train" or use --model.';

  it('says what to do next in VS Code, not on the command line', async () => {
    const { ERROR_CODES } = await loadCore();
    for (const code of COMMON) {
      assert.ok(ERROR_CODES.includes(code));
      const text = problemText({ code, message: words });
      assert.notEqual(text, words, code);
      assert.match(text, /^\p{Lu}.*\. ?.*\.$/u, code); // a sentence on the reason, and one on what to do
      assert.doesNotMatch(text, /"ecapa |--/, code);
    }
  });

  it('names the file as the workspace does, once', () => {
    const file = vscode.Uri.file(join(freshFolder('problems'), 'b.wav'));
    const problem = { code: 'NOT_AUDIO', message: words, file: file.fsPath } as const;
    const name = vscode.workspace.asRelativePath(file);
    assert.equal(problemText(problem).toLowerCase(), `${name}: ${problemOfFile(problem)}`.toLowerCase());
    assert.ok(!problemOfFile(problem).includes('b.wav'));
  });

  it("keeps core's words where there are no better ones, and others' errors as they are", async () => {
    const { EcapaError } = await loadCore();
    assert.equal(problemText({ code: 'CLIP_IN_TWO_CLASSES', message: words }), words);
    assert.equal(
      problemOfFile({ code: 'CLIP_IN_TWO_CLASSES', message: words }),
      'In words of core. Run "ecapa train" or use --model.',
    );
    assert.equal(
      problemOfError(Object.assign(new Error('no such device'), { code: 'ENODEV' })),
      'no such device',
    );
    assert.match(problemOfError(new EcapaError('DISK_FULL', words)), /disk is full/);
  });
});

describe('what can be done about an error', () => {
  it('is a command that there is, where one command does it', async () => {
    const manifest = vscode.extensions.getExtension('ecapa.vscode-ecapa')?.packageJSON as {
      readonly contributes: { readonly commands: readonly vscode.Command[] };
    };
    const commands = new Set(manifest.contributes.commands.map(({ command }) => command));
    const { ERROR_CODES } = await loadCore();
    const remedies = ERROR_CODES.flatMap((code) => remedyOf({ code }) ?? []);
    assert.deepEqual(
      new Set(remedies.map(({ command }) => command)),
      new Set(['ecapa.selectModel', 'ecapa.switchHead']),
    );
    for (const { command } of remedies) assert.ok(commands.has(command));
  });
});

describe('how a file looks', () => {
  it('is asked of the disk, and is unknown where there is no file', async () => {
    const file = copySample('music-trio.m4a', freshFolder('stamps'));
    const { size, mtime } = await vscode.workspace.fs.stat(file);
    const stamp = await stampOf(file);
    assert.equal(stamp?.sizeBytes, size);
    // Some versions of Node round a fraction of a millisecond, others cut it off.
    assert.ok(
      [Math.trunc, Math.round].some((whole) => whole(stamp?.modifiedMs ?? 0) === mtime),
      `${mtime}`,
    );
    assert.equal(await stampOf(vscode.Uri.joinPath(file, '..', 'none.wav')), undefined);
  });
});
