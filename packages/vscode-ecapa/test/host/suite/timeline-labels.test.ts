import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { setting } from './results-world.js';
import { opened, until, useTimelines } from './timeline-world.js';
import { copySample, extension, freshFolder } from './workspace.js';

describe('labels in the timeline editor', function () {
  let folder: string;
  useTimelines(this, 'timeline-labels', (made) => {
    folder = made;
  });

  it('keeps corrections, for itself and as clips to teach with, and takes them back', async () => {
    const { exports } = await extension();
    const { corrections } = exports.timelines;
    const file = copySample('noise-rain.opus', folder);
    const uri = file.toString();
    const session = await opened(file);
    const before = session.segments;
    const [first] = before;
    assert.ok(first);
    const span = { startSeconds: first.startSeconds, endSeconds: first.endSeconds };
    await session.labelling.correct(span.startSeconds, span.endSeconds, 'rain');
    await until(
      'the editor is dirty',
      () => vscode.window.tabGroups.activeTabGroup.activeTab?.isDirty === true,
    );
    await vscode.commands.executeCommand('workbench.action.files.save');
    await until('it is saved', async () => (await corrections.get(uri)).length > 0);
    assert.equal(session.labelling.isDirty, false);
    assert.deepEqual(await corrections.get(uri), [{ ...span, label: 'rain' }]);
    const beside = JSON.parse(readFileSync(`${file.fsPath}.labels.json`, 'utf8'));
    assert.deepEqual(beside.labels, [
      { startSeconds: span.startSeconds, endSeconds: span.endSeconds, label: 'rain' },
    ]);
    assert.deepEqual(
      (await corrections.all()).filter((one) => one.uri === uri),
      [{ uri, ...span, label: 'rain' }],
    );
    assert.equal(session.segments[0]?.label, 'rain');
    await vscode.commands.executeCommand('undo');
    await until('it is undone', () => session.corrections.length === 0);
    assert.deepEqual(session.segments, before);
    await vscode.commands.executeCommand('workbench.action.files.save');
    await until('that is saved', () => !existsSync(`${file.fsPath}.labels.json`));
    assert.deepEqual(await corrections.get(uri), []);
    await vscode.commands.executeCommand('redo');
    await until('it is made again', () => session.segments[0]?.correctedFrom === first.label);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await until('the last save is shown', () => session.corrections.length === 0);
    await session.labelling.correct(span.startSeconds, span.endSeconds, 'rain');
    await vscode.commands.executeCommand('workbench.action.files.save');
    await until('it is saved again', async () => (await corrections.get(uri)).length > 0);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await until('the editor to close', () => exports.timelines.editors.get(file) === undefined);
    assert.equal((await opened(file)).segments[0]?.label, 'rain', 'still there when opened again');
  });

  it('keeps what a person says of lanes beside the segments, in every format, and undoes it', async () => {
    const { exports } = await extension();
    const { corrections } = exports.timelines;
    const place = freshFolder('timeline-labels/lanes');
    const file = copySample('music-band.mp3', place, 'take.mp3');
    const session = await opened(file);
    const { segments, tracks } = session;
    const before = structuredClone(tracks);
    assert.ok(tracks !== undefined && (tracks.music?.length ?? 0) > 0, 'the built-in head knows presence');
    const end = Math.floor(session.segments.at(-1)?.endSeconds ?? 0);
    const bell = { label: 'bell', startSeconds: 0.5, endSeconds: 1, isHeard: true };
    const noMusic = { label: 'music', startSeconds: 0, endSeconds: end, isHeard: false };
    await session.receive({ type: 'editHeard', edits: [bell, noMusic] });
    assert.deepEqual(session.segments, segments, 'segments are another matter');
    assert.equal(session.tracks?.bell?.length, 1);
    assert.ok(session.tracks?.music?.every(({ startSeconds }) => startSeconds >= end));
    assert.ok(session.labelling.isDirty);
    for (const [format, suffix] of [
      ['textgrid', 'labels.TextGrid'],
      ['audacity', 'labels.txt'],
      ['json', 'labels.json'],
    ] as const) {
      await setting('labels.file', format);
      await session.labelling.save();
      assert.deepEqual((await corrections.load(file.toString())).heard, [bell, noMusic], format);
      const beside = readdirSync(place).filter((name) => name.startsWith('take.mp3.'));
      assert.deepEqual(beside, format === 'audacity' ? [] : [`take.mp3.${suffix}`], format);
      if (format !== 'textgrid') continue;
      const grid = readFileSync(join(place, `take.mp3.${suffix}`), 'utf8');
      assert.deepEqual(
        [...grid.matchAll(/(?:name|text) = "(.+)"/g)].map(([, text]) => text),
        ['label', 'bell', 'bell', 'music', 'not music'],
      );
      writeFileSync(join(place, `take.mp3.${suffix}`), grid.replace('"not music"', '""'));
      const left = (await corrections.load(file.toString())).heard;
      assert.deepEqual(left, [bell], 'what somebody deletes in Praat is gone');
    }
    await setting('labels.file', undefined);
    const { labels, heard } = JSON.parse(readFileSync(`${file.fsPath}.labels.json`, 'utf8'));
    assert.deepEqual(labels, []);
    assert.deepEqual(heard[0], { startSeconds: 0.5, endSeconds: 1, label: 'bell', heard: true });
    assert.deepEqual(await corrections.get(file.toString()), [], 'nothing to teach segments with');
    const target = vscode.Uri.file(join(place, 'out.txt'));
    const { writeTimeline } = await exports.timelines.onDemand();
    await writeTimeline(session, 'audacity', target);
    assert.match(readFileSync(target.fsPath, 'utf8'), /^0\.500000\t1\.000000\tbell$/m);
    await writeTimeline(session, 'audacity', target, 'dominant');
    assert.match(readFileSync(target.fsPath, 'utf8'), /\tmusic$/m);
    await writeTimeline(session, 'json', target);
    const json = JSON.parse(readFileSync(target.fsPath, 'utf8'));
    assert.equal(json.tracks.bell.length, 1);
    await vscode.commands.executeCommand('undo');
    await until('it is undone', () => session.said.heard.length === 0);
    assert.deepEqual(session.tracks, before);
    await vscode.commands.executeCommand('redo');
    await until('it is made again', () => session.said.heard.length === 2);
    writeFileSync(
      `${file.fsPath}.labels.json`,
      JSON.stringify({ labels: [], heard: [{ start: 1, end: 0 }] }),
    );
    await assert.rejects(corrections.load(file.toString()), { code: 'LABELS_INVALID' });
  });

  it('goes on with what a window that ended had not saved', async () => {
    const { editors } = (await extension()).exports.timelines;
    const file = copySample('noise-rain.opus', freshFolder('timeline-labels/backup'), 'take.opus');
    const session = await opened(file);
    const [first] = session.segments;
    assert.ok(first);
    await session.labelling.correct(first.startSeconds, first.endSeconds, 'rain');
    const heard = { label: 'bell', startSeconds: 0.5, endSeconds: 1, isHeard: true };
    await session.labelling.editHeard([heard]);
    const { said } = session;
    const destination = vscode.Uri.file(join(folder, 'backup', 'a window', 'take'));
    const document = { uri: file, session, dispose: () => undefined };
    const backup = await editors.backupCustomDocument(document as never, { destination });
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await until('it is as it was saved', () => !session.labelling.isDirty);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await until('the editor to close', () => editors.get(file) === undefined);
    const context = { backupId: backup.id, untitledDocumentData: undefined };
    const again = await editors.openCustomDocument(file, context);
    assert.deepEqual(again.session.said, said);
    assert.ok(again.session.labelling.isDirty, 'it is still to be saved');
    again.dispose();
    backup.delete();
    await until('the backup is gone', () => !existsSync(destination.fsPath));
  });

  it('has what is not saved at once, also for a window that does not know of it, and not for another content', async () => {
    const { editors } = (await extension()).exports.timelines;
    const place = freshFolder('timeline-labels/unsaved');
    const file = copySample('noise-rain.opus', place, 'take.opus');
    const session = await opened(file);
    const context = { backupId: undefined, untitledDocumentData: undefined };
    const unsaved = async () => {
      const again = await editors.openCustomDocument(file, context);
      again.dispose();
      return again.unsaved;
    };
    const isUnsaved = async (): Promise<boolean> => (await unsaved()) !== undefined;
    /** It is written, and taken away, some time after the edit: until then what is there is older. */
    const isKept = async (): Promise<void> => {
      await until('it is kept', isUnsaved);
      assert.deepEqual(await unsaved(), session.said);
    };
    assert.equal(await isUnsaved(), false);
    const [first] = session.segments;
    assert.ok(first);
    await session.labelling.correct(first.startSeconds, first.endSeconds, 'rain');
    await isKept();
    await vscode.commands.executeCommand('undo');
    await until('there is nothing to keep', async () => !(await isUnsaved()));
    await vscode.commands.executeCommand('redo');
    await isKept();
    await session.labelling.save();
    await until('it is saved', async () => !(await isUnsaved()));
    await session.labelling.correct(first.startSeconds, first.endSeconds, 'hail');
    await isKept();
    copySample('music-trio.m4a', place, 'take.opus');
    assert.equal(await isUnsaved(), false, 'it was made for another content');
    const older = readFileSync(join(place, 'take.opus.labels.older.json'), 'utf8');
    assert.match(older, /hail/);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('takes corrections along when a recording or its folder is renamed, also into an open timeline', async () => {
    const { corrections, editors } = (await extension()).exports.timelines;
    const from = freshFolder('timeline-labels/before');
    const to = join(folder, 'after');
    rmSync(to, { recursive: true, force: true });
    const file = copySample('noise-rain.opus', from);
    const session = await opened(file);
    const [first] = session.segments;
    assert.ok(first);
    await session.labelling.correct(first.startSeconds, first.endSeconds, 'rain');
    await session.labelling.save();
    const kept = await corrections.get(file.toString());
    assert.equal(kept.length, 1);
    const renamed = vscode.Uri.file(join(from, 'renamed.opus'));
    const edit = new vscode.WorkspaceEdit();
    edit.renameFile(file, renamed);
    assert.ok(await vscode.workspace.applyEdit(edit));
    await until('they follow', async () => (await corrections.get(renamed.toString())).length > 0);
    assert.deepEqual(await corrections.get(renamed.toString()), kept);
    assert.deepEqual(await corrections.get(file.toString()), []);
    await opened(renamed);
    await until(
      'the open timeline has them',
      () => editors.get(renamed)?.segments[0]?.correctedFrom === first.label,
    );
    const ofFolder = new vscode.WorkspaceEdit();
    ofFolder.renameFile(vscode.Uri.file(from), vscode.Uri.file(to));
    assert.ok(await vscode.workspace.applyEdit(ofFolder));
    const last = vscode.Uri.file(join(to, 'renamed.opus'));
    await until('they follow again', async () => (await corrections.get(last.toString())).length > 0);
    assert.deepEqual(await corrections.get(last.toString()), kept);
    assert.deepEqual(
      (await corrections.all()).filter(({ uri }) => uri.includes('/before/')),
      [],
    );
  });

  it('asks before labels of another content of the file are used, and never exports or teaches with them', async () => {
    const { corrections } = (await extension()).exports.timelines;
    const file = copySample('noise-rain.opus', freshFolder('timeline-labels/replaced'), 'take.opus');
    const session = await opened(file);
    const [first] = session.segments;
    assert.ok(first);
    await session.labelling.correct(first.startSeconds, first.endSeconds, 'rain');
    copySample('music-trio.m4a', join(folder, 'replaced'), 'take.opus');
    await session.labelling.save(); // as VS Code does a second after the change
    assert.deepEqual(await corrections.get(file.toString()), []);
    assert.equal((await corrections.load(file.toString())).isOlder, true);
    assert.ok(!(await corrections.all()).some(({ uri }) => uri === file.toString()));
    await session.analyse();
    assert.ok(session.segments.every(({ correctedFrom }) => correctedFrom === undefined));
    assert.deepEqual(session.corrections, []);
    await session.labelling.save();
    const older = JSON.parse(readFileSync(`${file.fsPath}.labels.older.json`, 'utf8')) as {
      labels: object[];
    };
    assert.equal(older.labels.length, 1, 'what is not used is not lost');
    await session.receive({ type: 'useOlder' });
    assert.equal(session.segments[0]?.label, 'rain', 'used when the user says so');
    await session.labelling.save();
    assert.equal((await corrections.load(file.toString())).isOlder, false);
  });

  it('imports labels of other programs, to correct with and to compare', async () => {
    const { exports } = await extension();
    const session = await opened(copySample('music-band.mp3', folder, 'imported.mp3'));
    const labels = vscode.Uri.file(join(folder, 'imported.txt'));
    writeFileSync(labels.fsPath, '0.0\t1.5\tintro\n1.5\t3.0\tmusic\n');
    const { importLabelsFrom } = await exports.timelines.onDemand();
    await importLabelsFrom(session, labels, 'compare');
    assert.deepEqual(session.corrections, []);
    await importLabelsFrom(session, labels, 'correct');
    assert.deepEqual(
      session.segments.slice(0, 2).map(({ label, endSeconds }) => [label, endSeconds]),
      [
        ['intro', 1.5],
        ['music', 3],
      ],
    );
    writeFileSync(labels.fsPath, 'Dear reader,');
    await assert.rejects(importLabelsFrom(session, labels, 'correct'), {
      code: 'LABELS_INVALID',
    });
    await vscode.commands.executeCommand('workbench.action.files.revert');
  });

  it('saves labels in the format of the setting, reads any, and moves them with the recording', async () => {
    const { corrections } = (await extension()).exports.timelines;
    const place = freshFolder('timeline-labels/beside');
    const file = copySample('noise-rain.opus', place, 'take.opus');
    const said = [{ startSeconds: 0.25, endSeconds: 1, label: 'rain "and" wind' }];
    for (const [format, suffix] of [
      ['audacity', 'labels.txt'],
      ['textgrid', 'labels.TextGrid'],
      ['json', 'labels.json'],
    ] as const) {
      await setting('labels.file', format);
      await corrections.set(file.toString(), { corrections: said, heard: [] });
      assert.deepEqual(readdirSync(place).sort(), ['take.opus', `take.opus.${suffix}`]);
      assert.deepEqual(await corrections.get(file.toString()), said);
    }
    await setting('labels.file', undefined);
    const renamed = vscode.Uri.file(join(place, 'renamed.opus'));
    const edit = new vscode.WorkspaceEdit();
    edit.renameFile(file, renamed);
    assert.ok(await vscode.workspace.applyEdit(edit));
    await until('they follow', () => existsSync(`${renamed.fsPath}.labels.json`));
    rmSync(`${renamed.fsPath}.labels.json`);
    assert.deepEqual(await corrections.get(renamed.toString()), [], 'what somebody deletes is gone');
  });

  it('shows at once what others correct in the store', async () => {
    const { corrections } = (await extension()).exports.timelines;
    const file = copySample('music-band.mp3', folder, 'others.mp3');
    const session = await opened(file);
    const [first] = session.segments;
    assert.ok(first);
    const { startSeconds, endSeconds } = first;
    const said = [{ startSeconds, endSeconds, label: 'jingle' }];
    await corrections.set(file.toString(), { corrections: said, heard: [] });
    await until('it is shown', () => session.segments[0]?.label === 'jingle');
    await corrections.set(file.toString(), { corrections: [], heard: [] });
    await until('it is gone', () => session.segments[0]?.label === first.label);
  });
});
