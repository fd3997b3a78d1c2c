// pnpm --filter vscode-ecapa icon: draws media/icon.png, 256 x 256, in a headless Chromium.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { findChromium } from '../../../test/browser/chromium.js';

const SIZE = 256;
const BARS = 13;
const PITCH = 15;
const WIDTH = 10;
const CENTRE = { x: 128, y: 112 };

/** Half heights of the bars: words with pauses, a swelling chord, even noise. */
const HALF_HEIGHTS = [16, 40, 24, 52, 20, 34, 58, 76, 62, 38, 26, 30, 22];

/** The labels' colours, brightened for the dark ground; each takes the bars up to its index. */
const GROUPS = [
  { end: 5, colour: '#4FB3F2' },
  { end: 9, colour: '#F5B52E' },
  { end: BARS, colour: '#22C596' },
];

function colourOf(bar: number): string {
  return GROUPS.find(({ end }) => bar < end)?.colour ?? '#fff';
}

const left = CENTRE.x - ((BARS - 1) * PITCH) / 2;
const bars = HALF_HEIGHTS.map((half, bar) => {
  const x = left + bar * PITCH - WIDTH / 2;
  return `<rect x="${x}" y="${CENTRE.y - half}" width="${WIDTH}" height="${2 * half}" rx="${WIDTH / 2}" fill="${colourOf(bar)}"/>`;
});
let start = 0;
const segments = GROUPS.map(({ end, colour }) => {
  const x = left + start * PITCH - WIDTH / 2;
  const width = (end - 1 - start) * PITCH + WIDTH;
  start = end;
  return `<rect x="${x}" y="206" width="${width}" height="12" rx="6" fill="${colour}"/>`;
});
const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${SIZE}" height="${SIZE}" viewBox="0 0 ${SIZE} ${SIZE}">
<defs><linearGradient id="ground" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#1B3A57"/><stop offset="1" stop-color="#0A1826"/></linearGradient></defs>
<rect width="${SIZE}" height="${SIZE}" rx="52" fill="url(#ground)"/>
${[...bars, ...segments].join('\n')}
</svg>`;

async function draw(): Promise<void> {
  const browser = await chromium.launch(await findChromium());
  try {
    const page = await browser.newPage({ viewport: { width: SIZE, height: SIZE } });
    await page.setContent(`<body style="margin:0;background:transparent">${svg}</body>`);
    writeFileSync(
      join(__dirname, '..', 'media', 'icon.png'),
      await page.screenshot({ omitBackground: true, clip: { x: 0, y: 0, width: SIZE, height: SIZE } }),
    );
  } finally {
    await browser.close();
  }
}

void draw();
