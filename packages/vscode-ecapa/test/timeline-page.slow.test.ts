import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openPage, posted, send, show } from './page/fake-host.js';
import { LABELS, radio } from './page/recordings.js';
import { clickAt, clickOn, clockOf, drawn, kept, PICTURES, pressKey, usePage } from './page/use-page.js';

const THREE_HOURS = 3 * 3600;
const RADIO = radio(THREE_HOURS);

describe('the timeline page in a browser', function () {
  this.timeout(600_000); // a busy machine is no failure
  let page: Page;
  const anotherPage = usePage((opened) => {
    page = opened;
  });

  const picture = (name: string): Promise<Buffer> => page.screenshot({ path: join(PICTURES, `${name}.png`) });
  const press = (key: string): Promise<void> => pressKey(page, key);
  const row = (name?: RegExp) =>
    page.getByRole('listbox').getByRole('option', name === undefined ? {} : { name });
  const selected = () => page.locator('.row[aria-selected=true]');
  const position = (): Promise<string> => clockOf(page);

  it('keeps a three-hour recording small: few rows, few peaks, whatever one looks at', async () => {
    await openPage(page);
    await show(page, RADIO);
    assert.ok(RADIO.length > 1000);
    const list = page.getByRole('listbox', { name: 'Segments' });
    assert.ok((await list.getByRole('option').count()) < 50);
    const [first] = await list.getByRole('option').all();
    assert.equal(await first?.getAttribute('aria-setsize'), String(RADIO.length));
    // Close up, all the way through, and out again.
    for (let i = 0; i < 25; i++) await press('+');
    for (const place of [0.2, 0.4, 0.6, 0.8, 1]) {
      await list.evaluate((element, share) => {
        element.scrollTop = share * element.scrollHeight;
      }, place);
      await press(']');
      await press('z');
    }
    await press('0');
    assert.ok((await list.getByRole('option').count()) < 50);
    assert.ok((await posted(page, 'peaks')).length < 40, 'peaks of what is in sight alone');
  });

  it('has a heading, and a slider for the position', async () => {
    await openPage(page);
    await show(page, radio(60));
    assert.equal(await page.getByRole('heading', { level: 1 }).textContent(), 'radio/morning-show.mp3');
    const slider = page.getByRole('slider');
    assert.equal(await slider.count(), 1);
    assert.equal(await slider.evaluate((element) => element.tagName), 'DIV', 'a section is a landmark');
    assert.equal(await slider.getAttribute('aria-valuemax'), '60');
    await slider.focus();
    await press('ArrowRight');
    assert.equal(await slider.getAttribute('aria-valuenow'), '1');
  });

  it('draws no picture anew for progress', async () => {
    await openPage(page);
    await show(page, radio(60));
    const playback = { kind: 'parts', folderUrl: 'http://timeline.test/parts', version: '1' } as const;
    const progress = { readyParts: 1, isComplete: false, totalSeconds: 60 };
    const running = { state: 'running', totalSeconds: 60 } as const;
    await send(page, { type: 'status', status: { ...running, doneSeconds: 1 } });
    await send(page, { type: 'playback', playback: { ...playback, ...progress, doneSeconds: 1 } });
    await page.evaluate(drawn);
    await page.evaluate(() => {
      const { clearRect } = CanvasRenderingContext2D.prototype;
      Object.assign(window, { draws: 0 });
      CanvasRenderingContext2D.prototype.clearRect = function (...args) {
        (window as unknown as { draws: number }).draws++;
        return clearRect.apply(this, args);
      };
    });
    const draws = (): Promise<number> => page.evaluate(() => (window as unknown as { draws: number }).draws);
    for (let doneSeconds = 2; doneSeconds < 10; doneSeconds++) {
      await send(page, { type: 'status', status: { ...running, doneSeconds } });
      await send(page, { type: 'playback', playback: { ...playback, ...progress, doneSeconds } });
      await page.evaluate(drawn);
    }
    assert.equal(await draws(), 0);
    await page.getByText('0:09 of 1:00 analysed').waitFor();
    await send(page, { type: 'peaksReady', seconds: 60, isComplete: true });
    await page.evaluate(drawn);
    assert.ok((await draws()) > 0);
  });

  it('draws once for many messages', async () => {
    await openPage(page);
    const draws = await page.evaluate(async (segments) => {
      let count = 0;
      const { clearRect } = CanvasRenderingContext2D.prototype;
      CanvasRenderingContext2D.prototype.clearRect = function (...args) {
        count++;
        return clearRect.apply(this, args);
      };
      for (const [from, segment] of segments.entries()) {
        const data = { type: 'segments', from, remove: 0, segments: [segment] };
        window.dispatchEvent(new MessageEvent('message', { data }));
      }
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      return count;
    }, RADIO);
    assert.ok(draws > 0 && draws <= 15, `${draws} canvases drawn for ${RADIO.length} messages`);
    assert.equal(await page.locator('.count').textContent(), `${RADIO.length} segments`);
  });

  it('is used from the keyboard alone', async () => {
    await openPage(page);
    await show(page, radio(600));
    const segments = radio(600);
    await press('ArrowRight');
    assert.equal(await position(), '0:01.0');
    await press('Shift+ArrowRight');
    assert.equal(await position(), '0:11.0');
    await press('End');
    assert.equal(await position(), '10:00.0');
    await press('Home');
    assert.equal(await position(), '0:00.0');
    await press(']');
    await press(']');
    assert.equal(await selected().getAttribute('id'), 'segment-1');
    await press('[');
    assert.equal(await selected().getAttribute('id'), 'segment-0');
    await press('ArrowDown');
    await press('ArrowDown');
    assert.equal(await selected().getAttribute('id'), 'segment-2');
    const live = page.getByRole('status');
    assert.match((await live.textContent()) ?? '', new RegExp(`^${segments[2]?.label}, 0:`));
    await press('c');
    const focused = await page.evaluate(() => (document.activeElement as HTMLElement).dataset.label);
    assert.equal(focused, LABELS[0]);
    await press('Escape');
    await page.getByRole('listbox').focus();
    await press('End');
    assert.equal(await selected().getAttribute('id'), `segment-${segments.length - 1}`);
    await press('?');
    await page.getByRole('dialog', { name: 'Keyboard' }).waitFor();
    await picture('keyboard-help');
    await press('Escape');
    assert.equal(await page.getByRole('dialog').count(), 0);
  });

  it('is announced to screen readers', async () => {
    await openPage(page);
    await show(page, radio(60));
    await press(']');
    await press(']');
    const tree = await page.locator('body').ariaSnapshot();
    for (const part of [
      'toolbar',
      'button "Play"',
      'combobox "Speed"',
      'button "Loop the segment"',
      'button "Zoom in"',
      'slider "Position"',
      'group "Labels shown"',
      /button "speech \d+%.*" \[pressed\]/,
      'combobox "Order"',
      'listbox "Segments"',
      /option "noise, 0:00\.5 to 0:09\.6, \d+% sure.*" \[selected\]/,
      'region "Segment"',
      'list "Probabilities"',
      'group "Correct the label"',
      'textbox "Another label"',
      'status',
    ])
      assert.ok(
        typeof part === 'string' ? tree.includes(part) : part.test(tree),
        `${part} is missing in\n${tree}`,
      );
    const slider = page.getByRole('slider', { name: 'Position' });
    assert.match((await slider.getAttribute('aria-valuetext')) ?? '', /^0:00\.5 of 1:00, noise$/);
    const active = await page.getByRole('listbox').getAttribute('aria-activedescendant');
    assert.equal(active, await selected().getAttribute('id'));
    const unnamed = await page.evaluate(
      () =>
        [...document.querySelectorAll('button, select, input, [role]')].filter(
          (element) =>
            !element.closest('[aria-hidden=true], dialog:not([open])') &&
            !['presentation', 'status', 'toolbar', 'listitem'].includes(element.role ?? '') &&
            (element.ariaLabel ?? element.textContent ?? '').trim() === '',
        ).length,
    );
    assert.equal(unnamed, 0, 'everything one can use has a name');
  });

  it('zooms to where the mouse is, scrolls, and drags', async () => {
    await openPage(page);
    await show(page, radio(600));
    const box = await page.locator('.tracks').boundingBox();
    assert.ok(box);
    const ruler = async (): Promise<{ startSeconds: number; endSeconds: number } | undefined> => {
      await page.evaluate(kept);
      return page.evaluate(
        () => (window.kept as { view?: { startSeconds: number; endSeconds: number } }).view,
      );
    };
    await page.mouse.move(box.x + box.width / 4, box.y + 100);
    await page.keyboard.down('Control');
    await page.mouse.wheel(0, -600);
    await page.keyboard.up('Control');
    const near = await ruler();
    assert.ok(near && near.endSeconds - near.startSeconds < 200);
    const under = near.startSeconds + (near.endSeconds - near.startSeconds) / 4;
    assert.ok(Math.abs(under - 150) < 1, `${under}`);
    await page.mouse.wheel(0, 300);
    const later = await ruler();
    assert.ok(later && later.startSeconds > near.startSeconds);
    await page.mouse.move(box.x + box.width / 4, box.y + 10); // the ruler
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 4 + 200, box.y + 10, { steps: 4 });
    await page.mouse.up();
    await page.evaluate(drawn);
    const dragged = await ruler();
    assert.ok(dragged && dragged.startSeconds < later.startSeconds);
    assert.equal(await selected().count(), 0, 'a drag selects nothing');
    const overview = await page.locator('.overview').boundingBox();
    assert.ok(overview);
    await clickAt(page, overview.x + overview.width * 0.9, overview.y + 10);
    const far = await ruler();
    assert.ok(far && Math.abs((far.startSeconds + far.endSeconds) / 2 - 540) < 30);
  });

  it('lists the least sure first and only the labels asked for', async () => {
    await openPage(page);
    const segments = radio(600);
    await show(page, segments);
    await page.getByRole('combobox', { name: 'Order' }).selectOption('leastSure');
    await page.evaluate(drawn);
    const sure = Math.min(...segments.map(({ probability }) => probability));
    const first = row().first();
    assert.match(
      (await first.getAttribute('aria-label')) ?? '',
      new RegExp(`${Math.round(100 * sure)}% sure`),
    );
    await clickOn(page.getByRole('button', { name: /^speech/, pressed: true }).first());
    const speech = segments.filter(({ label }) => label === 'speech').length;
    await page.getByText(`${segments.length - speech} of ${segments.length} segments`).waitFor();
    await page.evaluate(drawn);
    assert.equal(await row(/^speech/).count(), 0);
  });

  it('looks at a stretch that it is sent to, and selects the segment that it is of', async () => {
    await openPage(page);
    await show(page, RADIO);
    const far = RADIO[Math.floor(RADIO.length / 2)] ?? assert.fail();
    const { startSeconds, endSeconds } = far;
    await send(page, { type: 'look', startSeconds, endSeconds });
    await page.evaluate(drawn);
    const index = Number(await selected().getAttribute('aria-posinset')) - 1;
    assert.deepEqual(RADIO[index], far);
    const shown = Math.floor(startSeconds);
    const [seconds, minutes, hours] = (await position()).split(':').reverse().map(Number);
    assert.equal(Math.floor(3600 * (hours ?? 0) + 60 * (minutes ?? 0) + (seconds ?? 0)), shown);
  });

  it('comes back as it was left', async () => {
    await openPage(page);
    const segments = radio(600);
    await show(page, segments);
    await press(']');
    await press(']');
    await press('z');
    await press('l');
    await page.getByRole('combobox', { name: 'Order' }).selectOption('leastSure');
    await page.getByRole('combobox', { name: 'Speed' }).selectOption('1.5');
    await page.evaluate(kept);
    const state = await page.evaluate(() => window.kept);
    const clock = await position();
    await anotherPage();
    await openPage(page, { state });
    await show(page, segments);
    assert.equal(await position(), clock);
    assert.equal(await selected().getAttribute('id'), 'segment-1');
    assert.equal(await page.getByRole('combobox', { name: 'Order' }).inputValue(), 'leastSure');
    assert.equal(await page.getByRole('combobox', { name: 'Speed' }).inputValue(), '1.5');
    assert.equal(await page.getByRole('button', { name: 'Loop the segment', pressed: true }).count(), 1);
    await page.evaluate(kept);
    assert.deepEqual(await page.evaluate(() => window.kept), state);
  });
});
