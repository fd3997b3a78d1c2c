import assert from 'node:assert/strict';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { type Browser, chromium, type FrameLocator, type Locator, type Page } from 'playwright-core';
import { findChromium } from '../../../../test/browser/chromium.js';
import { CodeServer, type CodeServerOptions } from '../host/code-server.js';
import { OWN_TARGET, vsixOf } from '../packed.js';

export const ARTIFACTS = join(__dirname, '..', '..', '..', '..', 'artifacts', 'vscode');

/** Neither browser nor VS Code can be had here. */
export class Unavailable extends Error {}

/** Someone in front of VS Code with the packed extension installed: clicks, types, reads, and keeps pictures. */
export class Person {
  readonly server: CodeServer;
  readonly #browser: Browser;
  page: Page;

  private constructor(server: CodeServer, browser: Browser, page: Page) {
    this.server = server;
    this.#browser = browser;
    this.page = page;
  }

  /** With the packed extension, or other VSIX files. Throws Unavailable where that cannot be. */
  static async sitDown({
    extensions = [vsixOf(OWN_TARGET)],
    ...options
  }: Omit<CodeServerOptions, 'logDirectory'> & {
    readonly extensions?: readonly string[];
  } = {}): Promise<Person> {
    const unavailable = (error: unknown): never => {
      throw new Unavailable(error instanceof Error ? error.message : String(error));
    };
    const logDirectory = join(ARTIFACTS, 'ui-logs');
    mkdirSync(logDirectory, { recursive: true });
    const launch = await findChromium().catch(unavailable);
    const server = await CodeServer.prepare({ ...options, logDirectory }).catch(unavailable);
    const browser = await chromium.launch(launch);
    try {
      for (const extension of extensions) await server.installExtension(extension);
      await server.start();
      const context = await browser.newContext({
        viewport: { width: 1280, height: 800 },
        acceptDownloads: true,
      });
      context.setDefaultTimeout(120_000);
      const page = await context.newPage();
      page.on('console', (message) =>
        appendFileSync(join(logDirectory, 'window.log'), `${message.text()}\n`),
      );
      return new Person(server, browser, page);
    } catch (error) {
      await browser.close();
      await server.stop();
      throw error;
    }
  }

  async leave(): Promise<void> {
    await this.#browser.close();
    await this.server.stop();
  }

  /** Opens a folder and waits until the Explorer shows it. */
  async open(folder: string): Promise<void> {
    await this.page.goto(this.server.url(folder));
    await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor();
  }

  file(name: string): Locator {
    return this.page.locator(`.explorer-folders-view .monaco-list-row`, { hasText: name }).first();
  }

  /** The badge behind a file's name, which is style rather than text. */
  badge(row: Locator): Promise<string> {
    const contents = `return [...element.querySelectorAll('*')].map((e) => getComputedStyle(e, '::after').content).join();`;
    return row.evaluate(new Function('element', contents) as (element: unknown) => string);
  }

  /** Chooses from a row's context menu; `path` names the submenus on the way. */
  async choose(row: Locator, path: readonly string[]): Promise<void> {
    const [first, ...rest] = path;
    for (let tries = 0; ; tries++) {
      await row.click({ button: 'right' });
      const item = this.#menuItem(first ?? '');
      // While extensions start, a menu may come without their entries.
      if (await appears(item, 3000)) break;
      await this.page.keyboard.press('Escape');
      if (tries === 10) throw new Error(`the menu has no "${first}"`);
    }
    let item = this.#menuItem(first ?? '');
    for (const name of rest) {
      await item.hover();
      if (!(await appears(this.#menuItem(name), 2000))) await item.click();
      item = this.#menuItem(name);
      await item.waitFor();
    }
    // A menu that has only just opened passes over a click, as one that may belong to the click before it.
    for (let tries = 0; tries < 10 && (await item.isVisible()); tries++) {
      await item.click({ timeout: 2000 }).catch(() => undefined); // it may close on the way
      await item.waitFor({ state: 'hidden', timeout: 1000 }).catch(() => undefined);
    }
    if (await item.isVisible()) throw new Error(`"${path.at(-1)}" does not take a click`);
  }

  #menuItem(name: string): Locator {
    // Its accessible name has the shortcut too.
    return this.page.locator('.monaco-menu .action-label').getByText(name, { exact: true });
  }

  /** Runs a command by its title in the command palette. */
  async command(title: string): Promise<void> {
    const input = this.page.locator('.quick-input-widget input[type=text]').first();
    // A window that has only just loaded passes over keys, and so does a page in it that is taking the focus.
    for (let tries = 0; tries < 30; tries++) {
      await this.page.keyboard.press('F1');
      if (await appears(input, 2000)) break;
    }
    await this.pick(title, '>');
  }

  /** Types into the list that has opened at the top, and clicks what it finds. */
  async pick(name: string, prefix = ''): Promise<void> {
    const input = this.page.locator('.quick-input-widget input[type=text]').first();
    await input.waitFor();
    await input.fill(`${prefix}${name}`);
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first().click();
  }

  /** Closes all notifications. */
  async clearToasts(): Promise<void> {
    await this.command('Notifications: Clear All Notifications');
  }

  toast(text: string | RegExp): Locator {
    return this.page.locator('.notification-toast', { hasText: text });
  }

  /** Shows the extension's own views, or the Explorer. */
  async openView(name: 'ECAPA' | 'Explorer' = 'ECAPA'): Promise<void> {
    await this.page.locator(`.activitybar a[aria-label^="${name}"]`).click();
  }

  /** Drags the side bar's edge until it is so wide. */
  async sizeSideBar(pixels: number): Promise<void> {
    const width = async (): Promise<number> =>
      Math.round((await this.page.locator('.part.sidebar').boundingBox())?.width ?? 0);
    const edge = (await this.page.locator('.part.sidebar').boundingBox()) ?? { x: 0, width: 0 };
    const x = edge.x + edge.width + 1;
    await this.page.mouse.move(x, 300);
    await this.page.mouse.down();
    await this.page.mouse.move(x + pixels - edge.width, 300, { steps: 5 });
    await this.page.mouse.up();
    await this.page.mouse.move(800, 300); // away from the edge, which lights up
    await becomes(width, pixels);
  }

  /** Rows of one of the extension's views. */
  rows(view: string): Locator {
    return this.page.locator(`.pane:has(.pane-header[aria-label^="${view}"]) .monaco-list-row`);
  }

  /** Rows of a view by what a screen reader says of them. */
  row(view: string, name: RegExp): Locator {
    return this.rows(view).and(this.page.getByRole('treeitem', { name }));
  }

  /** What a webview shows. */
  webview(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').last().frameLocator('iframe#active-frame');
  }

  /** The processes that draw pages. */
  async rendererPids(): Promise<number[]> {
    const browser = await this.#browser.newBrowserCDPSession();
    const { processInfo } = await browser.send('SystemInfo.getProcessInfo');
    return processInfo.filter(({ type }) => type === 'renderer').map(({ id }) => id);
  }

  /** What the pages hold is what is left after it: until then memory is for the browser to give back. */
  async collectGarbage(): Promise<void> {
    const session = await this.page.context().newCDPSession(this.page);
    await session.send('HeapProfiler.collectGarbage');
    await session.detach();
  }

  async shot(name: string): Promise<void> {
    mkdirSync(ARTIFACTS, { recursive: true });
    await this.page.screenshot({ path: join(ARTIFACTS, `${name}.png`), animations: 'disabled' });
  }
}

/** Reads something again and again until it is as expected; after a minute says how it is instead. */
export async function becomes<T>(read: () => Promise<T> | T, expected: T): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    const value = await read();
    if (isDeepStrictEqual(value, expected)) return;
    if (Date.now() > deadline) assert.deepEqual(value, expected);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function appears(locator: Locator, milliseconds: number): Promise<boolean> {
  return locator.waitFor({ timeout: milliseconds }).then(
    () => true,
    () => false,
  );
}
