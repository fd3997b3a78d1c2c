import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import AdmZip from 'adm-zip';
import { OWN_TARGET, vsixOf } from '../packed.js';
import { Person } from '../ui/person.js';

/** Windows opened; the first finds nothing in the machine's caches, as after an update, and is listed apart. */
const WINDOWS = 11;

/** What the least extension there can be does: what its activation takes is the host's and the machine's doing. */
const CONTROL =
  "exports.activate = () => require('vscode').commands.registerCommand('control.nothing', () => {});\n";
const CONTROL_MANIFEST = {
  name: 'control',
  displayName: 'Control',
  publisher: 'measure',
  version: '0.0.1',
  engines: { vscode: '^1.101.0' },
  main: './main.js',
  activationEvents: ['onStartupFinished'],
  extensionKind: ['workspace'],
};

/** Stands before an extension's own main file and notes what reading it and `activate` take. */
const noting = (main: string, file: string): string => `
const { appendFileSync } = require('node:fs');
const cpu = () => { const { user, system } = process.threadCpuUsage(); return (user + system) / 1000; };
const now = () => ({ cpuMs: cpu(), wallMs: performance.now() });
const start = now();
const own = require(${JSON.stringify(main)});
const loaded = now();
exports.activate = (context) => {
  const called = now();
  const api = own.activate(context);
  const returned = now();
  const line = {};
  for (const key of ['cpuMs', 'wallMs']) {
    line[key] = { load: loaded[key] - start[key], activate: returned[key] - called[key] };
  }
  setTimeout(() => appendFileSync(${JSON.stringify(file)}, JSON.stringify(line) + '\\n'), 1000);
  return api;
};
exports.deactivate = () => own.deactivate?.();
`;

interface Noted {
  readonly cpuMs: Parts;
  readonly wallMs: Parts;
}

interface Parts {
  readonly load: number;
  readonly activate: number;
}

/**
 * What activation takes, of the packed extension and, beside it in the same windows on the same event, of a control:
 * milliseconds as "Developer: Show Running Extensions" gives them, and what the host's own thread spends.
 *
 * VS Code's clock also runs while it looks up translations, and others load meanwhile: what it shows of an extension
 * is in part theirs. The times noted in the host are the extension's alone, as far as the machine has a core for it.
 */
export async function measureActivation(temporary: string): Promise<unknown> {
  const folder = join(temporary, 'empty');
  mkdirSync(folder);
  const notes = { ours: join(temporary, 'ours.jsonl'), control: join(temporary, 'control.jsonl') };
  const shown = { ours: [] as number[], control: [] as number[] };
  const person = await Person.sitDown({
    extensions: [ownWithNotes(temporary, notes.ours), controlWithNotes(temporary, notes.control)],
  });
  // Of a list, only what fits the window is there to be read.
  await person.page.setViewportSize({ width: 1280, height: 2400 });
  try {
    for (let n = 0; n < WINDOWS; n++) {
      await person.page.goto(person.server.url(folder));
      await person.page.locator('.activitybar a[aria-label^="ECAPA"]').waitFor();
      for (const file of Object.values(notes))
        while (linesOf(file).length <= n) await person.page.waitForTimeout(100);
      await person.command('Developer: Show Running Extensions');
      shown.ours.push(await activationShown(person, 'ECAPA'));
      shown.control.push(await activationShown(person, 'Control'));
      await person.page.keyboard.press('Escape');
    }
  } finally {
    await person.leave();
  }
  const differences = shown.ours.map((ours, n) => round(ours - (shown.control[n] ?? Number.NaN)));
  return {
    asVscodeShowsMs: {
      ours: figures(shown.ours),
      control: figures(shown.control),
      difference: figures(differences),
    },
    inTheHost: { ours: partsOf(notes.ours), control: partsOf(notes.control) },
  };
}

function partsOf(file: string): object {
  const noted = linesOf(file).map((line) => JSON.parse(line) as Noted);
  const of = (key: keyof Noted): object => ({
    load: figures(noted.map((one) => round(one[key].load))),
    activate: figures(noted.map((one) => round(one[key].activate))),
    both: figures(noted.map((one) => round(one[key].load + one[key].activate))),
  });
  return { cpuMs: of('cpuMs'), wallMs: of('wallMs') };
}

function ownWithNotes(temporary: string, notes: string): string {
  const zip = new AdmZip(vsixOf(OWN_TARGET));
  const entry = 'extension/package.json';
  const manifest = JSON.parse(zip.readAsText(entry)) as { main: string };
  zip.updateFile(entry, Buffer.from(JSON.stringify({ ...manifest, main: './noting.js' })));
  zip.addFile('extension/noting.js', Buffer.from(noting(manifest.main, notes)));
  return written(zip, join(temporary, 'ours.vsix'));
}

function controlWithNotes(temporary: string, notes: string): string {
  const zip = new AdmZip();
  const manifest = { ...CONTROL_MANIFEST, main: './noting.js' };
  zip.addFile('extension/package.json', Buffer.from(JSON.stringify(manifest)));
  zip.addFile('extension/main.js', Buffer.from(CONTROL));
  zip.addFile('extension/noting.js', Buffer.from(noting(CONTROL_MANIFEST.main, notes)));
  return written(zip, join(temporary, 'control.vsix'));
}

function written(zip: AdmZip, path: string): string {
  rmSync(path, { force: true });
  zip.writeZip(path);
  return path;
}

async function activationShown(person: Person, name: string): Promise<number> {
  const row = person.page.locator('.runtime-extensions-editor .monaco-list-row', { hasText: name });
  const [, milliseconds] = /Activation: ([\d.]+)ms/.exec((await row.first().textContent()) ?? '') ?? [];
  return Number(milliseconds);
}

function linesOf(file: string): string[] {
  return existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
}

function figures([first, ...rest]: readonly number[]): Record<string, number | readonly number[]> {
  const sorted = [...rest].sort((a, b) => a - b);
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return { first: first ?? Number.NaN, median, each: rest };
}

function round(value: number): number {
  return Math.round(10 * value) / 10;
}
