import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { EcapaApi } from '../../../src/extension.js';
import type { RunSummary } from '../../../src/features/classify/state/runs.js';
import { loadCore } from '../../../src/platform/core.js';
import { pickFolder } from '../../../src/platform/targets.js';
import { cleared, doneResult, failedResult, isActive, setting, writeClips } from './results-world.js';
import { copySample, freshFolder, until } from './workspace.js';

const SAMPLES = [
  'music-band.mp3',
  'music-trio.m4a',
  'noise-machine.ogg',
  'noise-rain.opus',
  'speech-announcement.mp3',
  'speech-radio-talk.flac',
];

async function classify(command: 'classify' | 'classifyFolder', ...uris: vscode.Uri[]): Promise<RunSummary> {
  const summary = await vscode.commands.executeCommand<RunSummary | undefined>(
    `ecapa.${command}`,
    uris[0],
    uris,
  );
  assert.ok(summary !== undefined, 'the run came to an end');
  return summary;
}

describe('classifying', () => {
  let ecapa: EcapaApi;
  beforeEach(async () => {
    ecapa = await cleared();
  });
  afterEach(async () => {
    await setting('workers', undefined);
    await setting('head', undefined);
  });

  it("gives core's own verdicts on a selection of files", async () => {
    const folder = freshFolder('verdicts');
    const files = SAMPLES.map((sample) => copySample(sample, folder));
    const summary = await classify('classify', ...files);
    assert.deepEqual(summary, { done: 6, failed: 0, fresh: 0, total: 6, isCancelled: false });
    const { Classifier } = await loadCore();
    const classifier = await Classifier.open({ workers: 1 });
    try {
      for (const file of files) {
        const { timings: _, ...verdict } = await classifier.classify(file.fsPath);
        assert.deepEqual(doneResult(ecapa.store, file).verdict, verdict);
        assert.equal(verdict.label, file.path.split('/').at(-1)?.split('-')[0]);
      }
    } finally {
      await classifier.close();
    }
  });

  it('goes through a folder with damaged files in it and says of each what is wrong', async () => {
    const folder = freshFolder('damaged');
    const good = copySample('noise-rain.opus', folder);
    const write = (name: string, data: string | Uint8Array): vscode.Uri => {
      writeFileSync(join(folder, name), data);
      return vscode.Uri.file(join(folder, name));
    };
    const text = write('text.wav', 'this is no audio at all '.repeat(100));
    const empty = write('empty.mp3', '');
    const whole = readFileSync(copySample('speech-radio-talk.flac', freshFolder('whole')).fsPath);
    const cut = write('cut.flac', whole.subarray(0, whole.length / 2));
    write('notes.txt', 'not looked at');
    const summary = await classify('classifyFolder', vscode.Uri.file(folder));
    assert.deepEqual([summary.total, summary.done, summary.failed], [4, 4, 2]);
    assert.equal(failedResult(ecapa.store, text).error.code, 'NOT_AUDIO');
    assert.equal(failedResult(ecapa.store, empty).error.code, 'EMPTY_FILE');
    assert.equal(doneResult(ecapa.store, good).verdict.label, 'noise');
    assert.equal(doneResult(ecapa.store, cut).verdict.partial, true);
  });

  it('takes what was cut out of a recording for no recording of its own', async () => {
    const folder = freshFolder('cut');
    const whole = copySample('noise-rain.opus', folder);
    copySample('noise-rain.opus', freshFolder('cut/noise-rain.pieces'), 'noise 1.opus');
    const summary = await classify('classifyFolder', vscode.Uri.file(folder));
    assert.equal(summary.total, 1);
    assert.equal(doneResult(ecapa.store, whole).verdict.label, 'noise');
  });

  it('asks which of several folders is meant, and offers all', async () => {
    const folders = ['one', 'two'].map((name, index) => ({ name, index, uri: vscode.Uri.file(`/${name}`) }));
    const { window, workspace } = vscode;
    const own = Object.getOwnPropertyDescriptor(workspace, 'workspaceFolders');
    const { showQuickPick } = window;
    assert.ok(own);
    let choice = 0;
    Object.defineProperty(workspace, 'workspaceFolders', { configurable: true, get: () => folders });
    Object.assign(window, { showQuickPick: async (items: readonly unknown[]) => items[choice] });
    try {
      assert.deepEqual(
        (await pickFolder()).map(({ path }) => path),
        ['/one', '/two'],
      );
      choice = 2;
      assert.deepEqual(
        (await pickFolder()).map(({ path }) => path),
        ['/two'],
      );
      choice = 3;
      assert.deepEqual(await pickFolder(), [], 'closed without an answer');
    } finally {
      Object.defineProperty(workspace, 'workspaceFolders', own);
      Object.assign(window, { showQuickPick });
    }
  });

  it('goes on when a file is deleted while it waits', async () => {
    const files = writeClips(freshFolder('deleted'), 60);
    const last = files.at(-1);
    assert.ok(last !== undefined);
    const run = classify('classify', ...files);
    await until('the first is at work', () => ecapa.store.all().some(({ state }) => state === 'running'));
    rmSync(last.fsPath);
    const summary = await run;
    assert.deepEqual([summary.done, summary.failed], [60, 1]);
    assert.equal(failedResult(ecapa.store, last).error.code, 'FILE_NOT_FOUND');
  });

  it('writes nothing into a folder, and needs no right to', async () => {
    const folder = freshFolder('read-only');
    const file = copySample('music-trio.m4a', folder);
    chmodSync(folder, 0o555);
    try {
      await classify('classifyFolder', vscode.Uri.file(folder));
      doneResult(ecapa.store, file);
      assert.deepEqual(readdirSync(folder), ['music-trio.m4a']);
    } finally {
      chmodSync(folder, 0o755);
    }
  });

  it('takes any name', async () => {
    const folder = join(freshFolder('Aufnahmen & テスト'), 'a [b] {c} 100%25 #7');
    mkdirSync(folder);
    const names = ['Übung – 第1章.m4a', 'with space?.m4a', '%41.m4a', 'quote\'".M4A', '(1).m4a'];
    const files = names.map((name) => copySample('music-trio.m4a', folder, name));
    const summary = await classify('classifyFolder', vscode.Uri.file(folder));
    assert.equal(summary.total, names.length);
    for (const file of files) assert.equal(doneResult(ecapa.store, file).verdict.label, 'music');
  });

  it('does not run in circles through links', async () => {
    const folder = freshFolder('loop');
    copySample('music-trio.m4a', folder);
    mkdirSync(join(folder, 'below'));
    symlinkSync(folder, join(folder, 'below', 'up'), 'dir');
    symlinkSync('self', join(folder, 'self'));
    symlinkSync('nowhere.wav', join(folder, 'broken.wav'));
    const summary = await classify('classifyFolder', vscode.Uri.file(folder));
    assert.deepEqual([summary.total, summary.failed], [2, 1]);
  });

  it('keeps model and head of its start when the settings change, and marks what they made stale', async () => {
    const folder = freshFolder('settings');
    const files = writeClips(folder, 40);
    const { loadHead, locateHead, saveHead } = await loadCore();
    const head = await loadHead(await locateHead('speech-music-noise'));
    await saveHead(join(folder, 'other.json'), {
      ...head,
      id: 'other',
      bias: head.bias.map((value) => value + 0.01),
    });
    const run = classify('classify', ...files);
    await until('some are done', () => ecapa.store.all().some(({ state }) => state === 'done'));
    await setting('workers', 2);
    await setting('head', join(folder, 'other.json'));
    const summary = await run;
    assert.equal(summary.done, files.length);
    const heads = new Set(files.map((file) => doneResult(ecapa.store, file).identity.headId));
    assert.deepEqual([...heads], ['speech-music-noise']);
    await until('all are stale', () =>
      files.every((file) => doneResult(ecapa.store, file).staleness === 'head'),
    );
    const again = await vscode.commands.executeCommand<RunSummary>('ecapa.reclassifyStale');
    assert.equal(again.done, files.length);
    for (const file of files) {
      const { identity, staleness } = doneResult(ecapa.store, file);
      assert.deepEqual([identity.headId, staleness], ['other', undefined]);
    }
  });

  it('reports how far it is with a long recording', async () => {
    const [file] = writeClips(freshFolder('long'), 1, 90);
    assert.ok(file !== undefined);
    const reported: number[] = [];
    const listening = ecapa.store.onDidChange(() => {
      const result = ecapa.store.get(file.toString());
      if (result?.state === 'running' && result.doneSeconds !== undefined && result.totalSeconds === 90)
        reported.push(result.doneSeconds);
    });
    await classify('classify', file);
    listening.dispose();
    assert.ok(reported.length > 1, 'more than once');
    assert.deepEqual(
      reported,
      [...reported].sort((a, b) => a - b),
    );
    assert.equal(doneResult(ecapa.store, file).verdict.method, 'timeline');
  });

  it('stops when it is cancelled, keeps what is done and leaves nobody waiting', async () => {
    const files = writeClips(freshFolder('cancelled'), 150);
    const [first] = files;
    assert.ok(first !== undefined);
    await classify('classify', first);
    const before = doneResult(ecapa.store, first);
    const run = classify('classify', ...files);
    const done = (): number => ecapa.store.all().filter(({ state }) => state === 'done').length;
    // The first one too, in this run: cancelled at work, it would have its verdict of before.
    const isDone = (file: vscode.Uri): boolean => ecapa.store.get(file.toString())?.state === 'done';
    await until('some are done', () => done() >= 3 && isDone(first));
    await vscode.commands.executeCommand('ecapa.cancel');
    const summary = await run;
    assert.equal(summary.isCancelled, true);
    assert.ok(summary.done < files.length);
    assert.deepEqual(ecapa.store.all().filter(isActive), []);
    assert.equal(ecapa.store.size, Math.max(summary.done, 1));
    assert.deepEqual(doneResult(ecapa.store, first).verdict, before.verdict);
    const resumed = await classify('classifyFolder', vscode.Uri.joinPath(first, '..'));
    assert.deepEqual([resumed.done, resumed.fresh], [files.length, summary.done]);
  });

  it('does no file twice when runs overlap', async () => {
    const files = writeClips(freshFolder('shared'), 30);
    const { engine } = ecapa;
    let jobs = 0;
    let runs = 0;
    const lease = engine.lease;
    engine.lease = async () => {
      runs++;
      await until('all runs have begun', () => runs >= 3); // or the first could be done before the last begins
      const held = await lease.call(engine);
      const classifier = Object.create(held.classifier, {
        workers: { value: held.classifier.workers },
        classify: {
          value: (...args: Parameters<typeof held.classifier.classify>) => {
            jobs++;
            return held.classifier.classify(...args);
          },
        },
      }) as typeof held.classifier;
      return { ...held, classifier };
    };
    try {
      const summaries = await Promise.all([
        classify('classify', ...files),
        classify('classify', ...[...files].reverse()),
        classify('classify', ...files.slice(10, 20)),
      ]);
      assert.deepEqual(
        summaries.map(({ done }) => done),
        [30, 30, 10],
      );
      assert.equal(jobs, 30);
    } finally {
      engine.lease = lease;
    }
  });

  it('says what is wrong with the settings and leaves nobody waiting', async () => {
    const files = writeClips(freshFolder('no-head'), 3);
    await setting('head', join(freshFolder('heads'), 'missing.json'));
    const summary = await vscode.commands.executeCommand('ecapa.classify', files[0], files);
    assert.equal(summary, undefined);
    assert.equal(ecapa.store.size, 0);
  });
});
