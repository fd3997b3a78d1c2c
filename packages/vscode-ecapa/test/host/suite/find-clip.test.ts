import assert from 'node:assert/strict';
import { mkdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import type * as vscode from 'vscode';
import { findClip } from '../../../src/features/teach/state/find-clip.js';
import { copySample, freshFolder, until, workspaceFolder } from './workspace.js';

const SPAN = { startSeconds: 0, endSeconds: 1.2 };

describe('where a training clip is', () => {
  let folder: string;
  let clip: vscode.Uri;
  before(() => {
    folder = freshFolder('find clips');
    mkdirSync(join(folder, 'tones [1]'));
    clip = copySample('music-trio.m4a', join(folder, 'tones [1]'), 'a {b}.m4a');
  });

  it('is known by its place in the workspace, its path and its URI', async () => {
    for (const name of ['find clips/tones [1]/a {b}.m4a', clip.fsPath, clip.toString()])
      assert.deepEqual(await findClip(name), { uri: clip.toString() }, name);
  });

  it('is known by the name of its folder of several, too', async () => {
    const name = `${basename(workspaceFolder())}/find clips/tones [1]/a {b}.m4a`;
    assert.deepEqual(await findClip(name), { uri: clip.toString() });
  });

  it('is searched for under the folder that was trained from', async () => {
    // The index of files may take a moment to have it.
    await until('it is found', async () => (await findClip('tones [1]/a {b}.m4a')) !== undefined);
    assert.deepEqual(await findClip('tones [1]/a {b}.m4a#t=0.000,1.200'), {
      uri: clip.toString(),
      span: SPAN,
    });
  });

  it('is best known by the training that has just been', async () => {
    const other = copySample('music-trio.m4a', folder, 'other.m4a');
    const sources = { 'tones [1]/a {b}.m4a': { uri: other.toString(), span: SPAN } };
    assert.deepEqual(await findClip('tones [1]/a {b}.m4a', sources), { uri: other.toString(), span: SPAN });
    rmSync(other.fsPath);
    assert.equal((await findClip('find clips/tones [1]/a {b}.m4a', sources))?.uri, clip.toString());
  });

  it('is not known when there is no such file', async () => {
    for (const name of [
      'constructor',
      'none.wav#t=0.000,1.200',
      '../none.wav',
      '/none.wav',
      'file:///none.wav',
    ])
      assert.equal(await findClip(name), undefined, name);
  });
});
