import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OVERLAP_SECONDS, partCount, partName, partSeconds, partStart } from '@ecapa/core/page';
import type { TimelineSegment } from '@ecapa/core/timeline';
import { buildSync } from 'esbuild';
import type { Page } from 'playwright-core';
import type { HeardSpan } from '../../src/features/timeline/heard.js';
import type { HostToPage, PageToHost } from '../../src/features/timeline/messages.js';
import { pageMakers } from './fake-vscode.js';
import type {} from './in-page.js';
import { LABELS } from './recordings.js';
import { THEMES, type ThemeName, themeVariables } from './themes.js';
import { drawn } from './use-page.js';

const PACKAGE = join(__dirname, '..', '..');
const ORIGIN = 'http://timeline.test';

export interface OpenOptions {
  readonly language?: string;
  readonly theme?: ThemeName;
  /** What an earlier page has kept. */
  readonly state?: unknown;
  /** Seconds of a tone that can be played as `/recording.wav`, and in parts as `/parts/0.wav`… */
  readonly wavSeconds?: number;
}

/** Loads the built page as the editor does, under its own content security policy. */
export async function openPage(page: Page, options: OpenOptions = {}): Promise<void> {
  const { language = 'en', theme = 'dark' } = options;
  const { pageHtml, pageStrings } = await pageMakers(language);
  const webview = { cspSource: ORIGIN, asWebviewUri: (uri: unknown) => String(uri) };
  const html = pageHtml(webview as never, ORIGIN as never).replace(
    '<body>',
    `<body class="${THEMES[theme]}">`,
  );
  const files: Record<string, { readonly body: Buffer | string; readonly contentType: string }> = {
    '/': { body: html, contentType: 'text/html' },
    '/dist/webview/timeline.js': {
      body: readFileSync(join(PACKAGE, 'dist', 'webview', 'timeline.js')),
      contentType: 'text/javascript',
    },
    '/media/timeline.css': {
      body: readFileSync(join(PACKAGE, 'media', 'timeline.css')),
      contentType: 'text/css',
    },
    '/recording.wav': { body: tone(options.wavSeconds ?? 1), contentType: 'audio/wav' },
    ...Object.fromEntries(
      Array.from({ length: partCount(options.wavSeconds ?? 1) }, (_, part) => {
        const seconds = Math.min(
          partSeconds(part) + OVERLAP_SECONDS,
          (options.wavSeconds ?? 1) - partStart(part),
        );
        return [`/parts/${partName(part)}`, { body: tone(seconds), contentType: 'audio/wav' }];
      }),
    ),
    '/broken.wma': { body: 'not a recording', contentType: 'audio/x-ms-wma' },
  };
  await page.unrouteAll();
  await page.route(`${ORIGIN}/**`, async (route) => {
    const file = files[new URL(route.request().url()).pathname];
    const range = /^bytes=(\d+)-/.exec(route.request().headers().range ?? '');
    if (file === undefined) await route.fulfill({ status: 404 });
    else if (range === null) await route.fulfill(file);
    else {
      const body = Buffer.from(file.body);
      const from = Number(range[1]);
      const headers = { 'content-range': `bytes ${from}-${body.length - 1}/${body.length}` };
      await route.fulfill({ status: 206, contentType: file.contentType, headers, body: body.subarray(from) });
    }
  });
  const given = { state: options.state ?? null, variables: themeVariables(theme) };
  await page.addInitScript({ content: `window.given = ${JSON.stringify(given)};\n${inPage()}` });
  await page.goto(`${ORIGIN}/`);
  await page.waitForFunction(() => window.posted.some(({ type }) => type === 'ready'));
  await send(page, {
    type: 'open',
    name: 'radio/morning-show.mp3',
    locale: language,
    strings: pageStrings(),
  });
  const colours = Object.fromEntries(
    [...LABELS, 'silence', 'unknown', 'gap'].map((label) => [label, `--vscode-ecapa-${label}`]),
  );
  await send(page, { type: 'labels', labels: LABELS, headLabels: LABELS, colours });
}

function inPage(): string {
  const entryPoints = [join(__dirname, 'in-page.ts')];
  const { outputFiles } = buildSync({
    entryPoints,
    bundle: true,
    write: false,
    format: 'iife',
    target: 'chrome128',
  });
  return outputFiles[0]?.text ?? '';
}

/** A message as the extension would send it. */
export async function send(page: Page, message: HostToPage): Promise<void> {
  await page.evaluate((data) => {
    window.dispatchEvent(new MessageEvent('message', { data }));
  }, message);
}

/** What the page has posted since it was loaded, of one type. */
export async function posted<Type extends PageToHost['type']>(
  page: Page,
  type: Type,
): Promise<Extract<PageToHost, { type: Type }>[]> {
  const all = await page.evaluate(() => window.posted);
  return all.filter((message): message is Extract<PageToHost, { type: Type }> => message.type === type);
}

/** A whole recording: its windows and peaks are made in the page, since they are large. */
export async function show(page: Page, segments: readonly TimelineSegment[]): Promise<void> {
  const seconds = segments.at(-1)?.endSeconds ?? 0;
  await page.evaluate(([all, labels, duration]) => window.showRecording(all, labels, duration), [
    segments,
    LABELS,
    seconds,
  ] as const);
  await page.evaluate(
    () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
  );
}

/** Lanes of where each label can be heard. */
export async function showLanes(
  page: Page,
  lanes: Readonly<Record<string, readonly HeardSpan[]>>,
): Promise<void> {
  await send(page, { type: 'lanes', labels: Object.keys(lanes) });
  for (const [label, spans] of Object.entries(lanes))
    await send(page, { type: 'lane', label, from: 0, remove: 0, spans });
  await page.evaluate(drawn);
}

/** A WAV file of a quiet 220 Hz tone, 8 kHz, 16 bits. */
function tone(seconds: number): Buffer {
  const samples = 8000 * seconds;
  const bytes = Buffer.alloc(44 + 2 * samples);
  bytes.write('RIFF', 0);
  bytes.writeUInt32LE(36 + 2 * samples, 4);
  bytes.write('WAVEfmt ', 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(8000, 24);
  bytes.writeUInt32LE(16_000, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write('data', 36);
  bytes.writeUInt32LE(2 * samples, 40);
  for (let i = 0; i < samples; i++)
    bytes.writeInt16LE(Math.round(3000 * Math.sin((2 * Math.PI * 220 * i) / 8000)), 44 + 2 * i);
  return bytes;
}
