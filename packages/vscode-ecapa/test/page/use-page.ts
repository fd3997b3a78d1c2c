import assert from 'node:assert/strict';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type Browser, chromium, type Locator, type Page } from 'playwright-core';
import { findChromium } from '../../../../test/browser/chromium.js';
import type {} from './in-page.js';

/** Where tests keep what the page looked like. */
export const PICTURES = join(__dirname, '..', '..', '..', '..', 'artifacts', 'vscode', 'timeline');

/**
 * Opens a page for each test of a suite, and looks for errors in it afterwards; skips the suite without a browser.
 * What it returns closes the page and opens another in its place.
 */
export function usePage(onOpen: (page: Page) => void): () => Promise<void> {
  let browser: Browser;
  let page: Page;

  before(async function () {
    const launch = await findChromium().catch((error: Error) => {
      console.log(`      skipped, no browser: ${error.message}`);
      return undefined;
    });
    if (launch === undefined) return this.skip();
    mkdirSync(PICTURES, { recursive: true });
    browser = await chromium.launch(launch);
  });
  after(() => browser?.close());

  const open = async (): Promise<void> => {
    page = await browser.newPage({ viewport: { width: 1280, height: 760 } });
    onOpen(page);
  };
  const close = async (title: string | undefined): Promise<void> => {
    const problems = await page.evaluate(() => window.problems);
    await page.close();
    assert.deepEqual(problems, [], `errors in the page of "${title}"`);
  };
  beforeEach(open);
  afterEach(function () {
    return close(this.currentTest?.title);
  });
  return async () => {
    await close('the page before');
    await open();
  };
}

/** Presses a key and waits until what it does is drawn. */
export async function pressKey(page: Page, key: string): Promise<void> {
  await page.keyboard.press(key);
  await page.evaluate(drawn);
}

/** Clicks something and waits until what that does is drawn. */
export async function clickOn(target: Locator): Promise<void> {
  await target.click();
  await target.page().evaluate(drawn);
}

/** The same at a place in the page, in CSS pixels. */
export async function clickAt(page: Page, x: number, y: number): Promise<void> {
  await page.mouse.click(x, y);
  await page.evaluate(drawn);
}

/** Where the recording is played, as the page says it once what has happened is drawn. */
export async function clockOf(page: Page): Promise<string> {
  await page.evaluate(drawn);
  return (await page.locator('.clock').textContent())?.split(' / ')[0] ?? '';
}

/** What axe finds wrong with the page for people who use a screen reader or the keyboard. */
export async function accessibilityViolations(page: Page): Promise<string[]> {
  await page.evaluate(readFileSync(createRequire(__filename).resolve('axe-core/axe.min.js'), 'utf8'));
  return page.evaluate(async () => {
    const { axe } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    return (await axe.run()).violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html)}`);
  });
}

/** Runs in the page: resolves when a frame has been drawn. */
export function drawn(): Promise<unknown> {
  return new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
}

/** Runs in the page: resolves when what it keeps, which it does a little after it has drawn, is kept. */
export function kept(): Promise<unknown> {
  return new Promise((resolve) =>
    requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 400))),
  );
}
