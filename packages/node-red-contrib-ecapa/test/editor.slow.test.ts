import assert from 'node:assert/strict';
import { cpSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { axeViolations } from './axe.js';
import { launchBrowser, PICTURES, pictureForReadme } from './browser.js';
import {
  HOSTS,
  linkDashboard,
  NodeRedProcess,
  packedTarball,
  pause,
  removeDirectory,
  userDirectoryWith,
} from './node-red-process.js';

const EXAMPLES = join(__dirname, '..', 'examples');
const CANVAS_AND_DEBUG = { x: 180, y: 45, width: 1220, height: 400 };

describe('the editor in a browser', () => {
  let userDir: string;
  let browser: Browser;
  before(async function () {
    const launched = await launchBrowser();
    if (launched === undefined) return this.skip();
    browser = launched;
    mkdirSync(PICTURES, { recursive: true });
    userDir = userDirectoryWith(packedTarball());
    linkDashboard(userDir);
  });
  after(async () => {
    await browser?.close();
    if (userDir !== undefined) removeDirectory(userDir);
  });

  for (const [index, host] of HOSTS.slice(0, 2).entries()) {
    it(`${host.name}: drag, configure, try, deploy, inject, read the debug pane`, async () => {
      const red = await NodeRedProcess.start(host, userDir);
      const clips = join(userDir, 'clips');
      try {
        await red.deploy([
          { id: 'tab', type: 'tab', label: 'Flow 1' },
          ...(index === 0 ? learner(clips) : []),
        ]);
        if (index === 0) await learn(red, clips);
        const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
        page.setDefaultTimeout(200_000);
        const complaints: string[] = [];
        page.on('pageerror', (error) => complaints.push(error.message));
        await page.goto(red.url);
        await page.waitForSelector('.red-ui-palette-node[data-palette-type="ecapa-classify"]');
        const shot = (name: string) => page.screenshot({ path: join(PICTURES, `${index}-${name}.png`) });

        await drag(page, 'inject', 440, 260);
        await drag(page, 'ecapa-classify', 660, 260);
        await drag(page, 'debug', 900, 260);
        await shot('1-dragged');
        await page.evaluate(wireUp);
        await page.locator('.red-ui-flow-node-group', { hasText: 'ecapa classify' }).dblclick();
        await page.waitForSelector('#node-input-threshold');
        // Wrong values are marked, and right ones are not.
        await page.fill('#node-input-threshold', '7');
        await page.press('#node-input-threshold', 'Tab');
        await page.locator('#node-input-threshold.input-error').waitFor();
        await page.fill('#node-input-threshold', '0.1');
        await page.press('#node-input-threshold', 'Tab');
        await page.locator('#node-input-threshold:not(.input-error)').waitFor();
        await page.click('.ecapa-try');
        await page.locator('.ecapa-try-result', { hasText: 'noise → noise' }).waitFor();
        await dialogIsOpen(page);
        await shot('2-configured');
        assert.deepEqual(await axeViolations(page, '.ecapa-form'), [], 'classify');
        await page.click('#node-dialog-ok');
        await dialogIsGone(page);
        // Looked for from before the click on: it goes by itself after some seconds.
        const isDeployed = page
          .locator('.red-ui-notification', { hasText: /success/i })
          .first()
          .waitFor();
        await Promise.all([isDeployed, page.click('#red-ui-header-button-deploy')]);
        await page.evaluate('RED.sidebar.show("debug")');
        await page.locator('.red-ui-flow-node-button-button').first().click();
        const said = page.locator('.red-ui-debug-msg', { hasText: 'music' }).first();
        await said.waitFor();
        await page.locator('.red-ui-flow-node-status-label', { hasText: /music \d+%/ }).waitFor();
        await shot('3-classified');
        if (index === 0) await pictureForReadme(page, 'classify', CANVAS_AND_DEBUG);

        await findInPalette(page);
        for (const type of ['ecapa-stream', 'ecapa-train', 'ecapa-listen']) {
          await drag(page, type, type === 'ecapa-listen' ? 900 : 600, type === 'ecapa-train' ? 540 : 430);
          await page
            .locator('.red-ui-flow-node-group', { hasText: type.replace('-', ' ') })
            .last()
            .dblclick();
          await page.waitForSelector(type === 'ecapa-listen' ? '#node-input-device' : '#node-input-format');
          await dialogIsOpen(page);
          await shot(`4-${type}`);
          assert.deepEqual(await axeViolations(page, '.ecapa-form'), [], type);
          await page.click('#node-dialog-cancel');
          await dialogIsGone(page);
        }
        assert.equal(
          await page.evaluate('RED.nodes.filterNodes({ type: "ecapa-train" }).at(-1).reject'),
          'distance',
        );
        if (index === 0) await useClips(page, shot);
        for (const name of readdirSync(EXAMPLES)) {
          const flow: unknown = JSON.parse(readFileSync(join(EXAMPLES, name), 'utf8'));
          assert.deepEqual(
            await page.evaluate(importFlow(flow)),
            [],
            `${name}: settings that the editor marks`,
          );
          await shot(`5-${name.replace(/\W+/g, '-')}`);
        }
        assert.deepEqual(complaints, []);
        await page.close();
      } finally {
        await red.stop();
      }
    });
  }
});

const FIXTURES = join(__dirname, '..', '..', '..', 'test', 'fixtures', 'samples');
const CLIPS = {
  voice: ['speech-announcement.mp3', 'speech-radio-talk.flac'],
  tune: ['music-band.mp3', 'music-trio.m4a'],
};

const TRAIN_EXAMPLE = JSON.parse(
  readFileSync(join(EXAMPLES, 'Train from a folder.json'), 'utf8'),
) as readonly { readonly id: string }[];

/** The example that trains, set to a folder. */
const learner = (folder: string): object[] =>
  TRAIN_EXAMPLE.map((node) => ({
    ...node,
    ...(node.id === 'ecapatraifolder' && { props: [{ p: 'folder', v: folder, vt: 'str' }] }),
  }));

/** Adds the clips of the folder, and trains. */
async function learn(red: NodeRedProcess, folder: string): Promise<void> {
  for (const [label, names] of Object.entries(CLIPS)) {
    mkdirSync(join(folder, label), { recursive: true });
    for (const name of names) cpSync(join(FIXTURES, name), join(folder, label, name));
  }
  for (const id of ['ecapatraifolder', 'ecapatraitrainit']) {
    await fetch(`${red.url}/inject/${id}`, { method: 'POST' });
  }
  const verdicts = async () => {
    const { clips } = (await (await fetch(`${red.url}/ecapa/clips/ecapatraiit`)).json()) as {
      clips: { verdict?: string }[];
    };
    return clips.filter(({ verdict }) => verdict !== undefined).length;
  };
  while ((await verdicts()) < 4) await pause(200);
}

/** Reads, plays and removes clips in the dialog of the train node that runs. */
async function useClips(page: Page, shot: (name: string) => Promise<unknown>): Promise<void> {
  await page.evaluate('RED.editor.edit(RED.nodes.node("ecapatraiit"))');
  const rows = page.locator('.ecapa-clips tbody tr');
  await rows.nth(3).waitFor();
  for (const [label, names] of Object.entries(CLIPS)) {
    for (const name of names) {
      const row = rows.filter({ hasText: name });
      assert.match((await row.textContent()) ?? '', new RegExp(`${label}[^]* s[✓✗] (voice|tune) \\d+%`));
    }
  }
  assert.deepEqual(await axeViolations(page, '.ecapa-form'), [], 'train, with clips');
  await shot('4-clips');
  const trio = rows.filter({ hasText: 'music-trio.m4a' });
  await trio.getByRole('button', { name: /^Play: / }).click();
  await page.locator('.ecapa-clips-note', { hasText: 'music-trio.m4a: its loudest seconds' }).waitFor();
  await trio.getByRole('button', { name: /^Remove: / }).click();
  await trio.waitFor({ state: 'detached' });
  assert.equal(await rows.count(), 3);
  await page.click('#node-dialog-cancel');
  await dialogIsGone(page);
}

/** Dialogs slide in from the right. */
async function dialogIsOpen(page: Page): Promise<void> {
  await page.waitForFunction(
    `[...document.querySelectorAll('.red-ui-tray')].some((tray) => getComputedStyle(tray).right === '0px')`,
  );
}

async function dialogIsGone(page: Page): Promise<void> {
  await page.locator('.red-ui-tray').waitFor({ state: 'detached' });
}

/** By what people look for. */
async function findInPalette(page: Page): Promise<void> {
  const shown = '.red-ui-palette-node[data-palette-type^="ecapa-"]:visible';
  const search = page.locator('#red-ui-palette-search input');
  // A node that no word finds shows when the search, which begins as typing pauses, is done.
  const inject = '.red-ui-palette-node[data-palette-type="inject"]';
  for (const word of ['audio', 'sound', 'speech', 'music', 'noise', 'classify', 'microphone']) {
    await search.pressSequentially(word); // it searches on key-ups
    await page.locator(`${inject}[data-filter]`).waitFor({ state: 'attached' });
    assert.equal(await page.locator(shown).count(), 4, word);
    await search.press('Escape');
    await page.locator(`${inject}:not([data-filter])`).waitFor({ state: 'attached' });
  }
}

async function drag(page: Page, type: string, x: number, y: number): Promise<void> {
  const node = page.locator(`.red-ui-palette-node[data-palette-type="${type}"]`);
  const drawn = page.locator('.red-ui-flow-node-group');
  const before = await drawn.count();
  await node.scrollIntoViewIfNeeded();
  await node.hover();
  await page.mouse.down();
  await page.mouse.move(x, y, { steps: 10 });
  await page.mouse.move(x + 2, y + 2);
  await page.mouse.up();
  while ((await drawn.count()) === before) await page.waitForTimeout(50);
}

/** In the page: imports a flow as the menu does; returns the nodes of it that are not valid. */
const importFlow = (flow: unknown): string => `(async () => {
  const known = new Set();
  RED.nodes.eachNode(({ id }) => known.add(id));
  RED.view.importNodes(${JSON.stringify(flow)}, { generateIds: true, addFlow: false });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const invalid = [];
  RED.nodes.eachNode((node) => {
    if (!known.has(node.id) && !node.valid) invalid.push(node.type + ': ' + JSON.stringify(node.validationErrors));
  });
  return invalid;
})()`;

/** In the page: wires the three nodes in a row and gives the inject node a sample to send. */
const wireUp = `(() => {
  const find = (type) => RED.nodes.filterNodes({ type }).at(-1);
  const [inject, classify, debug] = ['inject', 'ecapa-classify', 'debug'].map(find);
  inject.payload = 'sample:music';
  inject.payloadType = 'str';
  inject.props = [{ p: 'payload' }];
  RED.nodes.addLink({ source: inject, sourcePort: 0, target: classify });
  RED.nodes.addLink({ source: classify, sourcePort: 0, target: debug });
  RED.nodes.dirty(true);
  RED.view.redraw(true);
})()`;
