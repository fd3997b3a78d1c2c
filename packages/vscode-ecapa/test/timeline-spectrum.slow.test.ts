import assert from 'node:assert/strict';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { RealFft } from '../src/features/timeline/fft.js';
import {
  frameSeconds,
  melShare,
  SPECTRUM_BANDS,
  SpectrumLevels,
  spectrumLevelFor,
} from '../src/features/timeline/spectrum-levels.js';
import { openPage, posted, show } from './page/fake-host.js';
import { radio } from './page/recordings.js';
import { drawn, PICTURES, pressKey, usePage } from './page/use-page.js';

const tone = (hertz: number, amplitude: number, seconds: number): Float32Array =>
  Float32Array.from({ length: 16_000 * seconds }, (_, i) =>
    Math.fround(amplitude * Math.sin((2 * Math.PI * hertz * i) / 16_000)),
  );

describe('the Fourier transform', () => {
  it('is that of its definition', () => {
    const size = 64;
    const window = Float64Array.from({ length: size }, (_, i) => Math.sin(i * i) + (i % 7) / 3);
    const out = new Float64Array(2 * size);
    new RealFft(size).transform(out, window);
    for (let k = 0; k < size; k++) {
      let [re, im] = [0, 0];
      for (const [i, value] of window.entries()) {
        re += value * Math.cos((-2 * Math.PI * i * k) / size);
        im += value * Math.sin((-2 * Math.PI * i * k) / size);
      }
      assert.ok(Math.abs(re - (out[2 * k] ?? 0)) < 1e-9 && Math.abs(im - (out[2 * k + 1] ?? 0)) < 1e-9);
    }
    assert.throws(() => new RealFft(48), RangeError);
  });
});

describe('the spectrogram of a recording', () => {
  for (const hertz of [100, 440, 1000, 3000, 7000])
    it(`has a tone of ${hertz} Hz where the frequency axis has it, as loud as it is`, () => {
      const spectrum = new SpectrumLevels();
      spectrum.push(tone(hertz, 0.1, 1));
      spectrum.finish();
      const [frames] = spectrum.take();
      assert.ok(frames);
      const frame = frames.subarray(25 * SPECTRUM_BANDS, 26 * SPECTRUM_BANDS);
      const loudest = frame.indexOf(Math.max(...frame));
      const expected = melShare(hertz) * (SPECTRUM_BANDS + 1) - 1;
      assert.ok(Math.abs(loudest - expected) <= 1.5, `band ${loudest} for ${expected}`);
      const decibels = -100 + (100 * (frame[loudest] ?? 0)) / 255;
      assert.ok(Math.abs(decibels + 20) < 4, `${decibels} dB for -20`);
    });

  it('has a frame for each hop, whatever pieces it comes in, and the loudest of eight in the level above', () => {
    const whole = new SpectrumLevels();
    const pieces = new SpectrumLevels();
    const samples = tone(500, 0.3, 3.21);
    whole.push(samples);
    for (let at = 0; at < samples.length; at += 777) pieces.push(samples.subarray(at, at + 777));
    whole.finish();
    pieces.finish();
    const [finest, middle, coarsest] = whole.take();
    assert.deepEqual(pieces.take(), [finest, middle, coarsest]);
    assert.ok(finest && middle && coarsest);
    const frames = Math.ceil(3.21 / frameSeconds(0));
    assert.equal(finest.length, frames * SPECTRUM_BANDS);
    assert.equal(middle.length, Math.ceil(frames / 8) * SPECTRUM_BANDS);
    assert.equal(coarsest.length, Math.ceil(frames / 64) * SPECTRUM_BANDS);
    assert.equal(
      middle[10],
      Math.max(...Array.from({ length: 8 }, (_, i) => finest[i * SPECTRUM_BANDS + 10] ?? 0)),
    );
  });

  it('is silent where nothing is, and takes the level that a pixel needs', () => {
    const spectrum = new SpectrumLevels();
    spectrum.push(new Float32Array(16_000));
    spectrum.finish();
    assert.ok(spectrum.take()[0]?.every((value) => value === 0));
    assert.deepEqual([0.001, 0.2, 8].map(spectrumLevelFor), [0, 1, 2]);
  });
});

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

  for (const theme of ['dark', 'light'] as const)
    it(`is drawn below the waveform in the theme ${theme}, and taken away`, async () => {
      await openPage(page, { theme });
      await show(page, radio(600));
      assert.equal(await page.locator('.spectrogram').isVisible(), false);
      assert.deepEqual(await posted(page, 'spectrum'), [], 'nothing is asked for before it is wanted');
      await pressKey(page, 'g');
      await page.waitForTimeout(300);
      await page.evaluate(drawn);
      assert.ok((await inks()) > 20);
      await page.screenshot({ path: join(PICTURES, `spectrogram-${theme}.png`) });
      for (let i = 0; i < 8; i++) await pressKey(page, '+');
      await page.waitForTimeout(300);
      assert.ok((await inks()) > 20);
      assert.ok((await posted(page, 'spectrum')).some(({ level }) => level === 0));
      await page.getByRole('button', { name: 'Spectrogram' }).click();
      assert.equal(await page.locator('.spectrogram').isVisible(), false);
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
    await pressKey(page, 'g');
    await zoomMilliseconds(); // its tiles are asked for
    const withIt = await zoomMilliseconds();
    console.log(
      `      95th percentile of a zoom frame: ${withIt.toFixed(1)} ms, ${without.toFixed(1)} ms without`,
    );
    assert.ok(withIt < 3 * without + 20, `${withIt} ms, ${without} ms without`);
  });
});
