import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from 'playwright-core';

const PACKAGE = join(__dirname, '..');

/** Where the tests leave what they have seen. */
export const PICTURES = join(PACKAGE, '..', '..', 'artifacts', 'node-red');

/** Debian's browser, unless another is named. */
export const CHROMIUM = process.env.ECAPA_CHROMIUM ?? '/usr/bin/chromium';

export const CHROMIUM_ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--no-first-run',
  '--disable-background-networking',
  '--autoplay-policy=no-user-gesture-required',
];

interface Part {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A picture for the README: among the artifacts, or where ECAPA_IMAGES says (`pnpm images`). */
export async function pictureForReadme(page: Page, name: string, clip?: Part): Promise<void> {
  const folder = process.env.ECAPA_IMAGES ? join(PACKAGE, process.env.ECAPA_IMAGES) : PICTURES;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), ...(clip && { clip }) });
}
