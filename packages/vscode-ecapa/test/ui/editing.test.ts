import assert from 'node:assert/strict';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { becomes, type Person } from './person.js';
import { usePerson } from './use-person.js';

const MENU = 'ECAPA Audio';
const HOSTILE = 'take [Listen here](command:workbench.action.createTerminalEditor) 1.wav';

/** Steps build on each other, as a person's do. Pictures of each are kept in artifacts/vscode. */
describe('a person who corrects a timeline', () => {
  let person: Person;
  let folder: string;
  usePerson(
    (someone, place) => {
      person = someone;
      folder = place;
    },
    {
      settings: { 'files.autoSave': 'off' },
      arrange: (place) => renameSync(join(place, 'music', 'band.mp3'), join(place, 'music', HOSTILE)),
    },
  );
  const sidecar = (): string => join(folder, 'radio hour.wav.labels.json');
  const labels = (): { startSeconds: number; endSeconds: number; label: string }[] =>
    existsSync(sidecar()) ? JSON.parse(readFileSync(sidecar(), 'utf8')).labels : [];
  const dirtyTab = () => person.page.locator('.tab.dirty', { hasText: 'radio hour.wav' });
  const rows = () => person.webview().locator('.row');
  const button = (name: string) => person.webview().getByRole('button', { name, exact: true });
  /** Of the listed segments, in seconds. */
  const times = async (): Promise<{ start: number; end: number }[]> =>
    (await person.webview().locator('.row .time').allTextContents()).map((text) => {
      const [start = 0, end = 0] = text.split(' – ').map((clock) => {
        const [minutes = 0, seconds = 0] = clock.split(':').map(Number);
        return 60 * minutes + seconds;
      });
      return { start, end };
    });
  const duration = async (): Promise<number> => (await times()).at(-1)?.end ?? 0;
  /** What is played from now on goes on until it is stopped: a segment may be over before anyone has looked. */
  const loop = async (): Promise<void> => {
    const isLooping = await button('Loop the segment').getAttribute('aria-pressed');
    if (isLooping !== 'true') await button('Loop the segment').click();
  };
  const stop = async (): Promise<void> => {
    await button('Pause').waitFor();
    await person.page.keyboard.press('Space');
    await button('Play').waitFor();
  };
  const drag = async (track: string, from: number, to: number): Promise<void> => {
    const box = await person.webview().locator(track).boundingBox();
    assert.ok(box);
    const { mouse } = person.page;
    await mouse.move(box.x + from * box.width, box.y + box.height / 2);
    await mouse.down();
    await mouse.move(box.x + to * box.width, box.y + box.height / 2, { steps: 8 });
    await mouse.up();
  };
  /** What was changed is known to be, before it is saved. */
  const save = async (): Promise<void> => {
    await dirtyTab().waitFor();
    await person.page.keyboard.press('Control+s');
    await dirtyTab().waitFor({ state: 'detached' });
  };

  it('reads a hostile file name as a name: the message has no link', async () => {
    await person.file('music').click();
    await person.choose(person.file('take [Listen here]'), [MENU, 'Classify']);
    const toast = person.toast(/take \[Listen here\].*: music/);
    await toast.waitFor();
    assert.equal(await toast.locator('a', { hasText: 'Listen here' }).count(), 0);
    await person.shot('20-hostile-name');
    await person.clearToasts();
  });

  it('opens a format without a player in the timeline by a click', async () => {
    await person.file('trio.m4a').dblclick();
    await person
      .webview()
      .locator('.count', { hasText: /segment/ })
      .waitFor();
  });

  it('selects a range, labels it, and sees that it is to be saved', async () => {
    await person.choose(person.file('radio hour.wav'), [MENU, 'Show Timeline']);
    await person.webview().locator('.count', { hasText: '7 segments' }).waitFor();
    await drag('.tracks > .waveform', 0.4, 0.45);
    await person.webview().locator('.range').waitFor();
    await person.shot('21-range');
    await person.page.keyboard.press('2');
    await rows().filter({ hasText: 'corrected' }).first().waitFor();
    await dirtyTab().waitFor();
    assert.deepEqual(labels(), [], 'nothing is written before it is saved');
  });

  it('takes it back and makes it again with the keys of the editor', async () => {
    await person.page.keyboard.press('Control+z');
    await dirtyTab().waitFor({ state: 'detached' });
    await rows().filter({ hasText: 'corrected' }).waitFor({ state: 'detached' });
    await person.page.keyboard.press('Control+y');
    await rows().filter({ hasText: 'corrected' }).first().waitFor();
    await save();
    await becomes(() => labels().length, 1);
    await person.shot('22-saved');
  });

  it('moves a boundary with the pointer', async () => {
    const [{ end } = { end: 0 }, second] = await times();
    await drag('.lane', end / (await duration()), (end + 2) / (await duration()));
    await rows().filter({ hasText: 'confirmed' }).nth(1).waitFor();
    await becomes(
      async () => {
        const [moved, after] = await times();
        assert.ok(moved && after);
        const isMoved = Math.abs(moved.end - end - 2) < 0.5;
        return { isMoved, isJoined: after.start === moved.end, endOfNext: after.end };
      },
      { isMoved: true, isJoined: true, endOfNext: second?.end },
    );
  });

  it('splits a segment, merges it again, and deletes one, by keys', async () => {
    const before = await rows().count();
    await loop();
    await rows().nth(1).click();
    await stop();
    // Back to its beginning, and a second on: what has played has moved the position.
    for (const key of ['ArrowUp', 'ArrowDown', 'ArrowRight', 's']) await person.page.keyboard.press(key);
    await rows().nth(before).waitFor();
    await person.page.keyboard.press('[');
    await person.page.keyboard.press('m');
    await rows().nth(before).waitFor({ state: 'detached' });
    await person.page.keyboard.press('Delete');
    await rows()
      .nth(before - 1)
      .waitFor({ state: 'detached' });
    await person.shot('23-split-merged-deleted');
    await save();
  });

  it('hears something beneath, in a lane, and says so', async () => {
    const lane = person.webview().getByLabel('Lane', { exact: true });
    await lane.selectOption('Lane: noise');
    await person
      .webview()
      .locator('.count', { hasText: /stretch/ })
      .waitFor();
    const before = await rows().count();
    await person.webview().locator('.tracks').focus();
    await person.page.keyboard.press('Home');
    await person.page.keyboard.press('i');
    await person.page.keyboard.press('ArrowRight');
    await person.page.keyboard.press('o');
    await person.page.keyboard.press('v');
    await rows().filter({ hasText: 'corrected' }).first().waitFor();
    assert.ok((await rows().count()) >= before);
    await drag('.lanes', 0.5, 0.55);
    await person.webview().getByRole('button', { name: 'Cannot Be Heard' }).waitFor();
    await person.shot('24-lane');
    await person.page.keyboard.press('Escape');
    await lane.selectOption('Segments');
    await save();
    const heard = (): unknown => JSON.parse(readFileSync(sidecar(), 'utf8')).heard;
    await becomes(heard, [{ startSeconds: 0, endSeconds: 1, label: 'noise', heard: true }]);
  });

  it('closes it, opens it again, and finds it as it was', async () => {
    const before = await times();
    await person.command('View: Close All Editors');
    await person.choose(person.file('radio hour.wav'), [MENU, 'Show Timeline']);
    await rows()
      .filter({ hasText: /confirmed|corrected/ })
      .first()
      .waitFor();
    await becomes(times, before);
    await becomes(() => dirtyTab().count(), 0);
  });

  it('imports labels of another program, to compare and to correct with', async () => {
    const file = join(folder, 'audacity.txt');
    writeFileSync(file, '0.0\t10.0\tintro\n10.0\t20.0\tmusic\n');
    for (const use of ['Compare', 'Correct']) {
      await person.webview().getByRole('button', { name: 'Import…' }).click();
      // What is typed before the dialog has listed the folder, it writes over.
      const row = person.page.locator('.quick-input-list .monaco-list-row', { hasText: 'audacity.txt' });
      await row.click();
      await person.page.locator('.quick-input-list', { hasText: 'Compare' }).waitFor();
      await person.pick(use);
      if (use === 'Compare') {
        await person
          .webview()
          .getByText(/audacity\.txt: the same label for/)
          .waitFor();
        await person.shot('25-compared');
      }
    }
    await rows().filter({ hasText: 'intro' }).waitFor();
    await dirtyTab().waitFor();
    await person.webview().locator('.tracks').focus();
    await person.page.keyboard.press('Control+z');
    await rows().filter({ hasText: 'intro' }).waitFor({ state: 'detached' });
  });

  it('looks through what is least sure, hears each, and decides with one key', async () => {
    const notice = person.webview().locator('.notice', { hasText: /^Review:/ });
    await loop();
    await person.webview().locator('.tracks').focus();
    await person.page.keyboard.press('r');
    const left = async (): Promise<number> =>
      Number(/(\d+) left/.exec((await notice.textContent()) ?? '')?.[1]);
    await notice.waitFor();
    const before = await left();
    await button('Pause').waitFor();
    await person.page.keyboard.press('v');
    await becomes(left, before - 1);
    await person.shot('26-review');
    await person.page.keyboard.press('r');
    await notice.waitFor({ state: 'detached' });
    await stop();
    await person.page.keyboard.press('Control+z');
    await dirtyTab().waitFor({ state: 'detached' });
  });

  it('sees the spectrogram, and hides it', async () => {
    const spectrogram = person.webview().locator('canvas.spectrogram');
    await person.page.keyboard.press('g');
    await spectrogram.waitFor();
    const colours = (): Promise<number> =>
      spectrogram.evaluate((element) => {
        const canvas = element as unknown as HTMLCanvasElement;
        const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data;
        const seen = new Set<number>();
        for (let i = 0; i < (data?.length ?? 0); i += 404)
          seen.add((data?.[i] ?? 0) * 256 + (data?.[i + 1] ?? 0));
        return seen.size;
      });
    while ((await colours()) < 50) await person.page.waitForTimeout(100);
    await person.shot('27-spectrogram');
    await person.page.keyboard.press('g');
    await spectrogram.waitFor({ state: 'hidden' });
  });

  it('finds what was not saved again when the window is reloaded at once', async () => {
    await rows().first().click();
    await person.page.keyboard.press('2');
    await dirtyTab().waitFor();
    await rows().first().locator('.label', { hasText: 'noise' }).waitFor();
    const names = (): Promise<string[]> => person.webview().locator('.row .label').allTextContents();
    const before = await names();
    person.page.once('dialog', (dialog) => void dialog.accept()); // "changes may not be saved"
    await person.page.reload();
    await dirtyTab().waitFor();
    await rows().first().locator('.label', { hasText: 'noise' }).waitFor();
    await becomes(names, before);
    await person.shot('28-hot-exit');
    await person.command('File: Revert File');
    await dirtyTab().waitFor({ state: 'detached' });
  });
});
