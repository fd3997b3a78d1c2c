import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { openPage, posted, show } from './page/fake-host.js';
import { radio } from './page/recordings.js';
import { clickOn, drawn, PICTURES, pressKey, usePage } from './page/use-page.js';

describe('the spectrogram in the timeline page', function () {
  this.timeout(600_000); // a busy machine is no failure
  let page: Page;
  usePage((opened) => {
    page = opened;
  });
  const inks = (): Promise<number> =>
    page.evaluate(() => {
      const canvas = document.querySelector<HTMLCanvasElement>('.spectrogram');
      const data = canvas?.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      const colours = new Set<number>();
      for (let i = 0; i < data.length; i += 400) colours.add(((data[i] ?? 0) << 8) | (data[i + 1] ?? 0));
      return colours.size;
    });

  const isDrawn = async (): Promise<void> => {
    while ((await inks()) <= 20) await page.waitForTimeout(50);
  };

  for (const theme of ['dark', 'light'] as const)
    it(`is drawn below the waveform in the theme ${theme}, and taken away`, async () => {
      await openPage(page, { theme });
      await show(page, radio(600));
      assert.equal(await page.locator('.spectrogram').isVisible(), false);
      assert.deepEqual(await posted(page, 'spectrum'), [], 'nothing is asked for before it is wanted');
      await pressKey(page, 'g');
      await isDrawn();
      await page.screenshot({ path: join(PICTURES, `spectrogram-${theme}.png`) });
      for (let i = 0; i < 8; i++) await pressKey(page, '+');
      await isDrawn();
      assert.ok((await posted(page, 'spectrum')).some(({ level }) => level === 0));
      await clickOn(page.getByRole('button', { name: 'Spectrogram' }));
      await page.evaluate(drawn);
      assert.equal(await page.locator('.spectrogram').isVisible(), false);
    });

  it('has a linear frequency axis on request, which it keeps', async () => {
    await openPage(page);
    await show(page, radio(60));
    const button = page.getByRole('button', { name: 'Linear frequency axis' });
    assert.equal(await button.isVisible(), false, 'without a spectrogram there is no axis');
    await pressKey(page, 'f');
    await pressKey(page, 'g');
    const scales = async (): Promise<string[]> => [
      ...new Set((await posted(page, 'spectrum')).map(({ scale }) => scale)),
    ];
    assert.deepEqual(await scales(), ['mel']);
    const picture = (): Promise<string> =>
      page.locator('.spectrogram').evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    await isDrawn();
    const mel = await picture();
    await pressKey(page, 'f');
    assert.equal(await button.getAttribute('aria-pressed'), 'true');
    assert.deepEqual(await scales(), ['mel', 'linear']);
    while ((await picture()) === mel) await page.waitForTimeout(50); // its marks are elsewhere
    await isDrawn();
    await page.screenshot({ path: join(PICTURES, 'spectrogram-linear.png') });
    await page.waitForFunction(
      () => (window.kept as { frequencyScale?: string }).frequencyScale === 'linear',
    );
    await clickOn(button);
    assert.equal(await button.getAttribute('aria-pressed'), 'false');
  });

  it('zooms three hours nearly as smoothly as without it', async () => {
    await openPage(page);
    await show(page, radio(3 * 3600));
    const zoomMilliseconds = async (): Promise<number> => {
      const times = await page.evaluate(async () => {
        const all: number[] = [];
        for (let i = 0; i < 60; i++) {
          await new Promise(requestAnimationFrame);
          const start = performance.now();
          window.dispatchEvent(new KeyboardEvent('keydown', { key: i % 30 < 15 ? '+' : '-' }));
          await new Promise(requestAnimationFrame);
          all.push(performance.now() - start);
        }
        return all.sort((a, b) => a - b);
      });
      return times[Math.floor(0.95 * times.length)] ?? 0;
    };
    const without = await zoomMilliseconds();
    await page.evaluate(`window.made = 0;
      window.ImageData = class extends ImageData {
        constructor(width, height) {
          super(width, height);
          window.made++;
        }
      };`);
    await pressKey(page, 'g');
    await zoomMilliseconds(); // its tiles are asked for
    const withIt = await zoomMilliseconds();
    console.log(
      `      95th percentile of a zoom frame: ${withIt.toFixed(1)} ms, ${without.toFixed(1)} ms without`,
    );
    assert.ok(withIt < 3 * without + 20, `${withIt} ms, ${without} ms without`);
    const [made, tiles] = [await page.evaluate('window.made'), (await posted(page, 'spectrum')).length];
    assert.ok(Number(made) < tiles / 2, `${made} images for ${tiles} tiles: they share one`);
  });
});
