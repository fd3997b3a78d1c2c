/**
 * Runs the suites of test/host/suite in a real extension host. For one's own work:
 *
 *   pnpm --filter vscode-ecapa build
 *   pnpm --filter vscode-ecapa test:host [--grep REGEXP] [--packed]
 *
 * --grep      only tests whose full title matches
 * --packed    the extension as its VSIX in artifacts/ carries it, instead of this folder
 *
 * The host is a VS Code named in ECAPA_VSCODE_PATH, or the release in ECAPA_VSCODE_VERSION (such as `stable`), which
 * is downloaded; without these, code-server from npm (kept in ECAPA_VSCODE_HOST or the cache) with a headless
 * Chromium. Logs and the report go to artifacts/vscode/host. Exit code 0: all passed, or nothing could be run, and why.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { unpackVsix } from '../packed.js';
import { bundleSuite } from './bundle-suite.js';
import { runInCodeServer } from './run-in-code-server.js';
import { runInVscode } from './run-in-vscode.js';
import { NoHost, type SuiteRun } from './suite-run.js';

const ROOT = join(__dirname, '..', '..', '..', '..');
const LOGS = join(ROOT, 'artifacts', 'vscode', 'host');
const TIMEOUT_SECONDS = 600;

async function main(): Promise<number> {
  const { values } = parseArgs({
    args: process.argv.slice(2).filter((argument) => argument !== '--'),
    options: { grep: { type: 'string' }, packed: { type: 'boolean', default: false } },
  });
  rmSync(LOGS, { recursive: true, force: true });
  mkdirSync(LOGS, { recursive: true });
  const report = join(LOGS, 'report.txt');
  const temporary = mkdtempSync(join(tmpdir(), 'ecapa-host-'));
  const workspace = join(temporary, 'workspace');
  mkdirSync(workspace);
  const stopPrinting = printAsItGrows(report);
  try {
    const run: SuiteRun = {
      extension: values.packed ? unpackVsix(join(temporary, 'vsix')) : join(__dirname, '..', '..'),
      index: await bundleSuite(),
      workspace,
      logDirectory: LOGS,
      env: {
        ECAPA_TEST_REPORT: report,
        ECAPA_TEST_ROOT: ROOT,
        ...(values.grep === undefined ? {} : { ECAPA_TEST_GREP: values.grep }),
      },
      timeoutSeconds: TIMEOUT_SECONDS,
    };
    const { ECAPA_VSCODE_PATH: path, ECAPA_VSCODE_VERSION: version } = process.env;
    await (path !== undefined || version !== undefined
      ? runInVscode(run, { path, version })
      : runInCodeServer(run));
    stopPrinting();
    if (existsSync(`${report}.exit`)) return readFileSync(`${report}.exit`, 'utf8') === '0' ? 0 : 1;
    console.error(`The host ended before its tests did; see ${LOGS}`);
    return 1;
  } catch (error) {
    stopPrinting();
    if (error instanceof NoHost) {
      console.log(`  skipped, no extension host: ${error.message}`);
      return 0;
    }
    console.error(error);
    return 1;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Prints what is added to a file, until the returned function has printed the last of it. */
function printAsItGrows(file: string): () => void {
  let printed = 0;
  const print = (): void => {
    if (!existsSync(file) || statSync(file).size <= printed) return;
    const content = readFileSync(file);
    process.stdout.write(content.subarray(printed));
    printed = content.length;
  };
  const timer = setInterval(print, 250);
  return () => {
    clearInterval(timer);
    print();
  };
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (error: unknown) => {
    console.error(error);
    process.exitCode = 1;
  },
);
