/**
 * pnpm --filter vscode-ecapa measure:long [HOURS [VSIX]]: how long a person waits with a recording of three hours, by the clock of
 * a browser with software rendering: for the first segments, for sound from the start and from the middle; how long frames
 * take while one zooms with waveform, spectrogram and lanes; and the renderer's memory. JSON on standard output. Needs ffmpeg. VSIX: another build than this one, to compare with.
 */
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { OWN_TARGET, packVsix, vsixOf } from '../packed.js';
import { Person } from '../ui/person.js';
import { makeRecordings } from '../ui/recordings.js';

const HOURS = Number(process.argv[2] ?? 3);
const VSIX = process.argv[3];
const NAME = 'long programme.mp3';
const ZOOMS = 120;

async function measure(): Promise<unknown> {
  const loadAtStart = loadavg()[0];
  if (VSIX === undefined) packVsix([OWN_TARGET]);
  const folder = await makeRecordings();
  writeLong(join(folder, 'radio hour.wav'), join(folder, NAME));
  const person = await Person.sitDown({ extensions: [VSIX ?? vsixOf(OWN_TARGET)] });
  try {
    await person.open(folder);
    const rendererOfEditor = await largestRenderer(person);
    // What is loaded on first use is loaded: the recording is what is measured.
    await person.choose(person.file('radio hour.wav'), ['ECAPA Audio', 'Show Timeline']);
    await person.webview().locator('.row').first().waitFor();
    const rendererBefore = await largestRenderer(person);
    const opened = performance.now();
    await person.choose(person.file(NAME), ['ECAPA Audio', 'Show Timeline']);
    const clicked = performance.now();
    const page = person.webview();
    await page.locator('h1', { hasText: NAME }).waitFor({ state: 'attached' });
    await page.locator('.row').first().waitFor();
    const firstSegments = noted('first segments', seconds(performance.now() - clicked));
    const fromStart = noted('sound from the start', seconds(await playing(person, undefined)));
    const fromMiddle = noted('sound from the middle', seconds(await playing(person, 0.5)));
    await drawnToTheEnd(person);
    const drawn = performance.now() - clicked;
    const frames = await zooming(person);
    const rendererAfter = await largestRenderer(person);
    await person.collectGarbage();
    return {
      hours: HOURS,
      menuSeconds: seconds(clicked - opened),
      firstSegmentsSeconds: firstSegments,
      soundFromStartSeconds: fromStart,
      soundFromMiddleSeconds: fromMiddle,
      waveformToTheEndSeconds: seconds(drawn),
      zoomFrames: frames,
      largestRendererMegabytes: {
        ofTheEditorAlone: rendererOfEditor,
        withAShortOne: rendererBefore,
        withTheLongOne: rendererAfter,
        withTheLongOneAndNoGarbage: await largestRenderer(person),
      },
      machine: { cores: availableParallelism(), loadAtStart, loadAtEnd: loadavg()[0] },
    };
  } finally {
    await person.leave();
    rmSync(dirname(folder), { recursive: true });
  }
}

/** Printed at once on standard error: what comes last takes minutes on a busy machine. */
function noted(name: string, value: number): number {
  console.error(`${name}: ${value} s, load ${loadavg()[0]?.toFixed(1)}`);
  return value;
}

/** Frames of one short MP3 without a header that names its length, again and again: browsers guess it. */
function writeLong(short: string, long: string): void {
  const args = ['-v', 'error', '-i', short, '-b:a', '64k', '-write_xing', '0', '-id3v2_version', '0', long];
  execFileSync('ffmpeg', args);
  const once = readFileSync(long);
  const secondsEach = (once.length * 8) / 64_000;
  for (let at = secondsEach; at < HOURS * 3600; at += secondsEach) appendFileSync(long, once);
}

/** Milliseconds from a click on a place of the overview, if any, and on Play until the clock runs. */
async function playing(person: Person, share: number | undefined): Promise<number> {
  const page = person.webview();
  const pause = page.getByRole('button', { name: 'Pause', exact: true });
  if (await pause.isVisible()) await pause.click();
  if (share !== undefined) {
    await page.locator('.tracks').focus();
    await person.page.keyboard.press('0');
    const box = await page.locator('.tracks > .waveform').boundingBox();
    if (box === null) throw new Error('there is no waveform');
    await person.page.mouse.click(box.x + share * box.width, box.y + box.height / 2);
  }
  await person.page.waitForTimeout(300); // what was clicked is shown
  const clock = page.locator('.clock');
  const before = await clock.textContent();
  const started = performance.now();
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await pause.waitFor();
  while ((await clock.textContent()) === before) await person.page.waitForTimeout(20);
  return performance.now() - started;
}

/** Ends the analysis, which takes minutes and would compete for the processor, and waits for the whole waveform. */
async function drawnToTheEnd(person: Person): Promise<void> {
  const page = person.webview();
  const pause = page.getByRole('button', { name: 'Pause', exact: true });
  if (await pause.isVisible()) await pause.click();
  await page.getByRole('button', { name: 'Cancel', exact: true }).click();
  const canvas = page.locator('canvas.overview-picture');
  while (!(await canvas.evaluate(isDrawnAtTheEnd))) await person.page.waitForTimeout(500);
}

/** Runs in the page: whether anything but the middle line is drawn near the right edge. */
const isDrawnAtTheEnd = new Function(
  'canvas',
  `const x = Math.floor(canvas.width * 0.97);
  const { data } = canvas.getContext('2d').getImageData(x, 0, 8, Math.floor(canvas.height / 2) - 3);
  return data.some((value, i) => i % 4 === 3 && value > 0);`,
) as (canvas: unknown) => boolean;

/** Zooms in and out with the wheel, and says how long each frame took. */
async function zooming(person: Person): Promise<{ readonly p50Ms: number; readonly p95Ms: number }> {
  const page = person.webview();
  await page.locator('.tracks').focus();
  await person.page.keyboard.press('g');
  await person.page.keyboard.press('0');
  const box = await page.locator('.tracks > .waveform').boundingBox();
  if (box === null) throw new Error('there is no waveform');
  const recording = page.locator('body').evaluate(recordFrames, ZOOMS);
  await person.page.mouse.move(box.x + box.width / 3, box.y + box.height / 2);
  await person.page.keyboard.down('Control');
  for (let i = 0; i < ZOOMS; i++) {
    await person.page.mouse.wheel(0, i % 60 < 30 ? -120 : 120);
    await person.page.waitForTimeout(25);
  }
  await person.page.keyboard.up('Control');
  const sorted = (await recording).sort((a, b) => a - b);
  const at = (share: number): number =>
    Math.round(10 * (sorted[Math.floor(share * sorted.length)] ?? 0)) / 10;
  return { p50Ms: at(0.5), p95Ms: at(0.95) };
}

/** Runs in the page: times from one frame to the next, of so many. */
const recordFrames = new Function(
  'body',
  'count',
  `return new Promise((resolve) => {
    const frames = [];
    let last;
    const next = (now) => {
      if (last !== undefined) frames.push(now - last);
      last = now;
      if (frames.length < count) requestAnimationFrame(next);
      else resolve(frames);
    };
    requestAnimationFrame(next);
  });`,
) as (body: unknown, count: number) => Promise<number[]>;

/** Resident memory of the largest renderer of this browser. */
async function largestRenderer(person: Person): Promise<number> {
  const pids = await person.rendererPids();
  const sizes = execFileSync('ps', ['-o', 'rss=', '-p', pids.join()], { encoding: 'utf8' });
  return Math.round(Math.max(...sizes.trim().split('\n').map(Number)) / 1000);
}

function seconds(milliseconds: number): number {
  return Math.round(milliseconds / 10) / 100;
}

measure().then(
  (figures) => console.log(JSON.stringify(figures, null, 2)),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
