import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { launchBrowser } from './browser.js';
import { type ExampleHost, until } from './example-host.js';
import { liveEvents } from './example-pages.js';
import { wavFiles } from './example-recipes.js';

/** A tone every second in the place of a microphone, which every page may use. */
const FAKE_MICROPHONE = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream'];

/** What a power cut may not change. */
export function itSurvivesAPowerCut(running: () => ExampleHost): void {
  let browser: Browser | undefined;
  before(async () => {
    browser = await launchBrowser(FAKE_MICROPHONE);
  });
  after(() => browser?.close());

  it('sensors are unavailable while Node-RED is off; then a live page goes on by itself, and old files count for the cap', async () => {
    const host = running();
    const page = await browser?.newPage();
    page?.setDefaultTimeout(0);
    await page?.goto(`${host.url}/ecapa-live`);
    await page?.locator('#microphone').click();
    await page
      ?.locator('.source h2', { hasText: /^browser/ })
      .first()
      .waitFor();
    const old = wavFiles(host.events);
    assert.equal(old.length, 1);

    await host.restart(async () => {
      await until(async () => (await host.mqtt.retained('ecapa/status')) === 'offline');
      await page?.locator('#link:not(.on)', { hasText: 'does not answer' }).waitFor();
    });
    await until(async () => (await host.mqtt.retained('ecapa/status')) === 'online');
    await page?.locator('#link.on').waitFor();
    const isOfPage = ({ topic }: { topic: string }) => topic.startsWith('browser');
    if (page !== undefined) await until(async () => (await liveEvents(host.url)).events.some(isOfPage));
    await page?.locator('#note', { hasText: 'Listening with this device.' }).waitFor();

    await host.click('ecapacamstart');
    const isNewSpeech = (name: string) => name.endsWith('speech.wav') && !old.includes(name);
    await until(() => wavFiles(host.events).some(isNewSpeech));
    const bytes = () =>
      wavFiles(host.events).reduce((sum, name) => sum + statSync(join(host.events, name)).size, 0);
    await until(() => bytes() <= 250_000);
    assert.ok(!wavFiles(host.events).some((name) => old.includes(name)), 'the old one went first');
  });
}
