import assert from 'node:assert/strict';
import type { JSHandle, Page } from 'playwright-core';
import type { HostToPage } from '../src/features/timeline/messages.js';
import type { Parts } from '../src/webview/timeline/parts-sound.js';
import { openPage, posted, send, show } from './page/fake-host.js';
import { radio } from './page/recordings.js';
import { clickAt, clickOn, clockOf, drawn, pressKey, usePage } from './page/use-page.js';

describe('playback in the timeline page', function () {
  this.timeout(600_000); // a busy machine is no failure
  let page: Page;
  usePage((opened) => {
    page = opened;
  });
  const press = (key: string): Promise<void> => pressKey(page, key);
  const position = (): Promise<string> => clockOf(page);
  const parts = (state: Omit<Parts, 'kind' | 'folderUrl' | 'version'>): HostToPage => ({
    type: 'playback',
    playback: { kind: 'parts', folderUrl: 'http://timeline.test/parts', version: '1', ...state },
  });

  it('plays a segment that is clicked, at any speed, and stops at its end', async () => {
    await openPage(page, { wavSeconds: 12 });
    const segments = radio(12);
    await show(page, segments);
    const url = 'http://timeline.test/recording.wav';
    await send(page, {
      type: 'playback',
      playback: { kind: 'whole', url, version: '1', decodedSeconds: 12 },
    });
    await page.getByRole('combobox', { name: 'Speed' }).selectOption('2');
    const lane = await page.locator('.lane').boundingBox();
    const [, second] = segments;
    assert.ok(lane && second);
    const middle = (second.startSeconds + second.endSeconds) / 2;
    // Looked for from before the click or the key on: a few seconds later it is over.
    const playing = (): Promise<void> => page.getByRole('button', { name: 'Pause' }).waitFor();
    await Promise.all([playing(), clickAt(page, lane.x + (lane.width * middle) / 12, lane.y + 10)]);
    assert.equal(await page.locator('.row[aria-selected=true]').getAttribute('id'), 'segment-1');
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    const stopped = Number((await position()).split(':')[1]);
    assert.ok(Math.abs(stopped - second.endSeconds) < 0.11, `${stopped} for ${second.endSeconds}`);
    await Promise.all([playing(), press('Space')]);
    assert.ok(Number((await position()).split(':')[1]) >= stopped);
    assert.deepEqual(await posted(page, 'cannotPlay'), []);
  });

  it('asks for parts that it can play when it cannot play the file, and plays those', async () => {
    await openPage(page, { wavSeconds: 12 });
    await show(page, radio(12));
    const broken = 'http://timeline.test/broken.wma';
    const fetched: string[] = [];
    page.on('request', (request) => fetched.push(request.url()));
    await send(page, { type: 'playback', playback: { kind: 'whole', url: broken, version: '1' } });
    await page.evaluate(drawn);
    assert.deepEqual(fetched, [], 'nothing is fetched before somebody plays');
    await press('Space');
    for (let i = 0; i < 100 && (await posted(page, 'cannotPlay')).length === 0; i++)
      await page.waitForTimeout(50);
    assert.equal((await posted(page, 'cannotPlay')).length, 1);
    await send(page, parts({ readyParts: 0, isComplete: false, doneSeconds: 3, totalSeconds: 12 }));
    await page.getByText('Preparing playback: 25%').waitFor();
    await press('Space');
    assert.equal(await page.getByText('Preparing playback').count(), 0, 'nobody waits any more');
    await press('Space');
    await clickOn(page.getByRole('button', { name: 'Cancel' }));
    await page.getByText('Preparing playback').waitFor({ state: 'detached' });
    await press('Space');
    await send(page, parts({ readyParts: 2, isComplete: true, doneSeconds: 12, totalSeconds: 12 }));
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    assert.equal(await page.getByText('Preparing playback').count(), 0);
  });

  it('asks for parts when the browser finds another duration than the decoder', async () => {
    for (const isKnownAtOnce of [true, false]) {
      await openPage(page, { wavSeconds: 12 });
      await show(page, radio(12));
      const url = 'http://timeline.test/recording.wav';
      const whole = { kind: 'whole', url, version: '1' } as const;
      const known = { type: 'playback', playback: { ...whole, decodedSeconds: 8.4 } } as const;
      await send(page, isKnownAtOnce ? known : { type: 'playback', playback: whole });
      await press('Space');
      if (!isKnownAtOnce) {
        await page.getByRole('button', { name: 'Pause' }).waitFor();
        await send(page, known);
      }
      for (let i = 0; i < 100 && (await posted(page, 'cannotPlay')).length === 0; i++)
        await page.waitForTimeout(50);
      assert.equal((await posted(page, 'cannotPlay')).length, 1);
      await send(page, parts({ readyParts: 1, isComplete: true, doneSeconds: 8.4 }));
      await page.getByRole('button', { name: 'Pause' }).waitFor();
    }
  });

  it('plays a recording in parts as if it were one, also what comes later', async () => {
    await openPage(page, { wavSeconds: 150 });
    await show(page, radio(150));
    const state = { totalSeconds: 150, isComplete: false };
    await send(page, parts({ ...state, readyParts: 0, doneSeconds: 0 }));
    assert.deepEqual(await posted(page, 'preparePlayback'), [], 'not all is made before somebody plays');
    await press('Space');
    assert.equal((await posted(page, 'preparePlayback')).length, 1);
    await press('Space');
    await send(page, parts({ ...state, readyParts: 2, doneSeconds: 31 }));
    await press('Space');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    assert.equal(
      (await posted(page, 'preparePlayback')).length,
      2,
      'the beginning plays; the rest is asked for',
    );
    await press('Space');
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    await press('Space');
    await send(page, parts({ ...state, readyParts: 3, doneSeconds: 75 }));
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    await send(page, parts({ ...state, readyParts: 4, doneSeconds: 130 }));
    const pauses = await page.getByRole('button', { name: 'Pause' }).evaluateHandle((button) => {
      const seen: (string | null)[] = [];
      new MutationObserver(() => seen.push(button.ariaLabel)).observe(button, {
        attributeFilter: ['aria-label'],
      });
      return seen;
    });
    const tracks = await page.locator('.tracks').boundingBox();
    assert.ok(tracks);
    const goTo = (seconds: number): Promise<void> =>
      clickAt(page, tracks.x + (tracks.width * seconds) / 150, tracks.y + 100);
    const seconds = async (): Promise<number> => {
      const [minutes, rest] = (await position()).split(':');
      return 60 * Number(minutes) + Number(rest);
    };
    await goTo(57.5);
    while ((await seconds()) < 61.5) await page.waitForTimeout(50);
    assert.deepEqual(await pauses.jsonValue(), [], 'no pause where one part takes over from another');
    await goTo(140);
    await page.getByText('Preparing playback: 87%').waitFor();
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    assert.equal(await position(), '2:20.0', 'it waits where it was sent to');
    await send(page, parts({ ...state, isComplete: true, readyParts: 5, doneSeconds: 150 }));
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    assert.ok((await seconds()) >= 140);
    await goTo(149);
    await page.getByRole('button', { name: 'Play', exact: true }).waitFor();
    assert.ok((await seconds()) > 149.8);
    assert.deepEqual(await posted(page, 'cannotPlay'), []);
  });

  it('fetches the next part shortly before it is heard, and lets go of those that are not heard any more', async () => {
    await openPage(page, { wavSeconds: 250 });
    await show(page, radio(250));
    const fetched = new Set<string>();
    page.on('request', (request) => fetched.add(new URL(request.url()).pathname));
    const elements = (await page.evaluateHandle(`(() => {
      const made = [];
      window.Audio = class extends Audio {
        constructor() {
          super();
          made.push(this);
        }
      };
      return made;
    })()`)) as JSHandle<HTMLAudioElement[]>;
    await send(page, parts({ readyParts: 6, isComplete: true, doneSeconds: 250 }));
    await press('Space');
    await page.getByRole('button', { name: 'Pause' }).waitFor();
    const tracks = await page.locator('.tracks').boundingBox();
    assert.ok(tracks);
    const hear = async (seconds: number): Promise<void> => {
      await clickAt(page, tracks.x + (tracks.width * seconds) / 250, tracks.y + 100);
      const heard = async (): Promise<number> => {
        const [minutes, rest] = (await position()).split(':');
        return 60 * Number(minutes) + Number(rest);
      };
      while ((await heard()) < seconds) await page.waitForTimeout(20);
    };
    await hear(130);
    assert.ok(fetched.has('/parts/4.wav') && !fetched.has('/parts/5.wav'), [...fetched].join());
    const sources = (): Promise<string[]> =>
      elements.evaluate((made) =>
        made.filter(({ networkState }) => networkState !== 0).map(({ src }) => src.split('/').at(-1) ?? ''),
      );
    assert.deepEqual(await sources(), ['4.wav']);
    const next = page.waitForRequest(/parts\/5\.wav/);
    await hear(165);
    await next;
  });
});
