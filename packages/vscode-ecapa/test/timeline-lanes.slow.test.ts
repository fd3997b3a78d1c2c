import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import type { HeardEdit } from '../src/features/timeline/heard.js';
import { openPage, posted, send, show, showLanes } from './page/fake-host.js';
import { radio } from './page/recordings.js';
import {
  accessibilityViolations,
  clickAt,
  clickOn,
  drawn,
  PICTURES,
  pressKey,
  usePage,
} from './page/use-page.js';

const LANE = { music: 0, noise: 1, speech: 2 } as const;

describe('lanes of what can be heard', function () {
  this.timeout(600_000); // a busy machine is no failure
  let page: Page;
  const SECONDS = 60;
  const LANES = {
    music: [
      { startSeconds: 5, endSeconds: 20, probability: 0.9 },
      { startSeconds: 30, endSeconds: 40, probability: 0.6 },
    ],
    noise: [],
    speech: [
      { startSeconds: 0, endSeconds: 12, probability: 0.95 },
      { startSeconds: 35, endSeconds: 55, probability: 0.7 },
    ],
  };
  usePage((opened) => {
    page = opened;
  });
  const press = (key: string): Promise<void> => pressKey(page, key);
  const at = async (lane: keyof typeof LANE, seconds: number): Promise<[x: number, y: number]> => {
    const box = await page.locator('canvas.lanes').boundingBox();
    assert.ok(box);
    return [box.x + (box.width * seconds) / SECONDS, box.y + (LANE[lane] + 0.5) * (box.height / 3)];
  };
  const drag = async (lane: keyof typeof LANE, from: number, to: number): Promise<void> => {
    await page.mouse.move(...(await at(lane, from)));
    await page.mouse.down();
    await page.mouse.move(...(await at(lane, to)), { steps: 5 });
    await page.evaluate(drawn);
    await page.mouse.up();
    await page.evaluate(drawn);
  };
  /** What the page has asked for, to whole seconds. */
  const edits = async (): Promise<string[]> =>
    (await posted(page, 'editHeard')).map(({ edits: list }) =>
      list
        .map(
          ({ label, startSeconds, endSeconds, isHeard }: HeardEdit) =>
            `${label} ${Math.round(startSeconds)}-${Math.round(endSeconds)} ${isHeard}`,
        )
        .join(', '),
    );
  const lane = (): Promise<string> =>
    page
      .getByLabel('Lane', { exact: true })
      .evaluate((list) => (list as HTMLSelectElement).selectedOptions[0]?.text ?? '');
  beforeEach(async () => {
    await openPage(page, { wavSeconds: SECONDS });
    await show(page, radio(SECONDS));
    await showLanes(page, LANES);
  });

  it('are not there for a head that does not know what can be heard', async () => {
    await send(page, { type: 'lanes', labels: [] });
    await page.evaluate(drawn);
    assert.equal(await page.locator('.lanes-box').isVisible(), false);
    assert.equal(await page.getByLabel('Lane', { exact: true }).isVisible(), false);
    await press('t');
    assert.equal(await lane(), 'Segments');
  });

  it('are chosen with the pointer, and play what is clicked', async () => {
    await clickAt(page, ...(await at('speech', 40)));
    assert.equal(await lane(), 'Lane: speech');
    await page.getByRole('heading', { name: 'Lane: speech' }).waitFor();
    await page.getByText('0:35.00 – 0:55.00').waitFor();
    assert.equal(await page.getByRole('option', { name: /^speech can be heard/ }).count(), 2);
    await page.screenshot({ path: join(PICTURES, 'lane.png') });
    await clickAt(page, ...(await at('noise', 40)));
    assert.equal(await lane(), 'Lane: noise');
    await page.getByText('noise can be heard nowhere').waitFor();
    const segments = await page.locator('canvas.lane').boundingBox();
    await clickAt(page, (segments?.x ?? 0) + 50, (segments?.y ?? 0) + 10);
    assert.equal(await lane(), 'Segments');
    assert.deepEqual(await edits(), []);
  });

  it('are chosen by keys and by the list, one after the other', async () => {
    const seen: string[] = [];
    for (let i = 0; i < 4; i++) {
      await press('t');
      seen.push(await lane());
    }
    assert.deepEqual(seen, ['Lane: music', 'Lane: noise', 'Lane: speech', 'Segments']);
    await press('T');
    assert.equal(await lane(), 'Lane: speech');
    assert.equal(await page.getByRole('status').textContent(), 'Lane: speech, 2 stretches');
    await page.getByLabel('Lane', { exact: true }).selectOption('Lane: music');
    await page.getByRole('listbox').focus();
    await press(']');
    await press(']');
    await page.getByText('0:30.00 – 0:40.00').waitFor();
    await press('[');
    await page.getByText('0:05.00 – 0:20.00').waitFor();
  });

  it('get a stretch where a person hears one', async () => {
    await drag('noise', 22, 26);
    assert.equal(await lane(), 'Lane: noise');
    await press('v');
    await drag('noise', 41, 44);
    await clickOn(page.getByRole('button', { name: 'Can Be Heard', exact: true }));
    await drag('noise', 50, 52);
    await press('3');
    assert.deepEqual(await edits(), ['noise 22-26 true', 'noise 41-44 true', 'speech 50-52 true']);
    assert.equal(await lane(), 'Lane: speech');
    assert.equal(await page.locator('.range').isVisible(), false);
  });

  it('lose one, or a part of one, or have it in another lane', async () => {
    await clickAt(page, ...(await at('music', 35)));
    await press('Delete');
    await drag('speech', 40, 45);
    await clickOn(page.getByRole('button', { name: 'Cannot Be Heard' }));
    await clickAt(page, ...(await at('speech', 5)));
    await press('2');
    assert.deepEqual(await edits(), [
      'music 30-40 false',
      'speech 40-45 false',
      'speech 0-12 false, noise 0-12 true',
    ]);
    assert.equal(await lane(), 'Lane: noise');
  });

  it('have ends that are moved, with the pointer and by keys, and stretches that are joined', async () => {
    await drag('music', 20, 24);
    await drag('music', 30, 33);
    assert.deepEqual(await edits(), ['music 20-24 true', 'music 30-33 false']);
    assert.equal(await lane(), 'Segments', 'moving an end selects nothing');
    await clickAt(page, ...(await at('music', 10)));
    for (const key of [',', '.', '<', '>', 'm']) await press(key);
    const moved = (await posted(page, 'editHeard')).slice(2).flatMap((message) => message.edits);
    assert.deepEqual(
      moved.map(({ startSeconds, endSeconds, isHeard }) => [
        Math.round(100 * startSeconds) / 100,
        Math.round(100 * endSeconds) / 100,
        isHeard,
      ]),
      [
        [19.95, 20, false],
        [20, 20.05, true],
        [4.95, 5, true],
        [5, 5.05, false],
        [20, 30, true],
      ],
    );
  });

  it('are confirmed and taken back, show what a person has said, and are never filtered away', async () => {
    await clickAt(page, ...(await at('speech', 5)));
    await press('v');
    const [first, second] = LANES.speech;
    assert.ok(first && second);
    await send(page, {
      type: 'lane',
      label: 'speech',
      from: 0,
      remove: 1,
      spans: [{ ...first, isCorrected: true }],
    });
    await page.getByRole('option', { name: 'speech can be heard, corrected, 0:00.0 to 0:12.0' }).waitFor();
    await clickOn(page.getByRole('button', { name: 'Take back the correction' }));
    assert.deepEqual(await edits(), ['speech 0-12 true', 'speech 0-12 null']);
    await clickOn(page.locator('.chip', { hasText: 'speech' }));
    assert.equal(await page.getByRole('option', { name: /^speech can be heard/ }).count(), 2);
  });

  it('are reviewed like segments, the least sure first', async () => {
    await press('t');
    await press('r');
    await page.getByText(/^Review: 0 confirmed or corrected, 2 left/).waitFor();
    await press('v');
    assert.deepEqual(await edits(), ['music 30-40 true']);
  });

  it('are in what a screen reader says of the position, and can be hidden', async () => {
    await page.locator('.tracks').focus();
    for (let i = 0; i < 8; i++) await press('ArrowRight');
    const slider = page.getByRole('slider');
    assert.match((await slider.getAttribute('aria-valuetext')) ?? '', /heard: music, speech$/);
    await press('t');
    await press('h');
    assert.equal(await page.locator('.lanes-box').isVisible(), false);
    assert.equal(await lane(), 'Segments');
    await clickOn(page.getByRole('button', { name: 'Lanes of what can be heard' }));
    await page.evaluate(drawn);
    assert.ok(await page.locator('.lanes-box').isVisible());
  });

  it('have names that can be read in a narrow editor, however many there are', async () => {
    const labels = Array.from({ length: 12 }, (_, i) => `a machine of kind ${i + 1}`);
    await showLanes(page, Object.fromEntries(labels.map((label) => [label, LANES.music])));
    await page.setViewportSize({ width: 380, height: 700 });
    await page.evaluate(drawn);
    for (let i = 0; i < 12; i++) await press('t');
    await page.screenshot({ path: join(PICTURES, 'lanes-narrow.png') });
    const box = await page.locator('.lanes-box').evaluate((element) => ({
      isWhole: element.scrollTop + element.clientHeight >= element.scrollHeight - 1,
      height: element.clientHeight,
    }));
    assert.ok(box.isWhole, 'the last lane is scrolled into sight');
    assert.ok(box.height <= 126);
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `${overflow} pixels too wide`);
  });

  it('have no accessibility violation that axe knows', async () => {
    await clickAt(page, ...(await at('speech', 40)));
    assert.deepEqual(await accessibilityViolations(page), []);
  });
});
