import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { copySample, extension, freshFolder, until } from './workspace.js';

const ASSOCIATIONS = 'workbench.editorAssociations';

describe('opening audio in the timeline by default', function () {
  this.timeout(120_000);
  const associations = (): Record<string, string> | undefined =>
    vscode.workspace.getConfiguration().inspect<Record<string, string>>(ASSOCIATIONS)?.globalValue;
  const change = (value: unknown): Thenable<void> =>
    vscode.workspace.getConfiguration().update(ASSOCIATIONS, value, vscode.ConfigurationTarget.Global);
  afterEach(async () => {
    await change(undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('is for all formats once a person says so, and leaves other associations as they are', async () => {
    await extension();
    const file = copySample('music-band.mp3', freshFolder('by-default'));
    const viewType = (): string | undefined => {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return input instanceof vscode.TabInputCustom ? input.viewType : undefined;
    };
    await change({ '*.log': 'default' });
    await vscode.commands.executeCommand('ecapa.openByDefault');
    assert.equal(associations()?.['*.log'], 'default');
    for (const extensionName of ['wav', 'mp3', 'ogg'])
      assert.equal(associations()?.[`*.${extensionName}`], 'ecapa.timeline');
    await vscode.commands.executeCommand('vscode.open', file);
    await until('the timeline is open', () => viewType() === 'ecapa.timeline');
  });

  it('is so from the start for a format that VS Code has no player for', async () => {
    await extension();
    const file = copySample('music-trio.m4a', freshFolder('by-default'));
    await vscode.commands.executeCommand('vscode.open', file);
    await until('the timeline is open', () => {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return input instanceof vscode.TabInputCustom && input.viewType === 'ecapa.timeline';
    });
  });
});
