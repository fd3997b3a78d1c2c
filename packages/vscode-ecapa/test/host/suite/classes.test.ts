import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { markAs } from '../../../src/features/teach/commands/mark-as.js';
import { parseClassList } from '../../../src/features/teach/state/class-list.js';
import { answering } from './answers.js';
import { clipsOf, NO_TOKEN, useTeaching } from './teach-world.js';
import { copySample, freshFolder, until } from './workspace.js';

const URI_LIST = 'text/uri-list';

function dropped(mime: string, value: unknown): vscode.DataTransfer {
  const data = new vscode.DataTransfer();
  data.set(mime, new vscode.DataTransferItem(value));
  return data;
}

describe('classes in the host', () => {
  const { api } = useTeaching();

  it('takes files and folders, refuses what is in another class, and keeps all of it on disk', async () => {
    const { teaching } = api();
    const folder = freshFolder('classes');
    const music = copySample('music-trio.m4a', folder);
    const noise = copySample('noise-rain.opus', folder, 'Regen über Köln #1.opus');
    assert.equal((await teaching.mark('music', [music])).added.length, 1);
    const { added, refused } = await teaching.mark('noise', [noise, music]);
    assert.deepEqual(
      [added.map(({ uri }) => uri), refused.map(({ clip, isIn }) => [clip.uri, isIn])],
      [[noise.toString()], [[music.toString(), 'music']]],
    );
    const kept = parseClassList(readFileSync(teaching.classes.file.fsPath, 'utf8'));
    assert.deepEqual(kept, teaching.classes.list);
  });

  it('takes drops from the Explorer and the results, and moves clips between classes', async () => {
    const { teaching } = api();
    const folder = freshFolder('drops');
    const music = copySample('music-trio.m4a', folder);
    const noise = copySample('noise-rain.opus', folder, 'Regen über Köln #1.opus');
    const list = `# a comment\r\n${vscode.Uri.file(folder)}\r\n`;
    await teaching.drop.handleDrop({ kind: 'class', name: 'all' }, dropped(URI_LIST, list), NO_TOKEN);
    assert.deepEqual(clipsOf(api(), 'all'), ['Regen über Köln #1.opus', 'music-trio.m4a']);

    const dragged = new vscode.DataTransfer();
    teaching.drop.handleDrag([{ kind: 'clip', className: 'all', clip: { uri: music.toString() } }], dragged);
    assert.equal(await dragged.get(URI_LIST)?.asString(), music.toString());
    await teaching.drop.handleDrop({ kind: 'class', name: 'music' }, dragged, NO_TOKEN);
    assert.deepEqual(
      [clipsOf(api(), 'all'), clipsOf(api(), 'music')],
      [['Regen über Köln #1.opus'], ['music-trio.m4a']],
    );
    assert.equal(noise.scheme, 'file');
  });

  it('shows files that are gone, and follows those that the editor renames', async () => {
    const { teaching } = api();
    const folder = freshFolder('moves');
    const [stays, goes] = [copySample('music-trio.m4a', folder), copySample('noise-rain.opus', folder)];
    await teaching.mark('sounds', [stays, goes]);
    renameSync(goes.fsPath, join(folder, 'elsewhere.opus'));
    await teaching.missing.check();
    assert.deepEqual(
      [teaching.missing.has(goes.toString()), teaching.missing.has(stays.toString())],
      [true, false],
    );
    const edit = new vscode.WorkspaceEdit();
    edit.renameFile(stays, vscode.Uri.file(join(folder, 'renamed.m4a')));
    assert.ok(await vscode.workspace.applyEdit(edit));
    await until('the class follows', () => clipsOf(api(), 'sounds').includes('renamed.m4a'));
  });

  it('takes from the palette the audio of the editor, and not a text', async () => {
    const folder = freshFolder('from-palette');
    const letter = vscode.Uri.file(join(folder, 'letter.txt'));
    writeFileSync(letter.fsPath, 'Dear reader,');
    const log = vscode.window.createOutputChannel('ECAPA test', { log: true });
    const { engine, results, teaching } = api();
    const context = {} as vscode.ExtensionContext; // not looked at
    const corrections = { recordings: () => [], segments: () => Promise.resolve([]) };
    const services = { engine, rows: results.rows, corrections, classes: teaching.classes, log, context };
    await vscode.window.showTextDocument(letter);
    try {
      const asked = await answering('showInformationMessage', undefined, () =>
        markAs(services, undefined, undefined),
      );
      assert.match(asked.join(), /^Select audio files/);
    } finally {
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      log.dispose();
    }
  });

  it('takes over what was corrected in timelines as stretches of their recordings', async () => {
    const { teaching, timelines } = api();
    const folder = freshFolder('corrected');
    const talk = copySample('speech-radio-talk.flac', folder).toString();
    const corrections = [
      { startSeconds: 0.5, endSeconds: 2, label: 'jingle' },
      { startSeconds: 2.5, endSeconds: 4, label: 'host' },
    ];
    await timelines.corrections.set(talk, { corrections, heard: [] });
    const { added } = await teaching.takeCorrections();
    assert.ok(added >= 2);
    const jingle = teaching.classes.list.find(({ name }) => name === 'jingle');
    assert.deepEqual(
      jingle?.clips.filter(({ uri }) => uri === talk),
      [{ uri: talk, span: { startSeconds: 0.5, endSeconds: 2 } }],
    );
    await timelines.corrections.set(talk, { corrections: [], heard: [] });
  });
});
