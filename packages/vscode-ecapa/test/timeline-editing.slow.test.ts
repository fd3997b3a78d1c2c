import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openPage, posted, send, show } from './page/fake-host.js';
import { radio } from './page/recordings.js';
import { accessibilityViolations, clickOn, drawn, PICTURES, pressKey, usePage } from './page/use-page.js';

describe('editing in the timeline page', function () {
  this.timeout(600_000); // a busy machine is no failure
  let page: Page;
  const SECONDS = 60;
  const segments = radio(SECONDS);
  const [first, second] = segments;
  assert.ok(first && second);
  usePage((opened) => {
    page = opened;
  });
  const press = (key: string): Promise<void> => pressKey(page, key);
  const box = async (selector: string) => {
    const found = await page.locator(selector).boundingBox();
    assert.ok(found);
    return found;
  };
  /** Where a moment is on a track. */
  const at = async (selector: string, seconds: number): Promise<[x: number, y: number]> => {
    const { x, y, width, height } = await box(selector);
    return [x + (width * seconds) / SECONDS, y + height / 2];
  };
  const drag = async (selector: string, from: number, to: number): Promise<void> => {
    await page.mouse.move(...(await at(selector, from)));
    await page.mouse.down();
    await page.mouse.move(...(await at(selector, to)), { steps: 5 });
    await page.evaluate(drawn);
    await page.mouse.up();
    await page.evaluate(drawn);
  };
  beforeEach(async () => {
    await openPage(page, { wavSeconds: SECONDS });
    await show(page, segments);
  });

  it('selects a range by dragging, plays it, and labels it', async () => {
    const url = 'http://timeline.test/recording.wav';
    await send(page, {
      type: 'playback',
      playback: { kind: 'whole', url, version: '1', decodedSeconds: SECONDS },
    });
    await drag('.tracks > .waveform', 20, 22);
    const range = await box('.range');
    const tracks = await box('.tracks');
    assert.ok(Math.abs(range.width - (tracks.width * 2) / SECONDS) < 20, `${range.width}`);
    await page.screenshot({ path: join(PICTURES, 'range.png') });
    // Looked for from before the key on: what is played lasts two seconds.
    const isPlaying = page.getByRole('button', { name: 'Pause' }).waitFor();
    await Promise.all([isPlaying, press('Enter')]);
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    await press('1');
    const [label] = await posted(page, 'correct');
    assert.ok(label && Math.abs(label.startSeconds - 20) < 0.6 && Math.abs(label.endSeconds - 22) < 0.6);
    assert.equal(label.label, 'music');
    assert.equal(await page.locator('.range').isVisible(), false);
  });

  it('makes a range by keys, and lets go of it', async () => {
    await press('ArrowRight');
    await press('i');
    await press('ArrowRight');
    await press('ArrowRight');
    await press('o');
    assert.ok(await page.locator('.range').isVisible());
    await press('2');
    assert.deepEqual(await posted(page, 'correct'), [
      { type: 'correct', startSeconds: 1, endSeconds: 3, label: 'noise' },
    ]);
    await press('i');
    await press('Escape');
    assert.equal(await page.locator('.range').isVisible(), false);
  });

  it('moves a boundary with the pointer and by keys', async () => {
    await drag('.lane', first.endSeconds, first.endSeconds + 1);
    const [{ edit } = { edit: undefined }] = await posted(page, 'edit');
    assert.ok(edit?.do === 'moveBoundary');
    assert.equal(edit.seconds, first.endSeconds);
    assert.ok(Math.abs(edit.toSeconds - first.endSeconds - 1) < 0.6, `${edit.toSeconds}`);
    await press(']');
    await press(',');
    await press('.');
    const moved = (await posted(page, 'edit')).slice(1).map((message) => message.edit);
    assert.deepEqual(
      moved.map((one) => one.do === 'moveBoundary' && Math.round(1000 * (one.toSeconds - one.seconds))),
      [-50, 50],
    );
  });

  it('splits, merges, deletes and confirms by keys and by buttons', async () => {
    await press(']');
    await press('s');
    await press('m');
    await press('Delete');
    await press('v');
    for (const name of ['Split Here', 'Merge with Next', 'Delete'])
      await clickOn(page.getByRole('button', { name, exact: true }));
    assert.deepEqual(
      (await posted(page, 'edit')).map(({ edit }) => edit.do),
      ['split', 'merge', 'delete', 'split', 'merge', 'delete'],
    );
    const [confirmed] = await posted(page, 'correct');
    const selected = segments.find(({ startSeconds }) => startSeconds === confirmed?.startSeconds);
    assert.equal(confirmed?.label, selected?.label);
  });

  it('reviews the least sure first, one after the other, with a count', async () => {
    await press('r');
    await page.getByText(/^Review: 0 confirmed or corrected, \d+ left/).waitFor();
    const order = segments
      .filter(({ runnerUp }) => runnerUp !== undefined)
      .sort((a, b) => a.probability - b.probability);
    await press('v');
    const [decided] = await posted(page, 'correct');
    assert.equal(decided?.startSeconds, order[0]?.startSeconds);
    const index = segments.findIndex(({ startSeconds }) => startSeconds === decided?.startSeconds);
    const confirmed = { ...(segments[index] ?? first), correctedFrom: decided?.label ?? '' };
    await send(page, { type: 'segments', from: index, remove: 1, segments: [confirmed] });
    await page.getByText(/^Review: 1 confirmed/).waitFor();
    await press('v');
    assert.equal((await posted(page, 'correct'))[1]?.startSeconds, order[1]?.startSeconds);
    await page.screenshot({ path: join(PICTURES, 'review.png') });
    await press('r');
    await page.locator('.notice', { hasText: /^Review:/ }).waitFor({ state: 'detached' });
  });

  it('says that labels are of an earlier content, and compares with those of another source', async () => {
    await send(page, { type: 'corrections', canUndo: false, canRedo: false, older: 3 });
    await page.getByText('3 labels were made for an earlier content').waitFor();
    await clickOn(page.getByRole('button', { name: 'Use Them' }));
    await clickOn(page.getByRole('button', { name: 'Discard Them' }));
    const labels = [{ startSeconds: 1, endSeconds: 30, label: 'speech' }];
    const comparison = { name: 'other.TextGrid', labels, share: 0.75, kappa: 0.5 };
    await send(page, { type: 'comparison', comparison });
    await page.getByText('other.TextGrid: the same label for 75% of the time, kappa 0.50').waitFor();
    assert.ok(await page.locator('.comparison').isVisible());
    await page.screenshot({ path: join(PICTURES, 'comparison.png') });
    await clickOn(
      page.locator('.notice', { hasText: 'other.TextGrid' }).getByRole('button', { name: 'Close' }),
    );
    for (const type of ['useOlder', 'discardOlder', 'closeComparison'] as const)
      assert.equal((await posted(page, type)).length, 1, type);
  });

  it('has no accessibility violation that axe knows', async () => {
    await press(']');
    await press('r');
    assert.deepEqual(await accessibilityViolations(page), []);
  });
});
