import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { findChromium } from '../../../../test/browser/chromium.js';
import { CodeServer } from './code-server.js';
import { NoHost, type SuiteRun } from './suite-run.js';

/**
 * Runs the suites in code-server's extension host, in a window of a headless Chromium.
 *
 * Throws NoHost when either cannot be had, and when the time is over. How the tests went, their report says.
 */
export async function runInCodeServer(run: SuiteRun): Promise<void> {
  const { extension, index, workspace, logDirectory, env, timeoutSeconds } = run;
  const unavailable = (error: unknown): never => {
    throw new NoHost(error instanceof Error ? error.message : String(error));
  };
  const launch = await findChromium().catch(unavailable);
  const server = await CodeServer.prepare({
    ...{ isTestDriver: true, env, logDirectory },
    settings: { 'files.autoSave': 'off' }, // as on a desktop; tests save when they say so
  }).catch(unavailable);
  const browser = await chromium.launch(launch);
  try {
    await server.start();
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    const log = join(logDirectory, 'window.log');
    page.on('console', (message) => appendFileSync(log, `${message.text()}\n`));
    const isOver = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`not over after ${timeoutSeconds} s`)),
        1000 * timeoutSeconds,
      );
      timer.unref();
      page
        .exposeFunction('codeAutomationExit', () => {
          clearTimeout(timer);
          resolve();
        })
        .catch(reject);
    });
    await page.exposeFunction('codeAutomationLog', (_type: string, args: unknown[]) =>
      appendFileSync(log, `${args.join(' ')}\n`),
    );
    const remote = (path: string): string => `vscode-remote://${server.authority}${path}`;
    await page.goto(
      server.url(workspace, [
        ['extensionDevelopmentPath', remote(extension)],
        ['extensionTestsPath', remote(index)],
      ]),
      { timeout: 1000 * timeoutSeconds }, // a busy machine takes its time
    );
    await isOver;
  } finally {
    await browser.close();
    await server.stop();
  }
}
