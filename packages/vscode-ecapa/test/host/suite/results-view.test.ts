import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { EcapaApi } from '../../../src/extension.js';
import { clearResults, removeResults } from '../../../src/features/classify/commands/clear-results.js';
import { correct } from '../../../src/features/classify/commands/correct-label.js';
import { DEFAULT_ARRANGEMENT } from '../../../src/features/classify/state/arrangement.js';
import type { DoneResult } from '../../../src/features/classify/state/result.js';
import { Decorations } from '../../../src/features/classify/views/decorations.js';
import { DragResults } from '../../../src/features/classify/views/drag-results.js';
import type { ResultNode } from '../../../src/features/classify/views/result-nodes.js';
import { shortName } from '../../../src/features/classify/views/short-name.js';
import { explanation } from '../../../src/features/teach/commands/explain.js';
import { answering } from './answers.js';
import { cleared, doneResult, failedResult, setting } from './results-world.js';
import { copySample, freshFolder, ROOT, until } from './workspace.js';

const IDENTITY = { modelId: 'm', modelSha256: 'a', headId: 'h', headSha256: 'b' };

function made(n: number): DoneResult {
  const label = ['speech', 'music', 'noise'][n % 3] ?? '';
  return {
    uri: vscode.Uri.file(`/made/${n % 10}/clip-${n}.wav`).toString(),
    state: 'done',
    verdict: {
      label,
      probability: 1 - n / 10_000,
      probabilities: { music: 0, noise: 0, speech: 0, [label]: 1 - n / 10_000 },
      durationSeconds: n,
      model: 'm',
      head: 'h',
      method: 'clip',
      partial: false,
    },
    stamp: { sizeBytes: 1, modifiedMs: 1 },
    identity: IDENTITY,
  };
}

describe('the view of results', () => {
  let ecapa: EcapaApi;
  beforeEach(async () => {
    ecapa = await cleared();
    ecapa.results.arrangement.change(DEFAULT_ARRANGEMENT);
  });
  afterEach(async () => {
    await setting('decorations.enabled', undefined);
    ecapa.results.arrangement.change(DEFAULT_ARRANGEMENT);
  });

  it('holds 5,000 results, of which it draws what is asked for, and keeps its rows', () => {
    const { tree, arrangement } = ecapa.results;
    for (let n = 0; n < 5000; n++) ecapa.store.set(made(n));
    tree.refresh();
    const groups = tree.getChildren();
    assert.equal(groups.length, 10);
    assert.equal(new Set(groups.map((group) => tree.getTreeItem(group).id)).size, 10);
    arrangement.change({ grouping: 'none' });
    const rows = tree.getChildren();
    assert.equal(rows.length, 501);
    assert.deepEqual(
      rows.slice(0, 2).map((row) => row.kind === 'file' && row.uri),
      [made(4999).uri, made(4998).uri],
    );
    const more = rows.at(-1);
    assert.ok(more?.kind === 'more' && more.group !== undefined);
    tree.showMore(more.group);
    const longer = tree.getChildren();
    assert.equal(longer.length, 1001);
    assert.equal(longer[0], rows[0]);
  });

  it('redraws the one row that changed, not all', async () => {
    const { tree } = ecapa.results;
    for (let n = 0; n < 100; n++) ecapa.store.set(made(n));
    await until('they are shown', () => tree.shownUris().length === 100);
    tree.refresh();
    for (const group of tree.getChildren()) tree.getChildren(group);
    const redrawn: (readonly ResultNode[] | undefined)[] = [];
    const listening = tree.onDidChangeTreeData((nodes) => redrawn.push(nodes));
    const changed: DoneResult = { ...made(7), verdict: { ...made(7).verdict, partial: true } };
    ecapa.store.set(changed);
    await until('the store has reported it', () => {
      tree.refresh();
      return redrawn.length > 0;
    });
    listening.dispose();
    assert.deepEqual(
      redrawn.map((nodes) => nodes?.map((node) => node.kind === 'file' && node.uri)),
      [[changed.uri]],
    );
  });

  it('says of each file what is known of it, for eyes and for ears', async () => {
    const folder = freshFolder('rows');
    const file = copySample('music-trio.m4a', folder);
    const bad = vscode.Uri.file(join(folder, 'bad.wav'));
    writeFileSync(bad.fsPath, 'no audio, no audio, no audio');
    await vscode.commands.executeCommand('ecapa.classifyFolder', vscode.Uri.file(folder));
    const { tree } = ecapa.results;
    tree.refresh();
    const [group] = tree.getChildren();
    assert.ok(group !== undefined);
    assert.equal(tree.getTreeItem(group).label, 'rows');
    const [good, failed] = tree.getChildren(group).map((row) => ({ row, item: tree.getTreeItem(row) }));
    assert.ok(good !== undefined && failed !== undefined);
    const { verdict } = doneResult(ecapa.store, file);
    const behind = String(good.item.description).split(' · ').slice(0, 2).join(' · ');
    assert.equal(
      good.item.label,
      shortName('music-trio.m4a', behind),
      'the name gives way to what stands behind it',
    );
    assert.match(String(good.item.label), /^music(-trio…|…trio)$/);
    assert.match(String(good.item.description), /^>?\d[\d.]* % music · \d+\.\d s · (.* · )?█+[█▌░]*$/);
    assert.match(good.item.accessibilityInformation?.label ?? '', /^music-trio\.m4a, >?\d[\d.]* % music, /);
    assert.equal(good.item.contextValue, 'file.done.verdict');
    const { tooltip } = tree.resolveTreeItem(good.item, good.row);
    assert.ok(tooltip instanceof vscode.MarkdownString);
    for (const label of Object.keys(verdict.probabilities)) assert.ok(tooltip.value.includes(label));
    assert.equal(failed.item.contextValue, 'file.failed');
    assert.ok(String(failed.item.description).length > 10);
    assert.equal(failedResult(ecapa.store, bad).error.file, bad.fsPath);
  });

  it('puts badges on files, unless they are turned off', async () => {
    const file = copySample('music-trio.m4a', freshFolder('badges'));
    await vscode.commands.executeCommand('ecapa.classify', file);
    const decorations = new Decorations(ecapa.store);
    try {
      const fresh = decorations.provideFileDecoration(file);
      assert.equal(fresh?.badge, 'Mu');
      assert.deepEqual(fresh.color, new vscode.ThemeColor('ecapa.music'));
      ecapa.store.set({ ...doneResult(ecapa.store, file), staleness: 'head' });
      assert.equal(decorations.provideFileDecoration(file)?.badge, 'M~');
      assert.equal(decorations.provideFileDecoration(vscode.Uri.file('/other.wav')), undefined);
      await setting('decorations.enabled', false);
      assert.equal(decorations.provideFileDecoration(file), undefined);
      assert.deepEqual(vscode.languages.getDiagnostics(file), []);
    } finally {
      decorations.dispose();
    }
  });

  it('exports what it shows, in its order', async () => {
    const { store, results } = ecapa;
    for (let n = 0; n < 9; n++) store.set(made(n));
    results.arrangement.change({ grouping: 'none', filter: ['label:music'] });
    const target = vscode.Uri.file(join(freshFolder('export'), 'out.jsonl'));
    await vscode.commands.executeCommand('ecapa.exportResults', target);
    const lines = readFileSync(target.fsPath, 'utf8').trimEnd().split('\n');
    assert.deepEqual(
      lines.map((line) => (JSON.parse(line) as { file: string }).file),
      ['/made/7/clip-7.wav', '/made/4/clip-4.wav', '/made/1/clip-1.wav'],
    );
    const csv = target.with({ path: target.path.replace('jsonl', 'csv') });
    await vscode.commands.executeCommand('ecapa.exportResults', csv);
    assert.equal(readFileSync(csv.fsPath, 'utf8').trimEnd().split('\r\n').length, 4);
  });

  it('lets its rows be dragged as files', async () => {
    ecapa.store.set(made(1));
    ecapa.store.set(made(11));
    const { tree } = ecapa.results;
    tree.refresh();
    const data = new vscode.DataTransfer();
    new DragResults().handleDrag(tree.getChildren(), data);
    const text = await data.get('text/uri-list')?.asString();
    assert.deepEqual(new Set(text?.split('\r\n')), new Set([made(1).uri, made(11).uri]));
  });

  it('copies verdicts and takes results out', async () => {
    const file = copySample('music-trio.m4a', freshFolder('copied'));
    await vscode.commands.executeCommand('ecapa.classify', file);
    await vscode.commands.executeCommand('ecapa.copyVerdict', file);
    assert.match(await vscode.env.clipboard.readText(), /^copied\/music-trio\.m4a\tmusic\t\d[\d.]* %$/);
    await vscode.commands.executeCommand('ecapa.removeResults', file);
    assert.equal(ecapa.store.size, 0);
  });

  it('keeps what a person says beside the verdict, also when it is given again', async () => {
    const { store } = ecapa;
    const file = copySample('music-trio.m4a', freshFolder('corrected'));
    await vscode.commands.executeCommand('ecapa.classify', file);
    correct(ecapa, [doneResult(store, file)], 'jazz');
    await vscode.commands.executeCommand('ecapa.classify', file);
    const { correctedLabel, verdict } = doneResult(store, file);
    assert.deepEqual([correctedLabel, verdict.label], ['jazz', 'music']);
    ecapa.results.arrangement.change({ grouping: 'label' });
    const [group] = ecapa.results.tree.getChildren();
    assert.ok(group !== undefined);
    assert.equal(ecapa.results.tree.getTreeItem(group).label, 'jazz');
    correct(ecapa, [doneResult(store, file)], '');
    assert.equal(doneResult(store, file).correctedLabel, undefined);
  });

  it('keeps what a person says also when the file fails in between', async () => {
    const { store } = ecapa;
    const file = copySample('music-trio.m4a', freshFolder('failed-between'));
    const sound = readFileSync(file.fsPath);
    await vscode.commands.executeCommand('ecapa.classify', file);
    correct(ecapa, [doneResult(store, file)], 'jazz');
    writeFileSync(file.fsPath, 'no audio, no audio, no audio');
    for (const _ of ['once', 'and again']) {
      await vscode.commands.executeCommand('ecapa.classify', file);
      assert.equal(failedResult(store, file).correctedLabel, 'jazz');
    }
    writeFileSync(file.fsPath, sound);
    await vscode.commands.executeCommand('ecapa.classify', file);
    assert.equal(doneResult(store, file).correctedLabel, 'jazz');
  });

  for (const [name, takeOut] of [
    [
      'one by one',
      () => removeResults({ ...ecapa.results, store: ecapa.store }, vscode.Uri.parse(made(1).uri)),
    ],
    ['all', () => clearResults(ecapa)],
  ] as const)
    it(`asks before corrections go with the results, and gives them back: ${name}`, async () => {
      const { store } = ecapa;
      const corrected = { ...made(1), correctedLabel: 'jazz' };
      store.set(corrected);
      const refused = await answering('showWarningMessage', undefined, takeOut);
      assert.match(refused.join(), /^1 label corrected by hand/);
      assert.equal(store.get(corrected.uri), corrected);
      await answering('showInformationMessage', 'Undo', async () => {
        await answering('showWarningMessage', 'Clear', takeOut);
        await until('it is back', () => store.get(corrected.uri) === corrected);
      });
      await answering('showInformationMessage', undefined, async () => {
        await answering('showWarningMessage', 'Clear', takeOut);
      });
      assert.equal(store.size, 0);
    });

  it('explains a verdict by its probabilities, also under a head without clips', async () => {
    const file = copySample('music-trio.m4a', freshFolder('why'));
    const rows = await explanation(ecapa, file, new AbortController().signal);
    const labels = rows.map(({ label }) => label);
    assert.deepEqual(labels.slice(1, 2), ['music']);
    assert.ok(labels.includes('speech') && labels.includes('noise'));
  });

  it('explains a recording that is longer than a clip by the part where it is surest, and says which', async () => {
    const folder = freshFolder('long');
    copyFileSync(
      join(ROOT, 'packages', 'vscode-ecapa', 'media', 'sample', 'radio-hour.opus'),
      join(folder, 'hour.opus'),
    );
    const file = vscode.Uri.file(join(folder, 'hour.opus'));
    const rows = await explanation(ecapa, file, new AbortController().signal);
    const [where, timeline] = rows;
    assert.match(where?.label ?? '', /^Of 0:\d\d.*, where it is surest to be “.+”$/);
    assert.equal(timeline?.opensTimeline, true, 'the whole of it is in its timeline');
    const labels = rows.map(({ label }) => label);
    for (const label of ['music', 'noise', 'speech']) assert.ok(labels.includes(label), labels.join());
  });
});
