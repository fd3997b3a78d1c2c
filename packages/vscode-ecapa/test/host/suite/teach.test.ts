import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as vscode from 'vscode';
import { KINDS, writeClips } from '../../../../../test/e2e/sounds.js';
import { switchHead } from '../../../src/features/models/commands/switch-head.js';
import { loadCore } from '../../../src/platform/core.js';
import { begin } from '../../../src/platform/report-failure.js';
import { answering } from './answers.js';
import { doneResult, setting } from './results-world.js';
import { followed, namesIn, useTeaching } from './teach-world.js';
import { copySample, freshFolder, ROOT, until, workspaceFolder } from './workspace.js';

const [TONES = '', STEAM = '', CLICKS = ''] = Object.keys(KINDS);
const cancelled = { code: 'CANCELLED' };

describe('training in the host', function () {
  this.timeout(180_000);
  const { api } = useTeaching();

  it('trains from folders the very head that the command line trains, and keeps turning meanwhile', async () => {
    const folder = freshFolder('sounds');
    writeClips(folder, 6);
    copyFileSync(join(folder, TONES, '1.wav'), join(folder, TONES, 'copy.wav'));
    writeFileSync(join(folder, CLICKS, 'broken.wav'), 'not audio');
    const output = join(folder, '.ecapa', 'own.json');
    const { options, stages } = followed();
    let turns = 0;
    const timer = setInterval(() => turns++, 1);
    let turnsBeforeLearning = 0;
    const outcome = await api()
      .teaching.train(vscode.Uri.file(folder), {
        ...options,
        output,
        onStage: (stage) => {
          options.onStage(stage);
          if (stage.stage === 'learn') turnsBeforeLearning = turns;
        },
      })
      .finally(() => clearInterval(timer));
    assert.ok(turns - turnsBeforeLearning > 10, 'timers fire while a head is learnt');
    assert.deepEqual(
      stages.flatMap((stage) => (stage.stage === 'mix' ? [] : stage.stage === 'embed' ? stage.done : -1)),
      [...Array.from({ length: 20 }, (_, i) => i + 1), -1],
    );
    assert.deepEqual(
      outcome.failures.map(({ name, error }) => [name, error.code]),
      [[`${CLICKS}/broken.wav`, 'NOT_AUDIO']],
    );
    assert.deepEqual(outcome.report.copies, [{ path: `${TONES}/copy.wav`, of: `${TONES}/1.wav` }]);
    assert.deepEqual(namesIn(join(folder, '.ecapa')), ['own.json']);

    const cli = join(ROOT, 'packages', 'cli', 'bin', 'ecapa.js');
    const theirs = join(freshFolder('by-cli'), 'own.json');
    await promisify(execFile)(process.execPath, [cli, 'train', folder, '-o', theirs, '--json'], {
      env: { ...process.env, ELECTRON_RUN_AS_NODE: '1' },
    }).catch((error: { code: unknown; stdout: string }) => {
      assert.equal(error.code, 1, 'one clip could not be read');
    });
    assert.equal(readFileSync(output, 'utf8'), readFileSync(theirs, 'utf8'));
  });

  it('reports on it: suspects with links, no script, and a file without links', async () => {
    const folder = freshFolder('suspicious');
    writeClips(folder, 6);
    writeFileSync(join(folder, TONES, 'steam really.wav'), KINDS[STEAM]?.(50) ?? '');
    const { teaching } = api();
    const outcome = await teaching.train(vscode.Uri.file(folder), {
      ...followed().options,
      output: join(folder, 'suspicious.json'),
    });
    assert.deepEqual(
      outcome.report.suspects.map(({ path, looksLike }) => [path, looksLike]),
      [[`${TONES}/steam really.wav`, STEAM]],
    );
    await teaching.report.open(outcome);
    const html = teaching.report.html ?? '';
    assert.match(html, /command:ecapa\.openClip\?/);
    assert.match(html, /<audio controls[^>]*steam%20really\.wav/);
    assert.match(html, /command:ecapa\.moveSuspect\?/);
    assert.match(html, /default-src (&#39;|')none/);
    assert.doesNotMatch(html, /<script/);
    await vscode.commands.executeCommand('ecapa.moveSuspect', `${TONES}/steam really.wav`, STEAM);
    assert.ok(existsSync(join(folder, STEAM, 'steam really.wav')));
    assert.equal(existsSync(join(folder, TONES, 'steam really.wav')), false);
    assert.doesNotMatch(teaching.report.html ?? '', /command:ecapa\.moveSuspect\?/);
    const page = vscode.Uri.file(join(folder, 'report.html'));
    await vscode.commands.executeCommand('ecapa.exportReport', page);
    const exported = readFileSync(page.fsPath, 'utf8');
    assert.ok(exported.includes('steam really.wav'));
    assert.doesNotMatch(exported, /command:|vscode-/);
    assert.ok(
      vscode.window.tabGroups.all.some(({ tabs }) => tabs.some(({ label }) => label.includes('suspicious'))),
    );
  });

  it('trains from classes, of whole files and of stretches, and says what is gone', async () => {
    const folder = freshFolder('from-classes');
    writeClips(folder, 3, 0, [TONES]);
    const { teaching } = api();
    const tones = [0, 1, 2].map((i) => vscode.Uri.file(join(folder, TONES, `${i}.wav`)));
    await teaching.mark('tones', tones);
    const talk = copySample('speech-radio-talk.flac', folder).toString();
    const spans = [0, 1.5, 3].map((startSeconds) => ({ startSeconds, endSeconds: startSeconds + 1.2 }));
    const gone = vscode.Uri.file(join(folder, 'gone.wav'));
    await teaching.classes.update((list) => [
      ...list,
      { name: 'talk', clips: [...spans.map((span) => ({ uri: talk, span })), { uri: gone.toString() }] },
    ]);
    const output = join(folder, 'classes.json');
    const outcome = await teaching.train('classes', { ...followed().options, output });
    assert.deepEqual(outcome.head.labels, ['talk', 'tones']);
    assert.deepEqual(
      outcome.failures.map(({ error }) => error.code),
      ['FILE_NOT_FOUND'],
    );
    assert.deepEqual(
      outcome.report.classes.map(({ label, clips, groups }) => [label, clips, groups]),
      [
        ['talk', 3, 1],
        ['tones', 3, 3],
      ],
    );
    const { loadHead, clipsFromProvenance } = await loadCore();
    const kept = clipsFromProvenance(await loadHead(output)).filter(({ label }) => label === 'talk');
    assert.deepEqual(
      kept.map(({ path, durationSeconds }) => [path, durationSeconds?.toFixed(2)]),
      spans.map((_, i) => [
        `from-classes/speech-radio-talk.flac#t=${(i * 1.5).toFixed(3)},${(i * 1.5 + 1.2).toFixed(3)}`,
        '1.20',
      ]),
    );
  });

  it('leaves nothing when it is cancelled, whatever it is at', async () => {
    const folder = freshFolder('cancelled');
    writeClips(folder, 5);
    const source = vscode.Uri.file(folder);
    const output = join(folder, '.ecapa', 'never.json');
    for (const stage of ['embed', 'learn'] as const) {
      const { options } = followed((progress, abort) => {
        if (progress.stage === stage) abort.abort();
      });
      await assert.rejects(api().teaching.train(source, { ...options, output }), cancelled);
      assert.deepEqual(namesIn(join(folder, '.ecapa')), []);
    }
    // And once its process has started.
    const processes = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'ProcessWrap').length;
    let before: number | undefined;
    const { options, abort } = followed((progress) => {
      if (progress.stage === 'learn') before = processes();
    });
    const training = assert.rejects(api().teaching.train(source, { ...options, output }), cancelled);
    // Looked for without a pause: the process may have its end soon.
    while (before === undefined || processes() <= before) await new Promise(setImmediate);
    abort.abort();
    await training;
    assert.equal(existsSync(join(folder, '.ecapa')), false);
  });

  it('refuses what nothing can be learnt from, saying what to do', async () => {
    const { teaching } = api();
    const output = join(workspaceFolder(), 'none.json');
    await assert.rejects(teaching.train('classes', { ...followed().options, output }), {
      code: 'TOO_FEW_CLIPS',
    });
    await teaching.classes.update(() => [{ name: 'empty', clips: [] }]);
    await assert.rejects(teaching.train('classes', { ...followed().options, output }), {
      code: 'NO_AUDIO_FILES',
      message: /empty/,
    });
    const folder = freshFolder('twice');
    writeClips(folder, 2, 0, [TONES, STEAM]);
    copyFileSync(join(folder, TONES, '0.wav'), join(folder, STEAM, 'same.wav'));
    await assert.rejects(teaching.train(vscode.Uri.file(folder), { ...followed().options, output }), {
      code: 'CLIP_IN_TWO_CLASSES',
    });
    assert.equal(existsSync(output), false);
  });

  it('switches to a head: verdicts change, old ones are stale, the status bar says so', async () => {
    const { store, engine, teaching, models } = api();
    const folder = freshFolder('switched');
    writeClips(folder, 5);
    const file = vscode.Uri.file(join(folder, CLICKS, '2.wav'));
    await vscode.commands.executeCommand('ecapa.classify', file);
    assert.ok(!Object.keys(KINDS).includes(doneResult(store, file).verdict.label));
    const output = join(folder, 'switched.json');
    await teaching.train(vscode.Uri.file(folder), { ...followed().options, output });
    await vscode.commands.executeCommand('ecapa.useHead', output);
    assert.equal(vscode.workspace.getConfiguration('ecapa').get('head'), './switched/switched.json');
    await until('the verdict is stale', async () => {
      (await engine.lease()).release();
      return doneResult(store, file).staleness === 'head';
    });
    assert.match(models.status.text, /switched/);
    await vscode.commands.executeCommand('ecapa.classify', file);
    const { verdict, staleness } = doneResult(store, file);
    assert.deepEqual([verdict.label, staleness], [CLICKS, undefined]);
    await setting('head', undefined);
  });

  it('lists heads also while the model that is set is not there', async () => {
    const { importSklearn, saveHead } = await loadCore();
    const fixture = join(ROOT, 'test', 'fixtures', 'sklearn', 'few3.C1.pkl');
    const { head } = await importSklearn(fixture, { modelId: 'voxceleb' });
    await saveHead(join(freshFolder('listed'), 'listed.json'), { ...head, id: 'listed' });
    await setting('model', join(workspaceFolder(), 'no such model'));
    const log = vscode.window.createOutputChannel('ECAPA test', { log: true });
    const { window } = vscode;
    const { createQuickPick } = window;
    const pick = createQuickPick();
    Object.assign(window, { createQuickPick: () => pick });
    try {
      const context = { globalState: { get: () => [] } } as unknown as vscode.ExtensionContext;
      await switchHead({ engine: api().engine, log, context });
      assert.equal(pick.busy, false);
      assert.ok(pick.items.some(({ label }) => label === 'listed'));
    } finally {
      Object.assign(window, { createQuickPick });
      pick.hide();
      log.dispose();
      await setting('model', undefined);
    }
  });

  it('shows how something went wrong that nobody waited for', async () => {
    const log = vscode.window.createOutputChannel('ECAPA test', { log: true });
    const shown = await answering('showErrorMessage', undefined, async (asked) => {
      begin(log, 'Switch head', () => Promise.reject(new Error('the settings have unsaved changes')));
      await until('it is shown', () => asked.length > 0);
    });
    log.dispose();
    assert.deepEqual(shown, ['Switch head: the settings have unsaved changes']);
  });

  it('does not switch to a head of another model, nor to what is no head', async () => {
    const folder = freshFolder('foreign');
    const { importSklearn, saveHead } = await loadCore();
    const fixture = join(ROOT, 'test', 'fixtures', 'sklearn', 'few3.C1.pkl');
    const { head } = await importSklearn(fixture, { modelId: 'voxceleb' });
    const foreign = join(folder, 'foreign.json');
    await saveHead(foreign, head);
    await vscode.commands.executeCommand('ecapa.useHead', foreign);
    writeFileSync(join(folder, 'list.json'), '[]');
    await vscode.commands.executeCommand('ecapa.useHead', join(folder, 'list.json'));
    assert.equal(vscode.workspace.getConfiguration('ecapa').get('head'), '');
  });
});
