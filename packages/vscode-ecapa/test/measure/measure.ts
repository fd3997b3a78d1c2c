/**
 * pnpm --filter vscode-ecapa measure: VSIX sizes, activation time beside a control's, and the extension host's
 * event-loop delay while 500 files are classified, of the packed extension, as JSON on standard output.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleForHost } from '../host/bundle-suite.js';
import { runInCodeServer } from '../host/run-in-code-server.js';
import { packVsix, TARGETS, unpackVsix, vsixOf } from '../packed.js';
import { ARTIFACTS } from '../ui/person.js';
import { measureActivation } from './activation.js';

async function measure(): Promise<unknown> {
  const temporary = mkdtempSync(join(tmpdir(), 'ecapa-measure-'));
  try {
    packVsix(TARGETS);
    const load = round(loadavg()[0] ?? 0);
    const activation = await measureActivation(temporary);
    const eventLoop = await measureEventLoop(temporary);
    return {
      vsixMegabytes: Object.fromEntries(
        TARGETS.map((target) => [target, round(statSync(vsixOf(target)).size / 1e6)]),
      ),
      activation,
      eventLoop,
      machine: { cores: availableParallelism(), loadAtStart: load, loadAtEnd: round(loadavg()[0] ?? 0) },
    };
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
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
