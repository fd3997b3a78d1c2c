import { join } from 'node:path';
import { runTests } from '@vscode/test-electron';
import type { SuiteRun } from './suite-run.js';

/** Runs the suites in a desktop VS Code, which needs a display (`xvfb-run` gives one). */
export async function runInVscode(
  run: SuiteRun,
  { path, version }: { readonly path: string | undefined; readonly version: string | undefined },
): Promise<void> {
  await runTests({
    ...(path === undefined ? {} : { vscodeExecutablePath: path }),
    ...(version === undefined ? {} : { version }),
    timeout: 30_000,
    extensionDevelopmentPath: run.extension,
    extensionTestsPath: run.index,
    extensionTestsEnv: { ...run.env },
    launchArgs: [
      run.workspace,
      '--disable-extensions',
      '--disable-workspace-trust',
      `--user-data-dir=${join(run.logDirectory, 'user')}`,
    ],
  }).catch((error: unknown) => {
    // A failed suite ends the host with an error too; the report has what it was.
    console.error(error instanceof Error ? error.message : error);
  });
}
