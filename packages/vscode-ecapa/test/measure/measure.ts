/**
 * pnpm --filter vscode-ecapa measure: VSIX sizes, activation time as VS Code tells it, and the extension host's
 * event-loop delay while 500 files are classified, of the packed extension, as JSON on standard output.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleForHost } from '../host/bundle-suite.js';
import { runInCodeServer } from '../host/run-in-code-server.js';
import { packVsix, unpackVsix, vsixOf } from '../packed.js';
import { ARTIFACTS, Person } from '../ui/person.js';

const TARGETS = ['linux-x64', 'linux-arm64', 'darwin-arm64', 'win32-x64', 'win32-arm64'];
const ACTIVATIONS = 5;

async function measure(): Promise<unknown> {
  const temporary = mkdtempSync(join(tmpdir(), 'ecapa-measure-'));
  try {
    packVsix(TARGETS);
    const load = round(loadavg()[0] ?? 0);
    const activationMs = await measureActivation(join(temporary, 'empty'));
    const eventLoop = await measureEventLoop(temporary);
    return {
      vsixMegabytes: Object.fromEntries(
        TARGETS.map((target) => [target, round(statSync(vsixOf(target)).size / 1e6)]),
      ),
      activationMs,
      eventLoop,
      machine: { cores: availableParallelism(), loadAtStart: load, loadAtEnd: round(loadavg()[0] ?? 0) },
    };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** What "Developer: Show Running Extensions" shows, for a window opened several times. */
async function measureActivation(folder: string): Promise<readonly number[]> {
  mkdirSync(folder);
  const person = await Person.sitDown();
  const found: number[] = [];
  try {
    for (let n = 0; n < ACTIVATIONS; n++) {
      await person.page.goto(person.server.url(folder));
      await person.page.locator('.activitybar a[aria-label^="ECAPA"]').waitFor();
      await person.page.waitForTimeout(5000); // the other extensions' start is over then
      await person.command('Developer: Show Running Extensions');
      const row = person.page.locator('.runtime-extensions-editor .monaco-list-row', { hasText: 'ECAPA' });
      const [, milliseconds] = /Activation: ([\d.]+)ms/.exec((await row.textContent()) ?? '') ?? [];
      found.push(Number(milliseconds));
      await person.page.keyboard.press('Escape');
    }
  } finally {
    await person.leave();
  }
  return found;
}

async function measureEventLoop(temporary: string): Promise<unknown> {
  const file = join(temporary, 'measured.json');
  const workspace = join(temporary, 'workspace');
  mkdirSync(workspace);
  await runInCodeServer({
    extension: unpackVsix(join(temporary, 'vsix')),
    index: await bundleForHost([join(__dirname, 'in-host.ts')]),
    workspace,
    logDirectory: join(ARTIFACTS, 'measure-logs'),
    env: { ECAPA_MEASURE_FILE: file },
    timeoutSeconds: 600,
  });
  return JSON.parse(readFileSync(file, 'utf8'));
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}

measure().then(
  (figures) => console.log(JSON.stringify(figures, null, 2)),
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
