import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { OWN_TARGET, packVsix } from '../packed.js';
import { Person, Unavailable } from './person.js';
import { makeRecordings } from './recordings.js';

const MENU = 'ECAPA Audio';
const HOSTILE = 'take [Listen here](command:workbench.action.createTerminalEditor) 1.wav';

/** Steps build on each other, as a person's do. Pictures of each are kept in artifacts/vscode. */
describe('a person who corrects a timeline', () => {
  let person: Person;
  let folder: string;
  const sidecar = (): string => join(folder, 'radio hour.wav.labels.json');
  const labels = (): { start: number; end: number; label: string }[] =>
    existsSync(sidecar()) ? JSON.parse(readFileSync(sidecar(), 'utf8')).labels : [];
  const dirtyTab = () => person.page.locator('.tab.dirty', { hasText: 'radio hour.wav' });
  const rows = () => person.webview().locator('.row');
  const drag = async (track: string, from: number, to: number): Promise<void> => {
    const box = await person.webview().locator(track).boundingBox();
    assert.ok(box);
    const { mouse } = person.page;
    await mouse.move(box.x + from * box.width, box.y + box.height / 2);
    await mouse.down();
    await mouse.move(box.x + to * box.width, box.y + box.height / 2, { steps: 8 });
    await mouse.up();
  };
  const save = async (): Promise<void> => {
    await person.page.keyboard.press('Control+s');
    await dirtyTab().waitFor({ state: 'detached' });
  };

  before(async function () {
    packVsix([OWN_TARGET]);
    folder = await makeRecordings();
    renameSync(join(folder, 'music', 'band.mp3'), join(folder, 'music', HOSTILE));
    try {
      person = await Person.sitDown({ settings: { 'files.autoSave': 'off' } });
    } catch (error) {
      if (!(error instanceof Unavailable)) throw error;
      console.log(`      skipped: ${error.message}`);
      this.skip();
    }
    await person.open(folder);
  });
  after(async () => {
    await person?.leave();
    if (folder !== undefined) rmSync(dirname(folder), { recursive: true });
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await person?.shot(`failed - ${this.currentTest.title}`);
  });

  it('reads a hostile file name as a name: the message has no link', async () => {
    await person.file('music').click();
    await person.choose(person.file('take [Listen here]'), [MENU, 'Classify']);
    const toast = person.toast(/take \[Listen here\].*: music/);
    await toast.waitFor();
    assert.equal(await toast.locator('a', { hasText: 'Listen here' }).count(), 0);
    await person.shot('20-hostile-name');
    await person.clearToasts();
  });

  it('opens a format without a player in the timeline by a click', async () => {
    await person.file('trio.m4a').dblclick();
    await person
      .webview()
      .locator('.count', { hasText: /segment/ })
      .waitFor();
  });

  it('selects a range, labels it, and sees that it is to be saved', async () => {
    await person.choose(person.file('radio hour.wav'), [MENU, 'Show Timeline']);
    await person.webview().locator('.count', { hasText: '7 segments' }).waitFor();
    await drag('.tracks > .waveform', 0.4, 0.45);
    await person.webview().locator('.range').waitFor();
    await person.shot('21-range');
    await person.page.keyboard.press('2');
    await rows().filter({ hasText: 'corrected' }).first().waitFor();
    await dirtyTab().waitFor();
    assert.deepEqual(labels(), [], 'nothing is written before it is saved');
  });

  it('takes it back and makes it again with the keys of the editor', async () => {
    await person.page.keyboard.press('Control+z');
    await dirtyTab().waitFor({ state: 'detached' });
    await rows().filter({ hasText: 'corrected' }).waitFor({ state: 'detached' });
    await person.page.keyboard.press('Control+y');
    await rows().filter({ hasText: 'corrected' }).first().waitFor();
    await save();
    assert.equal(labels().length, 1);
    await person.shot('22-saved');
  });
});
