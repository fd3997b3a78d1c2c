import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { copySample, extension, freshFolder } from './workspace.js';

describe('the extension in its host', () => {
  it('activates and registers every command of its manifest', async () => {
    const { packageJSON } = await extension();
    const known = new Set(await vscode.commands.getCommands(true));
    const { commands } = packageJSON.contributes as { commands: { command: string }[] };
    assert.deepEqual(
      commands.map(({ command }) => command).filter((command) => !known.has(command)),
      [],
    );
  });

  it('classifies a file', async () => {
    const { exports } = await extension();
    const file = copySample('music-trio.m4a', freshFolder('one'));
    await vscode.commands.executeCommand('ecapa.classify', file);
    const result = exports.store.get(file.toString());
    assert.equal(result?.state, 'done');
    assert.equal(result.verdict.label, 'music');
  });
});
