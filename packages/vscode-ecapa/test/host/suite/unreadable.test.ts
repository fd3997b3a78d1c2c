import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { ResultStore } from '../../../src/features/classify/state/result-store.js';
import { ResultsFile } from '../../../src/features/classify/state/results-file.js';
import { ClassStore } from '../../../src/features/teach/state/class-store.js';
import { CorrectionStore } from '../../../src/features/timeline/corrections.js';
import { done } from '../../some-results.js';
import { MemoryFiles } from './memory-files.js';

const SCHEME = 'ecapa-unreadable';
const FOLDER = vscode.Uri.from({ scheme: SCHEME, path: '/storage' });

describe('what is kept and cannot be read now', () => {
  let files: MemoryFiles;
  let registered: vscode.Disposable;
  let log: vscode.LogOutputChannel;
  const open: vscode.Disposable[] = [];
  beforeEach(() => {
    files = new MemoryFiles();
    registered = vscode.workspace.registerFileSystemProvider(SCHEME, files);
    log = vscode.window.createOutputChannel('ECAPA test', { log: true });
  });
  afterEach(() => {
    for (const one of open.splice(0)) one.dispose();
    registered.dispose();
    log.dispose();
  });

  it('is not written over by other results, which join it later', async () => {
    const path = '/storage/results.jsonl';
    const window = (): { store: ResultStore; file: ResultsFile } => {
      const store = new ResultStore();
      const file = new ResultsFile(FOLDER, store, log);
      open.push(file, store);
      return { store, file };
    };
    const first = window();
    await first.file.load();
    first.store.set(done('file:///a.wav'));
    await first.file.flush();
    const kept = files.text(path);
    assert.match(kept, /a\.wav/);
    files.forbid(path);
    const second = window();
    await second.file.load();
    second.store.set(done('file:///b.wav'));
    await second.file.flush();
    assert.equal(files.text(path), kept);
    files.allow(path);
    await second.file.flush();
    assert.match(files.text(path), /a\.wav/);
    assert.match(files.text(path), /b\.wav/);
  });

  it('is not written over by other classes', async () => {
    const classes = (): ClassStore => {
      const store = new ClassStore(FOLDER, log);
      open.push(store);
      return store;
    };
    await classes().update(() => [{ name: 'siren', clips: [] }]);
    const path = '/storage/classes.json';
    const kept = files.text(path);
    assert.match(kept, /siren/);
    files.forbid(path);
    const store = classes();
    await assert.rejects(store.update((list) => [...list, { name: 'horn', clips: [] }]));
    assert.equal(files.text(path), kept);
    files.allow(path);
    await store.update((list) => [...list, { name: 'horn', clips: [] }]);
    assert.deepEqual(
      store.list.map(({ name }) => name),
      ['siren', 'horn'],
    );
  });

  it('is not taken for no corrections', async () => {
    const store = new CorrectionStore(FOLDER, log);
    open.push(store);
    // Labels beside recordings of the workspace are everybody's.
    const own = async (): Promise<unknown[]> =>
      (await store.all()).filter(({ uri }) => uri === 'file:///a.wav');
    assert.deepEqual(await own(), []);
    const corrections = [{ startSeconds: 0, endSeconds: 1, label: 'rain' }];
    await store.set('file:///a.wav', { corrections, heard: [] });
    const [path = ''] = files.paths;
    files.forbid(path);
    await assert.rejects(store.get('file:///a.wav'));
    await assert.rejects(store.all());
    files.allow(path);
    assert.deepEqual(await store.get('file:///a.wav'), corrections);
    assert.equal((await own()).length, 1);
    assert.deepEqual(await store.get('file:///b.wav'), []);
  });
});
