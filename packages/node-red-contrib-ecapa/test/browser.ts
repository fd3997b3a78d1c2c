import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import { findChromium } from '../../../test/browser/chromium.js';

const PACKAGE = join(__dirname, '..');

/** Where the tests leave what they have seen. */
export const PICTURES = join(PACKAGE, '..', '..', 'artifacts', 'node-red');

/** A headless browser, or undefined, and why, where there is none to be had. */
export async function launchBrowser(more: readonly string[] = []): Promise<Browser | undefined> {
  try {
    const found = await findChromium();
    return await chromium.launch({ ...found, args: [...found.args, ...more] });
  } catch (error) {
    console.log(`      skipped, no browser: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

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
