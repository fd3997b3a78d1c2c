import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TimelineSegment } from '@ecapa/core/timeline';
import * as vscode from 'vscode';
import type { Media } from '../../../src/features/timeline/media.js';
import type { TimelineSession } from '../../../src/features/timeline/session.js';
import { loadCore } from '../../../src/platform/core.js';
import { MemoryFiles } from './memory-files.js';
import { setting } from './results-world.js';
import { copySample, extension, freshFolder, ROOT, until as untilWithin, writeWav } from './workspace.js';

const SECONDS_OF_NOISE = 1800;
/** A busy machine is no failure. */
const PATIENCE_SECONDS = 300;

function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  return untilWithin(what, holds, PATIENCE_SECONDS);
}

async function open(uri: vscode.Uri): Promise<TimelineSession> {
  const { exports } = await extension();
  await vscode.commands.executeCommand('vscode.openWith', uri, 'ecapa.timeline');
  await until('the timeline editor', () => exports.timelines.editors.get(uri) !== undefined);
  const session = exports.timelines.editors.get(uri);
  assert.ok(session);
  return session;
}

async function opened(uri: vscode.Uri): Promise<TimelineSession> {
  const session = await open(uri);
  await until('the end of the analysis', () => !['starting', 'running'].includes(session.status.state));
  return session;
}

/** What core says of the file, asked directly. */
async function timelineOf(uri: vscode.Uri): Promise<TimelineSegment[]> {
  const { exports } = await extension();
  const lease = await exports.engine.lease();
  try {
    const segments: TimelineSegment[] = [];
    for await (const event of lease.classifier.timeline(uri.fsPath, { head: lease.head }))
      if (event.type === 'segment') segments.push(event.segment);
    return segments;
  } finally {
    lease.release();
  }
}

/** Quiet noise that no two runs differ in. */
function hiss(index: number): number {
  return 0.2 * ((((index * 7919) % 10_007) / 10_007) * 2 - 1);
}

/** Silence in a format that no browser plays: 16 bits at 8 kHz behind a header of six numbers. */
function writeAu(path: string, seconds: number): vscode.Uri {
  const bytes = Buffer.alloc(24 + 2 * 8000 * seconds);
  for (const [i, value] of [0x2e736e64, 24, bytes.length - 24, 3, 8000, 1].entries())
    bytes.writeUInt32BE(value, 4 * i);
  writeFileSync(path, bytes);
  return vscode.Uri.file(path);
}

describe('the timeline editor', function () {
  this.timeout(1000 * PATIENCE_SECONDS);
  let folder: string;
  before(() => {
    folder = freshFolder('timelines');
  });
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const { exports } = await extension();
    await until('no open timeline', () => exports.timelines.editors.openCount === 0);
  });

  it('shows what core says, and shows it again at once', async () => {
    const file = copySample('speech-radio-talk.flac', folder);
    const session = await opened(file);
    assert.equal(session.status.state, 'done');
    assert.deepEqual(session.segments, await timelineOf(file));
    assert.ok(session.segments.length > 0);
    await until('the page', () => session.isShown);
    await until('peaks', async () => (await session.media.readPeaks(0, 0)).length > 1000);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const { exports } = await extension();
    await until('the editor to close', () => exports.timelines.editors.get(file) === undefined);
    const states: string[] = [];
    const again = await open(file);
    again.onDidChange(() => states.push(again.status.state));
    assert.equal(again.status.state, 'done', 'known from last time');
    assert.deepEqual(again.segments, session.segments);
    assert.ok(!states.includes('running'));
  });

  it('exports in every format what it shows, corrections included', async () => {
    const { exports } = await extension();
    const session = await opened(copySample('music-band.mp3', folder));
    const [first] = session.segments;
    assert.ok(first);
    await session.labelling.correct(first.startSeconds, first.endSeconds, 'jingle');
    const { exportFormats, writeTimeline } = await exports.timelines.onDemand();
    const formats = (await exportFormats()).map(({ name }) => name);
    assert.deepEqual(formats.slice(-2), ['html', 'svg']);
    assert.ok(formats.length > 8);
    for (const format of formats) {
      const target = vscode.Uri.file(join(folder, `export.${format}`));
      await writeTimeline(session, format, target);
      assert.ok(readFileSync(target.fsPath, 'utf8').includes('jingle'), format);
    }
    const { segments } = JSON.parse(readFileSync(join(folder, 'export.json'), 'utf8'));
    assert.equal(segments.length, session.segments.length);
    assert.deepEqual([segments[0].label, segments[0].correctedFrom], ['jingle', first.label]);
    const missing = vscode.Uri.file(join(folder, 'no such folder', 'export.csv'));
    await assert.rejects(writeTimeline(session, 'csv', missing), { code: 'WRITE_FAILED' });
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
    const place = freshFolder('timelines/lanes');
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
    const file = copySample('noise-rain.opus', freshFolder('timelines/backup'), 'take.opus');
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
    const place = freshFolder('timelines/unsaved');
    const file = copySample('noise-rain.opus', place, 'take.opus');
    const session = await opened(file);
    const context = { backupId: undefined, untitledDocumentData: undefined };
    const isUnsaved = async (): Promise<boolean> => {
      const again = await editors.openCustomDocument(file, context);
      if (again.unsaved !== undefined) assert.deepEqual(again.unsaved, session.said);
      again.dispose();
      return again.unsaved !== undefined;
    };
    assert.equal(await isUnsaved(), false);
    const [first] = session.segments;
    assert.ok(first);
    await session.labelling.correct(first.startSeconds, first.endSeconds, 'rain');
    await until('it is kept', isUnsaved);
    await vscode.commands.executeCommand('undo');
    await until('there is nothing to keep', async () => !(await isUnsaved()));
    await vscode.commands.executeCommand('redo');
    await until('it is kept again', isUnsaved);
    await session.labelling.save();
    await until('it is saved', async () => !(await isUnsaved()));
    await session.labelling.correct(first.startSeconds, first.endSeconds, 'hail');
    await until('the next is kept', isUnsaved);
    copySample('music-trio.m4a', place, 'take.opus');
    assert.equal(await isUnsaved(), false, 'it was made for another content');
    const older = readFileSync(join(place, 'take.opus.labels.older.json'), 'utf8');
    assert.match(older, /hail/);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('takes corrections along when a recording or its folder is renamed, also into an open timeline', async () => {
    const { corrections, editors } = (await extension()).exports.timelines;
    const from = freshFolder('timelines/before');
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
    const file = copySample('noise-rain.opus', freshFolder('timelines/replaced'), 'take.opus');
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
    const place = freshFolder('timelines/beside');
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

  it('cuts audio in a process of its own: all files or none', async () => {
    const { exports } = await extension();
    const target = vscode.Uri.file(freshFolder('timelines/cut'));
    const session = await opened(copySample('speech-announcement.mp3', folder));
    const label = session.segments.find(({ runnerUp }) => runnerUp !== undefined)?.label ?? '';
    const controller = new AbortController();
    const request = { mode: 'cut', label, target } as const;
    const files = await exports.timelines.cut(session, request, controller.signal);
    assert.deepEqual(
      readdirSync(target.fsPath).sort(),
      files.map(({ path }) => path.split('/').at(-1)).sort(),
    );
    assert.ok(files.length > 0 && files.every(({ frames }) => frames > 0));
    const kept = vscode.Uri.joinPath(target, 'kept.wav');
    const [one] = await exports.timelines.cut(
      session,
      { mode: 'keep', label, target: kept },
      controller.signal,
    );
    assert.equal(one?.path, kept.fsPath);
    const count = readdirSync(target.fsPath).length;
    const cancelled = new AbortController();
    const cutting = exports.timelines.cut(
      session,
      { ...request, mode: 'mask', target: vscode.Uri.joinPath(target, 'x.wav') },
      cancelled.signal,
    );
    cancelled.abort();
    await assert.rejects(cutting, { code: 'CANCELLED' });
    assert.equal(readdirSync(target.fsPath).length, count, 'nothing is left of what was cancelled');
  });

  it('makes peaks for two timelines of one recording at once, of which one is closed before its end', async () => {
    const session = await opened(copySample('noise-rain.opus', folder));
    const log = vscode.window.createOutputChannel('ECAPA test', { log: true });
    const storage = vscode.Uri.file(freshFolder('timelines/peaks'));
    const uri = writeWav(join(folder, 'peaks.wav'), 600, hiss);
    // The extension's own, which knows where its programs are.
    const Own = session.media.constructor as typeof Media;
    const [closed, ...stay] = [0, 1, 2].map(() => {
      const nothing = (): undefined => undefined;
      const options = { uri, storage, log, post: nothing, onDuration: nothing, webview: nothing };
      return new Own(options);
    });
    assert.ok(closed);
    const made = [closed, ...stay].map((media) => media.prepare());
    await until('some peaks', async () => (await closed.readPeaks(0, 0)).length > 0);
    await closed.dispose();
    await Promise.all(made);
    for (const media of stay) assert.ok((await media.readPeaks(0, 0)).length > 1000);
    assert.equal(readdirSync(join(storage.fsPath, 'peaks')).length, 1);
    for (const media of stay) await media.dispose();
    assert.equal(readdirSync(join(storage.fsPath, 'peaks')).length, 1);
    log.dispose();
  });

  it('makes parts to play of what a browser cannot decode, and removes them', async () => {
    const session = await opened(copySample('music-trio.m4a', folder));
    await until('the page', () => session.isShown);
    const copies = (): string[] => {
      const directory = session.media.playback?.folder ?? '';
      return existsSync(directory) ? readdirSync(directory) : [];
    };
    assert.deepEqual(copies(), []);
    await session.receive({ type: 'cannotPlay' });
    assert.deepEqual(copies(), ['0.wav']);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await until('the copy to go', () => copies().length === 0);
  });

  it('makes the beginning of what a browser plays in parts before somebody plays, and the rest then', async () => {
    const session = await opened(writeAu(join(freshFolder('timelines/beginning'), 'take.au'), 70));
    const made = (): string[] => {
      const directory = session.media.playback?.folder ?? '';
      return existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith('.wav')) : [];
    };
    await until('the beginning', () => made().length === 2);
    await session.receive({ type: 'preparePlayback' });
    assert.deepEqual(made().sort(), ['0.wav', '1.wav', '2.wav', '3.wav']);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await until('them to go', () => made().length === 0);
  });

  it('says that the file has changed, and that it is gone', async () => {
    const file = copySample('noise-machine.ogg', folder);
    const session = await opened(file);
    const stale = (): string | undefined =>
      session.status.state === 'done' ? session.status.staleReason : undefined;
    assert.equal(stale(), undefined);
    copySample('speech-announcement.mp3', folder, 'noise-machine.ogg');
    await until('word of the change', () => stale() === 'file');
    await session.analyse();
    assert.equal(stale(), undefined);
    rmSync(file.fsPath);
    await until('word of the loss', () => !session.isFileThere);
    assert.ok(session.segments.length > 0, 'what was known stays');
    await session.analyse();
    assert.equal(session.status.state === 'failed' && session.status.code, 'FILE_NOT_FOUND');
  });

  it('says that the head is another one, also when nothing else asks for it', async () => {
    const { exports } = await extension();
    for (const { uri } of exports.store.all()) exports.store.delete(uri); // or the results ask
    const { loadHead, locateHead, saveHead } = await loadCore();
    const head = await loadHead(await locateHead('speech-music-noise'));
    const path = join(folder, 'warmer.json');
    await saveHead(path, { ...head, id: 'warmer', temperature: 2 });
    const file = copySample('noise-rain.opus', folder, 'heads.opus');
    let session = await opened(file);
    const stale = (): string | undefined =>
      session.status.state === 'done' ? session.status.staleReason : undefined;
    assert.equal(stale(), undefined);
    try {
      await setting('head', path);
      await until('word of the head', () => stale() === 'head');
      exports.engine.reload();
      assert.equal(stale(), 'head', 'it stays while the engine is asked');
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await until('the editor to close', () => exports.timelines.editors.get(file) === undefined);
      exports.engine.reload(); // as after a start: nobody has opened the head yet
      session = await open(file);
      await until('word of the head, of a timeline of an earlier time', () => stale() === 'head');
    } finally {
      await setting('head', undefined);
    }
    await until('it is true again', () => stale() === undefined);
  });

  it('says what is wrong with a file that is no recording', async () => {
    const file = vscode.Uri.file(join(folder, 'letter.wav'));
    writeFileSync(file.fsPath, 'Dear reader, this is not a recording. '.repeat(50));
    const session = await opened(file);
    assert.equal(session.status.state === 'failed' && session.status.code, 'NOT_AUDIO');
    await until('the page', () => session.isShown);
  });

  it('reads a file that is on no disk through workspace.fs, from a copy that goes with the editor', async () => {
    const files = new MemoryFiles();
    const registered = vscode.workspace.registerFileSystemProvider('ecapa-timeline-memory', files);
    try {
      const name = 'speech-announcement.mp3';
      files.write(`/far/${name}`, readFileSync(join(ROOT, 'test', 'fixtures', 'samples', name)));
      const session = await opened(
        vscode.Uri.from({ scheme: 'ecapa-timeline-memory', path: `/far/${name}` }),
      );
      assert.equal(session.status.state, 'done');
      assert.deepEqual(session.segments, await timelineOf(copySample(name, folder)));
      const { path, isCopy } = await session.media.recording();
      assert.ok(isCopy && existsSync(path));
      await until('peaks', async () => (await session.media.readPeaks(0, 0)).length > 1000);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await until('the copy to go', () => !existsSync(path));
    } finally {
      registered.dispose();
    }
  });

  it('reports on a long file while it is at work, and ends the work when it is closed', async () => {
    const { exports } = await extension();
    const file = writeWav(join(folder, 'long.wav'), SECONDS_OF_NOISE, hiss);
    const session = await open(file);
    await until(
      'some of the analysis',
      () => session.status.state === 'running' && session.status.doneSeconds > 5,
    );
    await until('peaks before the end', async () => (await session.media.readPeaks(2, 0)).length > 0);
    assert.equal(session.status.state, 'running');
    await until('what the one sound grows to', () => (session.segments.at(-1)?.endSeconds ?? 0) > 10);
    assert.equal(session.segments.length, 1);
    session.cancel();
    await until('the cancellation', () => session.status.state === 'cancelled');
    assert.equal(session.segments.length, 1, 'what was found so far stays');
    void session.analyse();
    await until('the second analysis', () => session.status.state === 'running');
    const lease = await exports.engine.lease();
    try {
      assert.equal(lease.classifier.stats().running, 1);
      await vscode.commands.executeCommand('workbench.action.closeAllEditors');
      await until('the end of the work', () => lease.classifier.stats().running === 0);
    } finally {
      lease.release();
    }
  });
});
