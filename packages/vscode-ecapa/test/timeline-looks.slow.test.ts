import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openPage, posted, send, show, showLanes } from './page/fake-host.js';
import { lanesOf, radio } from './page/recordings.js';
import type { ThemeName } from './page/themes.js';
import { clickOn, drawn, PICTURES, pressKey, usePage } from './page/use-page.js';

const THREE_HOURS = 3 * 3600;
const RADIO = radio(THREE_HOURS);

describe('how the timeline page looks', function () {
  this.timeout(600_000); // a busy machine is no failure
  let page: Page;
  const anotherPage = usePage((opened) => {
    page = opened;
  });
  const picture = (name: string): Promise<Buffer> => page.screenshot({ path: join(PICTURES, `${name}.png`) });
  const press = (key: string): Promise<void> => pressKey(page, key);

  it('says how it stands: at work, partial, out of date, cancelled, failed, silent', async () => {
    await openPage(page);
    await send(page, { type: 'status', status: { state: 'starting' } });
    await page.getByText('Loading the model…').waitFor();
    await picture('starting');
    const part = RADIO.filter(({ endSeconds }) => endSeconds < 4000);
    await show(page, RADIO);
    await send(page, { type: 'segments', from: 0, remove: RADIO.length, segments: part });
    const status = {
      state: 'running',
      doneSeconds: 4000,
      totalSeconds: THREE_HOURS,
      secondsLeft: 95,
    } as const;
    await send(page, { type: 'status', status });
    await page.getByText('1:06:40 of 3:00:00 analysed · 1 min 35 sec left').waitFor();
    await picture('running');
    await clickOn(page.getByRole('button', { name: 'Cancel' }));
    assert.equal((await posted(page, 'cancel')).length, 1);
    await send(page, { type: 'status', status: { state: 'cancelled' } });
    await clickOn(page.getByRole('button', { name: 'Analyse', exact: true }));
    assert.equal((await posted(page, 'analyse')).length, 1);
    const done = { state: 'done', modelId: 'm', headId: 'h', isPartial: true, staleReason: 'head' } as const;
    await send(page, { type: 'status', status });
    await send(page, { type: 'status', status: done });
    await send(page, { type: 'file', isThere: false });
    await page.getByText('Another head is chosen now.').waitFor();
    assert.equal(
      await page.getByRole('status').textContent(),
      `${part.length} segments`,
      'its end is announced',
    );
    await page.getByText('The file is no longer there.').waitFor();
    await picture('stale-and-partial');
    await clickOn(page.getByRole('button', { name: 'Analyse again' }));
    assert.equal((await posted(page, 'analyse')).length, 2);

    await anotherPage();
    await openPage(page);
    const message = 'letter.wav: this is text, not audio. Choose an audio file.';
    await send(page, { type: 'status', status: { state: 'failed', code: 'NOT_AUDIO', message } });
    const alert = page.getByRole('alert');
    await alert.waitFor();
    assert.match((await alert.textContent()) ?? '', /could not be analysed.*letter\.wav.*NOT_AUDIO/);
    await clickOn(page.getByRole('button', { name: 'Show Log' }));
    assert.equal((await posted(page, 'showLog')).length, 1);
    assert.equal(await page.locator('.tracks').isVisible(), false);
    await picture('failed');
  });

  for (const theme of [
    'dark',
    'light',
    'highContrast',
    'highContrastLight',
  ] as const satisfies readonly ThemeName[])
    it(`is readable in a ${theme} theme`, async () => {
      await openPage(page, { theme, ...(theme === 'light' ? { language: 'de' } : {}) });
      await show(page, radio(600));
      await showLanes(page, lanesOf(radio(600)));
      for (let i = 0; i < 5; i++) await press(']');
      await picture(`theme-${theme}`);
      const contrasts = await page.evaluate(() => window.contrasts());
      assert.ok(contrasts.length > 20);
      for (const { text, contrast } of contrasts)
        assert.ok(contrast >= 4.4, `${text}: ${contrast.toFixed(2)}`);
    });

  it('follows when the theme changes', async () => {
    await openPage(page);
    await show(page, radio(60));
    const colour = (): Promise<string> =>
      page
        .locator('.share-bar span')
        .first()
        .evaluate((part) => part.style.background);
    const before = await colour();
    await page.evaluate(() => {
      for (const label of ['speech', 'music', 'noise'])
        document.documentElement.style.setProperty(`--vscode-ecapa-${label}`, '#123456');
      document.body.className = 'vscode-light';
    });
    await page.waitForFunction(
      (old) => document.querySelector<HTMLElement>('.share-bar span')?.style.background !== old,
      before,
    );
    assert.equal(await colour(), 'rgb(18, 52, 86)');
  });

  it('fits narrow and low editors', async () => {
    await page.setViewportSize({ width: 420, height: 700 });
    await openPage(page, { language: 'ja' });
    await show(page, radio(600));
    await showLanes(page, lanesOf(radio(600)));
    await press(']');
    await picture('narrow-japanese');
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    assert.ok(overflow <= 0, `${overflow} pixels too wide`);
    await page.setViewportSize({ width: 1000, height: 400 });
    await page.evaluate(drawn);
    await picture('low');
    const list = await page.getByRole('listbox').boundingBox();
    const row = await page.getByRole('listbox').getByRole('option').first().boundingBox();
    assert.ok(list && row && list.y + list.height <= 400);
    assert.ok(row.y >= list.y && row.y + row.height <= list.y + list.height, 'a whole row is seen');
  });

  it('is drawn again and again without new states and measurements of its canvases, which pile up', async () => {
    await openPage(page);
    await show(page, RADIO);
    await showLanes(page, lanesOf(RADIO));
    const counts = await page.evaluateHandle(() => {
      const made = { save: 0, measureText: 0, clearRect: 0 };
      const canvas = CanvasRenderingContext2D.prototype as unknown as Record<
        string,
        (...all: unknown[]) => unknown
      >;
      for (const name of Object.keys(made) as (keyof typeof made)[]) {
        const original = canvas[name];
        canvas[name] = function (...all) {
          made[name]++;
          return original?.apply(this, all);
        };
      }
      return made;
    });
    for (let i = 0; i < 5; i++) {
      await page.evaluate(() =>
        window.dispatchEvent(new MessageEvent('message', { data: { type: 'togglePlay' } })),
      );
      await page.evaluate(drawn);
    }
    const { clearRect, ...made } = await counts.jsonValue();
    assert.ok(clearRect >= 5 * 6, 'it was drawn');
    assert.deepEqual(made, { save: 0, measureText: 0 });
  });
});
