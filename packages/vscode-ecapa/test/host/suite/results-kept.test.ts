import assert from 'node:assert/strict';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { EcapaApi } from '../../../src/extension.js';
import { ResultStore } from '../../../src/features/classify/state/result-store.js';
import { ResultsFile } from '../../../src/features/classify/state/results-file.js';
import { loadCore } from '../../../src/platform/core.js';
import { cleared, doneResult, setting, writeClips } from './results-world.js';
import { copySample, freshFolder, noticed, until } from './workspace.js';

/** Another window's view of a folder of storage. */
async function nextWindow(
  storage: string,
  log: vscode.LogOutputChannel,
): Promise<{ store: ResultStore; file: ResultsFile }> {
  const store = new ResultStore();
  const file = new ResultsFile(vscode.Uri.file(storage), store, log);
  await file.load();
  return { store, file };
}

describe('results that last', () => {
  let ecapa: EcapaApi;
  let log: vscode.LogOutputChannel;
  before(() => {
    log = vscode.window.createOutputChannel('ECAPA test', { log: true });
  });
  after(() => log.dispose());
  beforeEach(async () => {
    ecapa = await cleared();
  });

  it('are there in the next window, those of an interrupted run as they were before', async () => {
    const storage = freshFolder('.storage');
    const file = copySample('music-trio.m4a', freshFolder('kept'));
    await vscode.commands.executeCommand('ecapa.classify', file);
    const known = doneResult(ecapa.store, file);
    const first = await nextWindow(storage, log);
    first.store.set({ uri: known.uri, state: 'running', previous: known });
    first.store.set({ uri: 'file:///never.wav', state: 'queued' });
    await first.file.flush();
    const second = await nextWindow(storage, log);
    assert.deepEqual(second.store.all(), [known]);
    assert.deepEqual(readdirSync(storage), ['results.jsonl']);
  });

  it('start empty when the file is no longer one, which is set aside', async () => {
    const storage = freshFolder('.storage');
    writeFileSync(join(storage, 'results.jsonl'), '{"format":"eca');
    const { store } = await nextWindow(storage, log);
    assert.equal(store.size, 0);
    assert.ok(existsSync(join(storage, 'results.jsonl.damaged')));
  });

  it('are not spoilt by what a crash left half-written', async () => {
    const storage = freshFolder('.storage');
    const first = await nextWindow(storage, log);
    const failed = {
      uri: 'file:///a.wav',
      state: 'failed',
      error: { code: 'NOT_AUDIO', message: 'a.wav: no' },
    } as const;
    first.store.set(failed);
    await first.file.flush();
    writeFileSync(
      join(storage, `results.jsonl.${process.pid}.tmp`),
      '{"format":"ecapa-results","version":1}\n{"ur',
    );
    const second = await nextWindow(storage, log);
    assert.deepEqual(second.store.all(), [failed]);
  });

  it('go stale when the file changes', async () => {
    const file = copySample('music-trio.m4a', freshFolder('changes'));
    await vscode.commands.executeCommand('ecapa.classify', file);
    assert.equal(doneResult(ecapa.store, file).staleness, undefined);
    appendFileSync(file.fsPath, Buffer.alloc(10));
    await until('it is stale', () => doneResult(ecapa.store, file).staleness === 'file');
    await vscode.commands.executeCommand('ecapa.reclassifyStale');
    assert.equal(doneResult(ecapa.store, file).staleness, undefined);
  });

  it('go stale when another program writes the head anew', async () => {
    const file = copySample('music-trio.m4a', freshFolder('retrained'));
    const path = join(freshFolder('heads'), 'own.json');
    const { loadHead, locateHead, saveHead } = await loadCore();
    const head = await loadHead(await locateHead('speech-music-noise'));
    await saveHead(path, { ...head, id: 'own' });
    await setting('head', path);
    try {
      await vscode.commands.executeCommand('ecapa.classify', file);
      assert.deepEqual(doneResult(ecapa.store, file).identity.headId, 'own');
      await saveHead(path, { ...head, id: 'own', temperature: 2 });
      await until('it is stale', () => doneResult(ecapa.store, file).staleness === 'head');
      await saveHead(path, { ...head, id: 'own' });
      await until('it is fresh again', () => doneResult(ecapa.store, file).staleness === undefined);
    } finally {
      await setting('head', undefined);
    }
  });

  it('go with their files: one by one, by the folder, and by another program', async () => {
    const folder = freshFolder('goes');
    const below = join(folder, 'below');
    mkdirSync(below);
    const [one, two] = [copySample('music-trio.m4a', folder, 'one.m4a'), copySample('music-trio.m4a', below)];
    await vscode.commands.executeCommand('ecapa.classifyFolder', vscode.Uri.file(folder));
    assert.equal(ecapa.store.size, 2);
    await noticed(folder);
    rmSync(one.fsPath);
    await until('the file is gone', () => ecapa.store.get(one.toString()) === undefined);
    rmSync(below, { recursive: true });
    await until('the folder is gone', () => ecapa.store.get(two.toString()) === undefined);
  });

  it('follow files and folders that are renamed in VS Code', async () => {
    const folder = freshFolder('renamed');
    const [file] = writeClips(folder, 1);
    assert.ok(file !== undefined);
    await vscode.commands.executeCommand('ecapa.classify', file);
    const { verdict } = doneResult(ecapa.store, file);
    const edit = new vscode.WorkspaceEdit();
    const other = vscode.Uri.file(join(folder, 'other name.wav'));
    edit.renameFile(file, other);
    assert.ok(await vscode.workspace.applyEdit(edit));
    await until('the result has moved', () => ecapa.store.get(other.toString())?.state === 'done');
    assert.equal(ecapa.store.get(file.toString()), undefined);
    const folders = new vscode.WorkspaceEdit();
    const moved = freshFolder('renamed-2');
    rmSync(moved, { recursive: true });
    folders.renameFile(vscode.Uri.file(folder), vscode.Uri.file(moved));
    assert.ok(await vscode.workspace.applyEdit(folders));
    const last = vscode.Uri.file(join(moved, 'other name.wav'));
    await until('the result has moved', () => ecapa.store.get(last.toString())?.state === 'done');
    assert.deepEqual(doneResult(ecapa.store, last).verdict, verdict);
    assert.equal(ecapa.store.size, 1);
  });

  it('keep to a file that is saved by writing it anew', async () => {
    const folder = freshFolder('saved');
    const file = copySample('music-trio.m4a', folder);
    const copy = copySample('music-trio.m4a', folder, 'copy.tmp');
    utimesSync(copy.fsPath, new Date(), new Date(Date.now() + 10_000));
    await vscode.commands.executeCommand('ecapa.classify', file);
    rmSync(file.fsPath);
    renameSync(copy.fsPath, file.fsPath);
    await until('it is stale', () => doneResult(ecapa.store, file).staleness === 'file');
  });
});
