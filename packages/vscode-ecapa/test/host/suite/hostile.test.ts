import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Result } from '../../../src/features/classify/state/result.js';
import { Decorations } from '../../../src/features/classify/views/decorations.js';
import { fileItem, groupItem } from '../../../src/features/classify/views/result-item.js';
import { resultTooltip } from '../../../src/features/classify/views/result-tooltip.js';
import { pickOne, shownItem } from '../../../src/platform/quick-picks.js';
import { HOSTILE_NAMES } from '../../names/hostile-names.js';
import { answering } from './answers.js';
import { copySample, extension, freshFolder, until } from './workspace.js';

const UNSHOWN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

/** A result whose every text is hostile. */
function resultNamed(name: string, uri: string): Result {
  return {
    uri,
    state: 'done',
    correctedLabel: name,
    verdict: {
      label: name,
      probability: 0.9,
      probabilities: { [name]: 0.9, [`${name}2`]: 0.1 },
      durationSeconds: 3,
      model: name,
      head: name,
      method: 'clip',
      partial: false,
    },
    stamp: { sizeBytes: 1, modifiedMs: 1 },
    identity: { modelId: name, modelSha256: 'a', headId: name, headSha256: 'b' },
  };
}

describe('hostile names in the host', () => {
  const failed = (name: string, uri: string): Result => ({
    uri,
    state: 'failed',
    error: { code: 'CLIP_IN_TWO_CLASSES', message: `x: ${name}` },
  });

  it('stay text in rows, headings, tooltips and badges', () => {
    for (const name of HOSTILE_NAMES) {
      const file = vscode.Uri.file(join(freshFolder('hostile'), name.replaceAll('/', '_')));
      for (const result of [resultNamed(name, file.toString()), failed(name, file.toString())]) {
        const item = fileItem(file.toString(), result, true);
        const heading = groupItem(
          {
            kind: 'group',
            key: `label:${name}`,
            uris: [],
            counts: new Map(),
            shown: 0,
            more: { kind: 'more', group: undefined },
          },
          true,
        );
        for (const text of [
          item.label,
          item.description,
          item.accessibilityInformation?.label,
          heading.label,
        ])
          assert.doesNotMatch(String(text), UNSHOWN);
        const tooltip = resultTooltip(file, result);
        assert.equal(tooltip.isTrusted ?? false, false);
        assert.equal(tooltip.supportHtml ?? false, false);
        assert.equal(tooltip.supportThemeIcons ?? false, false);
        assert.doesNotMatch(tooltip.value, /(?<!\\)\]\(|(?<!\\)<|(?<!\\)!\[/);
        const decorations = new Decorations({
          size: 1,
          get: () => result,
          onDidChange: () => new vscode.Disposable(() => undefined),
        } as never);
        assert.doesNotMatch(decorations.provideFileDecoration(file)?.tooltip ?? '', UNSHOWN);
        decorations.dispose();
      }
    }
  });

  it('stay text in lists to pick from, and are given back as they were', async () => {
    for (const name of HOSTILE_NAMES) {
      const shown = shownItem({ label: name, description: name, detail: name });
      for (const text of [shown.label, shown.description, shown.detail])
        assert.doesNotMatch(String(text), /\$\([A-Za-z0-9-]+(?:~[A-Za-z]+)?\)/);
    }
    const { window } = vscode;
    const own = window.showQuickPick;
    Object.assign(window, {
      showQuickPick: async (items: Thenable<readonly vscode.QuickPickItem[]>) => (await items)[0],
    });
    try {
      assert.equal((await pickOne([{ label: '$(error)' }], {}))?.label, '$(error)');
    } finally {
      Object.assign(window, { showQuickPick: own });
    }
  });

  it('makes no link of a file name in the message at the end of a run', async () => {
    const { notificationText } = await import('../../../src/platform/shown-text.js');
    const { showInformation } = await import('../../../src/platform/notifications.js');
    const name = 'take [Listen here](command:workbench.action.createTerminalEditor) 1.wav';
    const asked = await answering('showInformationMessage', undefined, async () => {
      await showInformation(`${name}: speech, 97 %`);
    });
    assert.deepEqual(asked, [notificationText(`${name}: speech, 97 %`)]);
    assert.ok(!asked.join().includes(']('));
  });
});

describe('malformed settings', () => {
  const TABLE: Readonly<Record<string, unknown>> = {
    'ecapa.extraExtensions': '.raw',
    'ecapa.head': 5,
    'ecapa.model': [null],
    'ecapa.workers': '4',
    'ecapa.ffmpegPath': null,
    'ecapa.decorations.enabled': 'yes',
    'ecapa.remoteFileLimitMegabytes': -1,
    'ecapa.mirror': {},
  };

  it('cost nothing but a message: files are classified as by default', async () => {
    const { exports } = await extension();
    const file = copySample('music-trio.m4a', freshFolder('malformed'));
    const [folder] = vscode.workspace.workspaceFolders ?? [];
    assert.ok(folder);
    const settings = vscode.Uri.joinPath(folder.uri, '.vscode', 'settings.json');
    await vscode.workspace.fs.createDirectory(vscode.Uri.joinPath(settings, '..'));
    const before = await vscode.workspace.fs.readFile(settings).then(
      (bytes) => bytes,
      () => undefined,
    );
    try {
      writeFileSync(settings.fsPath, JSON.stringify(TABLE));
      await until(
        'the settings are read',
        () => vscode.workspace.getConfiguration('ecapa').get('workers') === '4',
      );
      const { readSettings } = await import('../../../src/platform/settings.js');
      const read = readSettings();
      assert.equal(read.head, undefined);
      assert.equal(read.model, undefined);
      assert.ok(read.workers >= 1);
      assert.deepEqual(read.extraExtensions, []);
      await vscode.commands.executeCommand('ecapa.classify', file);
      const result = exports.store.get(file.toString());
      assert.equal(result?.state, 'done');
      assert.equal(result.verdict.label, 'music');
    } finally {
      if (before === undefined) await vscode.workspace.fs.delete(settings);
      else await vscode.workspace.fs.writeFile(settings, before);
      await until(
        'the settings are as before',
        () => vscode.workspace.getConfiguration('ecapa').get('workers') !== '4',
      );
    }
  });
});
