import assert from 'node:assert/strict';
import type { Browser, Page } from 'playwright-core';
import { axeViolations } from './axe.js';
import { launchBrowser, pictureForReadme } from './browser.js';
import { type ExampleHost, until } from './example-host.js';
import { RATE_HZ, samplesOf, wavHeader } from './sound.js';

/** A voice, which music joins and outlasts, and then rain. */
async function evening(): Promise<Buffer> {
  const [speech, music, rain] = await Promise.all([
    samplesOf('speech-announcement.mp3', 12),
    samplesOf('music-band.mp3', 12),
    samplesOf('noise-rain.opus', 7),
  ]);
  const mixed = Int16Array.from({ length: 18 * RATE_HZ }, (_, i) =>
    Math.round(((speech[i] ?? 0) + (music[i - 6 * RATE_HZ] ?? 0)) / 2),
  );
  const pcm = Buffer.concat([mixed, rain].map(({ buffer }) => Buffer.from(buffer)));
  return Buffer.concat([wavHeader(pcm.length / 2), pcm]);
}

/** The pages of examples in a browser, and what they may ask. */
export function itShowsPages(running: () => ExampleHost, withLiveSound: boolean): void {
  let browser: Browser | undefined;
  before(async () => {
    browser = await launchBrowser();
  });
  after(() => browser?.close());

  /** A page, and what it complained about. */
  async function open(path: string): Promise<{ page: Page; complaints: string[] }> {
    const page = await (browser ?? assert.fail()).newPage({ viewport: { width: 1000, height: 700 } });
    page.setDefaultTimeout(0);
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (one) => {
      if (one.type() === 'error') complaints.push(one.text());
    });
    await page.goto(`${running().url}${path}`);
    return { page, complaints };
  }

  it('Dashboard 2 shows the label, a chart of the classes and the history', async function () {
    if (browser === undefined) return this.skip();
    const { page, complaints } = await open('/dashboard');
    const now = page.locator('#nrdb-ui-widget-ecapadashlabel');
    await now.filter({ hasText: 'nothing' }).waitFor(); // the recording is over
    await page.locator('.nrdb-ui-chart canvas').waitFor();
    for (const label of ['music', 'speech']) {
      await page.locator('.nrdb-ui-table tbody tr', { hasText: label }).first().waitFor();
    }
    assert.deepEqual(await axeViolations(page), []);
    await running().click('ecapadashstart');
    await now.filter({ hasText: 'music' }).waitFor();
    const chart = page.locator('.nrdb-ui-chart canvas').first();
    let shown = '';
    await until(async () => {
      const before = shown;
      shown = await chart.evaluate((canvas) => (canvas as unknown as HTMLCanvasElement).toDataURL());
      return shown === before; // it does not move any more
    });
    await pictureForReadme(page, 'dashboard');
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it('the upload page says what a recording is, and has no violation that axe knows', async function () {
    if (browser === undefined) return this.skip();
    const { page, complaints } = await open('/ecapa-page');
    const name = 'voice.wav';
    const pcm = Buffer.from((await samplesOf('speech-announcement.mp3', 3)).buffer);
    const buffer = Buffer.concat([wavHeader(pcm.length / 2), pcm]);
    await page.setInputFiles('#files', { name, mimeType: 'audio/wav', buffer });
    await page.locator('article p', { hasText: 'speech' }).waitFor();
    assert.deepEqual(await axeViolations(page), []);
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it('the live page shows sound in lanes, and takes away what is over', async function () {
    if (browser === undefined || !withLiveSound) return this.skip();
    const { page, complaints } = await open('/ecapa-live');
    await page.locator('#link.on').waitFor();
    const buffer = await evening();
    await page.setInputFiles('#file', { name: 'evening.wav', mimeType: 'audio/wav', buffer });
    await page.locator('.now span', { hasText: 'also heard' }).waitFor();
    await page.locator('.now strong', { hasText: 'noise' }).waitFor();
    await page.locator('.lane[aria-label^="speech: 0:00 to 0:1"]').waitFor();
    // A voice that music joins has a block in its lane, and the music one in its own.
    const block = (label: string) => page.locator(`.lane[data-label=${label}] .stretch`).first();
    await page.setViewportSize({ width: 1000, height: 480 });
    // Blocks glide to their places, where the two overlap.
    await until(async () => {
      const [speech, music] = await Promise.all([
        block('speech').boundingBox(),
        block('music').boundingBox(),
      ]);
      const areThere = speech !== null && music !== null;
      return areThere && speech.x < music.x && music.x + 20 < speech.x + speech.width;
    });
    await pictureForReadme(page, 'live');
    assert.deepEqual(
      await page.locator('.row span').allTextContents(),
      ['speech', 'music', 'noise'],
      'a lane for each class',
    );
    assert.deepEqual(await axeViolations(page), []);
    await page.clock.install();
    await page.reload();
    await block('speech').waitFor();
    await block('noise').waitFor();
    await page.locator('.source.over').first().waitFor();
    await page.clock.fastForward(21_000); // as long as it is kept
    await page.locator('.source').first().waitFor({ state: 'detached' });
    assert.deepEqual(complaints, []);
    await page.close();
  });

  it('the live page is the only one that may send, and what is heard is kept for one that is opened later', async () => {
    const { url } = running();
    const post = (query: string, headers: Record<string, string> = {}) =>
      fetch(`${url}/ecapa-live/audio?${query}`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/octet-stream', ...headers },
        body: new Uint8Array(8000),
      });
    const before = await liveEvents(url);
    const types = async () =>
      (await liveEvents(url, before.last, before.boot)).events.map(({ payload }) => payload.type);
    for (let i = 0; i < 16; i++) assert.equal((await post('id=0011aaff&rate=16000')).status, 204);
    await until(async () => (await types()).includes('change'));
    assert.equal((await post('id=0011aaff&rate=16000&end=1')).status, 204);
    await until(async () => (await types()).includes('end'));
    const { boot, last, events } = await liveEvents(url);
    assert.ok(events.some(({ topic }) => topic === 'browser 0011'));
    assert.deepEqual((await liveEvents(url, last, boot)).events, []);
    assert.equal((await liveEvents(url, last, 'another')).events.length, events.length);
    for (const headers of [
      { Origin: 'https://example.org' },
      { 'Sec-Fetch-Site': 'same-site' },
      { 'Content-Type': 'text/plain' },
    ] as const) {
      const { status } = await post('id=0011aaff&rate=16000', { ...headers } as Record<string, string>);
      assert.equal(status, 403);
    }
    assert.equal((await post('id=..%2f..%2f&rate=16000')).status, 403);
  });
}

interface LiveEvents {
  readonly boot: string;
  readonly last: number;
  readonly events: readonly {
    readonly topic: string;
    readonly payload: { readonly type: string; readonly label?: string; readonly reason?: string };
  }[];
}

/** What the live page asks for. */
export async function liveEvents(url: string, after = 0, boot = ''): Promise<LiveEvents> {
  const response = await fetch(`${url}/ecapa-live/events?after=${after}&boot=${boot}`);
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff');
  return (await response.json()) as LiveEvents;
}
