import assert from 'node:assert/strict';
import { appendFileSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import type { EcapaApi } from '../../../src/extension.js';
import { loadCore } from '../../../src/platform/core.js';
import { MemoryFiles } from './memory-files.js';
import { cleared, doneResult, failedResult, setting, writeClips } from './results-world.js';
import { copySample, freshFolder, ROOT, until, workspaceFolder } from './workspace.js';

const SCHEME = 'ecapa-memory';

function sample(name: string): Uint8Array {
  return readFileSync(join(ROOT, 'test', 'fixtures', 'samples', name));
}

describe('files that are not on a disk', () => {
  let ecapa: EcapaApi;
  let files: MemoryFiles;
  let registered: vscode.Disposable;
  before(() => {
    files = new MemoryFiles();
    registered = vscode.workspace.registerFileSystemProvider(SCHEME, files);
  });
  after(() => registered.dispose());
  beforeEach(async () => {
    ecapa = await cleared();
  });
  afterEach(() => setting('remoteFileLimitMegabytes', undefined));

  it('are classified through workspace.fs, one by one and by the folder', async () => {
    files.write('/sounds/a/talk one.flac', sample('speech-radio-talk.flac'));
    files.write('/sounds/rain.opus', sample('noise-rain.opus'));
    files.write('/sounds/notes.txt', new TextEncoder().encode('no'));
    const folder = vscode.Uri.from({ scheme: SCHEME, path: '/sounds' });
    await vscode.commands.executeCommand('ecapa.classifyFolder', folder);
    assert.equal(ecapa.store.size, 2);
    const talk = vscode.Uri.joinPath(folder, 'a', 'talk one.flac');
    assert.equal(doneResult(ecapa.store, talk).verdict.label, 'speech');
    assert.equal(doneResult(ecapa.store, vscode.Uri.joinPath(folder, 'rain.opus')).verdict.label, 'noise');
  });

  it('are refused with a reason when they are not there, not allowed or too large', async () => {
    await setting('remoteFileLimitMegabytes', 1);
    files.write('/big.wav', new Uint8Array(1024 * 1024 + 1));
    files.forbid('/secret.wav');
    const uri = (path: string): vscode.Uri => vscode.Uri.from({ scheme: SCHEME, path });
    const all = [uri('/big.wav'), uri('/secret.wav'), uri('/none.wav')];
    await vscode.commands.executeCommand('ecapa.classify', all[0], all);
    const [big, secret, none] = all.map((file) => failedResult(ecapa.store, file).error);
    assert.equal(big?.code, 'TOO_LONG');
    assert.match(big.message, /ecapa\.remoteFileLimitMegabytes/);
    assert.equal(secret?.code, 'PERMISSION_DENIED');
    assert.equal(none?.code, 'FILE_NOT_FOUND');
  });
});

describe('the language-model tool', () => {
  interface Answer {
    readonly results: readonly {
      readonly file: string;
      readonly label?: string;
      readonly correctedByUser?: string;
      readonly probabilities?: Readonly<Record<string, number>>;
      readonly segments?: readonly { readonly label: string; readonly endSeconds: number }[];
      readonly segmentsTruncated?: boolean;
      readonly segmentsError?: { readonly code: string };
      readonly error?: { readonly code: string };
    }[];
    readonly notClassified?: number;
    readonly cancelledByUser?: boolean;
  }

  async function ask(input: object, token?: vscode.CancellationToken): Promise<Answer> {
    const { content } = await vscode.lm.invokeTool(
      'ecapa_classify_audio',
      { input, toolInvocationToken: undefined },
      token,
    );
    const [part] = content;
    assert.ok(part instanceof vscode.LanguageModelTextPart);
    return JSON.parse(part.value) as Answer;
  }

  let ecapa: EcapaApi;
  beforeEach(async () => {
    ecapa = await cleared();
  });

  it('is offered with a description and a schema', () => {
    const tool = vscode.lm.tools.find(({ name }) => name === 'ecapa_classify_audio');
    assert.ok(tool !== undefined);
    assert.deepEqual((tool.inputSchema as { required?: string[] }).required, ['paths']);
  });

  it('answers for files and folders, relative and absolute, with what is wrong with some', async () => {
    const folder = freshFolder('tool');
    const talk = copySample('speech-radio-talk.flac', folder);
    copySample('music-trio.m4a', folder);
    const { results } = await ask({ paths: ['tool', talk.fsPath, 'tool/none.wav'] });
    assert.deepEqual(
      results.map(({ file, label, error }) => [basename(file), label ?? error?.code]),
      [
        ['music-trio.m4a', 'music'],
        ['speech-radio-talk.flac', 'speech'],
        ['none.wav', 'FILE_NOT_FOUND'],
      ],
    );
    const sum = Object.values(results[0]?.probabilities ?? {}).reduce((a, b) => a + b, 0);
    assert.ok(Math.abs(sum - 1) < 0.005);
  });

  it('says what the user has put right', async () => {
    const file = copySample('music-trio.m4a', freshFolder('corrected'));
    const { results: before } = await ask({ paths: ['corrected'] });
    assert.equal(before[0]?.correctedByUser, undefined);
    ecapa.store.set({ ...doneResult(ecapa.store, file), correctedLabel: 'jazz' });
    const { results } = await ask({ paths: ['corrected'] });
    assert.deepEqual([results[0]?.label, results[0]?.correctedByUser], ['music', 'jazz']);
  });

  it('says what is where when asked to', async () => {
    copySample('music-trio.m4a', freshFolder('where'));
    const { results } = await ask({ paths: ['where/music-trio.m4a'], segments: true });
    const [{ segments } = {}] = results;
    assert.equal(segments?.[0]?.label, 'music');
    assert.ok((segments.at(-1)?.endSeconds ?? 0) > 1);
  });

  it('says that there is more than it names, and of which file it cannot say what is where', async () => {
    const folder = freshFolder('many');
    const [long, bad] = writeClips(folder, 2).map(({ fsPath }) => basename(fsPath));
    const { engine } = ecapa;
    const { lease } = engine;
    const { EcapaError } = await loadCore();
    async function* timeline(_: string, { name }: { readonly name: string }) {
      if (name.endsWith(bad ?? '')) throw new EcapaError('READ_FAILED', 'the drive is gone');
      for (let second = 0; second < 501; second++)
        yield {
          type: 'segment',
          segment: { label: 'noise', startSeconds: second, endSeconds: second + 1, probability: 1 },
        };
    }
    engine.lease = async () => {
      const held = await lease.call(engine);
      const { classifier } = held;
      const mocked = {
        workers: classifier.workers,
        classify: classifier.classify.bind(classifier),
        timeline,
      };
      return { ...held, classifier: mocked as unknown as typeof classifier };
    };
    try {
      const { results } = await ask({ paths: ['many'], segments: true });
      assert.deepEqual(
        results.map(({ file, segments, segmentsTruncated, segmentsError }) => [
          basename(file),
          segments?.length,
          segmentsTruncated,
          segmentsError?.code,
        ]),
        [
          [long, 500, true, undefined],
          [bad, undefined, undefined, 'READ_FAILED'],
        ],
      );
    } finally {
      engine.lease = lease;
    }
  });

  it('counts the files that were not reached when the user ends the run, and says nothing old of them', async () => {
    const files = writeClips(freshFolder('ended'), 150);
    const last = files.at(-1);
    assert.ok(last !== undefined);
    await vscode.commands.executeCommand('ecapa.classify', last);
    appendFileSync(last.fsPath, Buffer.alloc(3200));
    const done = (): number => ecapa.store.all().filter(({ state }) => state === 'done').length;
    const asking = ask({ paths: ['ended'] });
    await until('some are done', () => done() >= 3);
    await vscode.commands.executeCommand('ecapa.cancel');
    const { results, notClassified, cancelledByUser } = await asking;
    assert.equal(cancelledByUser, true);
    assert.ok(results.length > 0 && results.length < files.length);
    assert.equal(notClassified, files.length - results.length);
    assert.ok(!results.some(({ file }) => basename(file) === basename(last.fsPath)));
  });

  it('refuses paths that climb out of the workspace, and input that makes no sense', async () => {
    for (const paths of [[`../${basename(workspaceFolder())}-other/a.wav`], [''], [], 'text', undefined])
      await assert.rejects(ask({ paths }));
  });

  it('stops when it is cancelled', async () => {
    copySample('music-trio.m4a', freshFolder('stop'));
    const source = new vscode.CancellationTokenSource();
    source.cancel();
    await assert.rejects(ask({ paths: ['stop'] }, source.token));
  });
});
