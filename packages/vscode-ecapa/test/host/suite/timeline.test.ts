import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TimelineSegment } from '@ecapa/core/timeline';
import * as vscode from 'vscode';
import type { Media } from '../../../src/features/timeline/media.js';
import { loadCore } from '../../../src/platform/core.js';
import { MemoryFiles } from './memory-files.js';
import { setting } from './results-world.js';
import { open, opened, until, useTimelines } from './timeline-world.js';
import { copySample, extension, freshFolder, ROOT, writeWav } from './workspace.js';

const SECONDS_OF_NOISE = 1800;

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
  let folder: string;
  useTimelines(this, 'timelines', (made) => {
    folder = made;
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
