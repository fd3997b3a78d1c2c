import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { becomes, type Person } from './person.js';
import { addMany } from './recordings.js';
import { usePerson } from './use-person.js';

const MENU = 'ECAPA Audio';
const DURATION = /\d+\.\d s|\d+:\d\d/;

/** Steps build on each other, as a person's do. Pictures of each are kept in artifacts/vscode. */
describe('a person in front of VS Code', () => {
  let person: Person;
  let folder: string;
  usePerson((someone, place) => {
    person = someone;
    folder = place;
  });

  it('right-clicks a file, chooses Classify, and reads the verdict', async () => {
    await person.file('music').click();
    await person.choose(person.file('trio.m4a'), [MENU, 'Classify']);
    await person.toast(/trio\.m4a: music, 9\d/).waitFor();
    await person.shot('1-classified');
  });

  it('classifies everything and finds it in the results, with badges in the Explorer', async () => {
    await person.command('ECAPA: Classify Folder');
    await person.toast(/audio files classified.*1 failed/).waitFor();
    await person.shot('2-folder-classified');
    await person.openView();
    await person
      .rows('Results')
      .filter({ hasText: /radio talk.*speech/ })
      .waitFor();
    await person
      .rows('Results')
      .filter({ hasText: /broken\.mp3.*not audio/ })
      .waitFor();
    await person.clearToasts();
    await person.sizeSideBar(460);
    await person.shot('3-results');
    await person.sizeSideBar(300);
    await person.shot('3-results-narrow');
    const rows = person.rows('Results').filter({ hasText: DURATION });
    assert.ok((await rows.count()) >= 6);
    await becomes(() => rows.evaluateAll(withoutDuration), []);
    await person.openView('Explorer');
    while (!(await person.badge(person.file('trio.m4a'))).includes('Mu'))
      await person.page.waitForTimeout(100);
  });

  it('hears a recording from the results with the space bar, and stops it', async () => {
    await person.openView();
    await person
      .rows('Results')
      .filter({ hasText: /radio talk/ })
      .click();
    await person.webview().locator('.row').first().waitFor();
    const button = (name: string) => person.webview().getByRole('button', { name, exact: true });
    await person.page.keyboard.press('Space');
    await button('Pause').waitFor();
    await person.page.keyboard.press('Space');
    await button('Play').waitFor();
    await person.openView('Explorer');
  });

  it('opens the timeline and plays it', async () => {
    await person.clearToasts();
    await person.choose(person.file('radio hour.wav'), [MENU, 'Show Timeline']);
    const timeline = person.webview();
    await timeline.locator('.count', { hasText: '7 segments' }).waitFor();
    await person.shot('4-timeline');
    const clock = timeline.locator('.clock');
    const before = await clock.textContent();
    await timeline.getByRole('button', { name: 'Play', exact: true }).click();
    await timeline.locator('.clock', { hasText: /0:0[2-9]/ }).waitFor();
    await person.shot('5-played');
    await timeline.getByRole('button', { name: 'Pause', exact: true }).click();
    assert.notEqual(await clock.textContent(), before);
  });

  for (const [name, theme, kind] of [
    ['dark', 'Dark Modern', 'vscode-dark'],
    ['high-contrast', 'Dark High Contrast', 'vscode-high-contrast'],
    ['light-high-contrast', 'Light High Contrast', 'vscode-high-contrast-light'],
    ['light', 'Light Modern', 'vscode-light'],
  ] as const)
    it(`reads it in the theme ${theme}`, async () => {
      await person.command('Preferences: Color Theme');
      await person.pick(theme);
      await person.webview().locator(`body.${kind}`).waitFor();
      await person.openView();
      await person.shot(`6-timeline-${name}`);
      await person.openView('Explorer');
    });

  it('trains a head from folders, reads the report, and uses the head', async () => {
    await person.choose(person.file('my sounds'), [MENU, 'Train Head from Folders…']);
    await person.page.locator('.quick-input-list', { hasText: 'my sounds.json' }).waitFor();
    await person.page.keyboard.press('Enter');
    await person.toast(/is trained: 15 of 15/).waitFor();
    await person
      .webview()
      .getByRole('heading', { name: /my sounds/ })
      .waitFor();
    await person.shot('7-report');
    await person
      .toast(/is trained/)
      .getByText('Use This Head')
      .click();
    await person.page.locator('.statusbar-item', { hasText: 'my sounds' }).waitFor();
    await person.openView();
    await person.shot('8-own-head');
    await person.openView('Explorer');
  });

  it('cancels the classification of a folder', async () => {
    addMany(join(folder, 'many takes'), 400, 40);
    await person.choose(person.file('many takes'), [MENU, 'Classify Folder']);
    await person.toast(/[1-9]\d* of 400/).waitFor();
    await person.shot('9-at-work');
    await person
      .toast(/of 400/)
      .getByText('Cancel', { exact: true })
      .click();
    await person.toast(/Cancelled after \d+ of 400 files/).waitFor();
    await person.shot('10-cancelled');
  });

  it('reloads the window at work: workers end, what is done is kept, the rest can be done', async () => {
    await person.clearToasts();
    await person.choose(person.file('many takes'), [MENU, 'Classify Folder']);
    await person.toast(/([2-9]\d|\d{3}) of 400/).waitFor();
    const orphans = workerProcesses();
    assert.ok(orphans.length > 0);
    await person.page.reload();
    await person.file('many takes').waitFor();
    for (const pid of orphans) await gone(pid);
    await person.openView();
    // What is seen of the name depends on the digits of the percentage; what is heard is all of it.
    await person
      .row('Results', /^take \d+\.wav, .*organ pipes/)
      .first()
      .waitFor();
    await person.shot('11-reloaded');
    await becomes(() => person.rows('Results').filter({ hasText: 'listening…' }).count(), 0);
    await person.openView('Explorer');
    await person.choose(person.file('trio.m4a'), [MENU, 'Classify']);
    await person.toast(/trio\.m4a: organ pipes/).waitFor();
  });

  it('sees that the chosen head or model is gone, and chooses another from there', async () => {
    const settings = join(folder, '.vscode', 'settings.json');
    const { 'ecapa.head': head } = JSON.parse(readFileSync(settings, 'utf8')) as { 'ecapa.head': string };
    rmSync(resolve(folder, head));
    await person.clearToasts();
    await person.choose(person.file('trio.m4a'), [MENU, 'Classify']);
    await person.toast('the chosen head is not there').getByText('Switch head', { exact: true }).click();
    await person.pick('The model’s own head');
    await person.page.locator('.statusbar-item', { hasText: 'speech-music-noise' }).waitFor();
    await person.clearToasts();
    await person.choose(person.file('trio.m4a'), [MENU, 'Classify']);
    await person.toast(/trio\.m4a: music/).waitFor();

    writeFileSync(settings, JSON.stringify({ 'ecapa.model': 'gone' }));
    await person.page.locator('.statusbar-item', { hasText: 'Model’s own head' }).waitFor();
    await person.clearToasts();
    await person.choose(person.file('trio.m4a'), [MENU, 'Classify']);
    await person.toast('the chosen model is not').getByText('Select model', { exact: true }).click();
    await person.page.locator('.quick-input-list', { hasText: 'Browse…' }).waitFor();
    await person.shot('12-select-model');
    await person.pick('ecapa-compact');
    await person.page.locator('.statusbar-item', { hasText: 'speech-music-noise' }).waitFor();
    await person.clearToasts();
    await person.choose(person.file('trio.m4a'), [MENU, 'Classify']);
    await person.toast(/trio\.m4a: music/).waitFor();
  });

  it('gets a verdict where the native library does not load', async () => {
    const [installed] = readdirSync(person.server.extensionsDirectory).filter((name) =>
      name.startsWith('ecapa.'),
    );
    const library = join(
      person.server.extensionsDirectory,
      installed ?? '',
      'node_modules/onnxruntime-node/bin/napi-v6/linux',
    );
    renameSync(library, `${library}.away`);
    await person.page.reload();
    await person.file('music').waitFor();
    await person.clearToasts();
    await person.choose(person.file('band.mp3'), [MENU, 'Classify']);
    await person.toast(/band\.mp3: /).waitFor();
    renameSync(`${library}.away`, library);
  });
});

/** Runs in the page: rows of which the edge, or the ellipsis at it, cuts the duration. */
const withoutDuration = new Function(
  'rows',
  `return rows.filter((row) => {
    let text = row.querySelector('.label-description');
    while (text.firstChild !== null) text = text.firstChild;
    const { index, 0: duration } = /\\d+\\.\\d s|\\d+:\\d\\d/.exec(text.textContent);
    const range = document.createRange();
    range.setStart(text, index);
    range.setEnd(text, index + duration.length);
    const box = row.querySelector('.monaco-icon-label-container');
    const pen = document.createElement('canvas').getContext('2d');
    pen.font = getComputedStyle(box).font;
    const room = box.getBoundingClientRect().right - pen.measureText('…').width;
    return range.getBoundingClientRect().right > room;
  }).map((row) => row.textContent);`,
) as (rows: unknown[]) => string[];

function workerProcesses(): number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,args='], { encoding: 'utf8' }).split('\n');
  return lines.flatMap((line) => {
    const [, pid] = /^\s*(\d+)\s.*vscode-host-\w+\/extensions\/ecapa\..*ecapa-worker/.exec(line) ?? [];
    return pid === undefined ? [] : [Number(pid)];
  });
}

/** Resolves when a process has ended; the test's timeout ends the wait. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
