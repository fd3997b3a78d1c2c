import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openPage, posted, send, show } from './page/fake-host.js';
import { radio } from './page/recordings.js';
import { clickOn, drawn, PICTURES, pressKey, usePage } from './page/use-page.js';

describe('corrections in the timeline page', function () {
  this.timeout(600_000); // a busy machine is no failure
  let page: Page;
  usePage((opened) => {
    page = opened;
  });
  const picture = (name: string): Promise<Buffer> => page.screenshot({ path: join(PICTURES, `${name}.png`) });
  const press = (key: string): Promise<void> => pressKey(page, key);
  const row = (name: RegExp) => page.getByRole('listbox').getByRole('option', { name });
  const selected = () => page.locator('.row[aria-selected=true]');
  const clockName = (seconds: number): string =>
    `${Math.floor(seconds / 60)}:${(seconds % 60).toFixed(1).padStart(4, '0')}`.replace('.', '\\.');

  it('corrects a label by click, by key and in words, and shows it', async () => {
    await openPage(page);
    const segments = radio(600);
    await show(page, segments);
    await press(']');
    await press(']');
    const { startSeconds, endSeconds, label } = segments[1] ?? {};
    assert.equal(label, 'noise');
    await clickOn(page.getByRole('button', { name: 'speech', exact: true }));
    await press('1');
    await page.getByRole('textbox', { name: 'Another label' }).fill('jingle');
    await press('Enter');
    assert.deepEqual(
      await posted(page, 'correct'),
      ['speech', 'music', 'jingle'].map((name) => ({
        type: 'correct',
        startSeconds,
        endSeconds,
        label: name,
      })),
    );
    const corrected = { ...(segments[1] as (typeof segments)[0]), label: 'speech', correctedFrom: 'noise' };
    await send(page, { type: 'segments', from: 1, remove: 1, segments: [corrected] });
    await send(page, { type: 'corrections', canUndo: true, canRedo: false, older: 0 });
    await page.getByRole('option', { name: /^speech, corrected from noise/, selected: true }).waitFor();
    await page.evaluate(drawn);
    assert.match((await page.getByRole('status').textContent()) ?? '', /corrected from noise/);
    await page.getByRole('listbox').focus();
    await press('z');
    for (let i = 0; i < 4; i++) await press('-');
    await picture('corrected');
    await clickOn(page.getByRole('button', { name: 'Take back the correction' }));
    assert.equal((await posted(page, 'correct')).at(-1)?.label, null);
    await page.getByRole('listbox').focus();
    await press('Control+z');
    assert.equal((await posted(page, 'undo')).length, 0, 'the key is the editor’s own');
    await clickOn(page.getByRole('button', { name: 'Undo' }));
    assert.equal((await posted(page, 'undo')).length, 1);
  });

  it('selects the row that is pressed, however long, also while more comes', async () => {
    await openPage(page);
    const segments = radio(600);
    await show(page, segments);
    const press = async (name: RegExp): Promise<void> => {
      const box = await row(name).boundingBox();
      assert.ok(box);
      await page.mouse.move(box.x + 40, box.y + box.height / 2);
      await page.mouse.down();
      await page.evaluate(drawn);
      // As an analysis at work does.
      const last = segments.at(-1) ?? assert.fail();
      const longer = { ...last, endSeconds: last.endSeconds + 1 };
      await send(page, { type: 'segments', from: segments.length - 1, remove: 1, segments: [longer] });
      await page.evaluate(drawn);
      await page.mouse.up();
      await page.evaluate(drawn);
    };
    const nameOf = (index: number): RegExp =>
      new RegExp(`, ${clockName(segments[index]?.startSeconds ?? 0)} to`);
    await press(nameOf(2));
    assert.equal(await selected().getAttribute('id'), 'segment-2');
    await press(nameOf(4));
    assert.equal(await selected().getAttribute('id'), 'segment-4');
    const input = page.getByRole('textbox', { name: 'Another label' });
    await input.pressSequentially('jin');
    const [, , , , fifth] = segments;
    assert.ok(fifth);
    const other = { ...fifth, probability: 0.5 };
    await send(page, { type: 'segments', from: 4, remove: 1, segments: [other] });
    await page.evaluate(drawn);
    await input.pressSequentially('gle');
    assert.equal(await input.inputValue(), 'jingle', 'what is being typed stays');
    await page.getByRole('listbox').focus();
    const { length } = await posted(page, 'correct');
    await page.keyboard.press('9');
    assert.equal((await posted(page, 'correct')).length, length, 'a digit without a label does nothing');
  });
});
