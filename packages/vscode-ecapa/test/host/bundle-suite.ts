import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';

const PACKAGE = join(__dirname, '..', '..');

/** Beside the package's other modules, so that the bundles find mocha. */
const OUTPUT = join(PACKAGE, 'node_modules', '.cache', 'host-suite');

/** Bundles suite/index.ts and each suite/*.test.ts for the extension host; returns the index's path. */
export async function bundleSuite(): Promise<string> {
  const suite = join(__dirname, 'suite');
  const tests = readdirSync(suite).filter((name) => name.endsWith('.test.ts'));
  rmSync(OUTPUT, { recursive: true, force: true });
  await build({
    absWorkingDir: PACKAGE,
    entryPoints: ['index.ts', ...tests].map((name) => join(suite, name)),
    outdir: OUTPUT,
    bundle: true,
    platform: 'node',
    target: 'node20',
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
    logLevel: 'warning',
    // Tests that use the extension's own modules find core where these do.
    supported: { 'dynamic-import': false },
    plugins: [
      {
        name: 'core-of-the-extension',
        setup: ({ onResolve }) =>
          onResolve({ filter: /^@ecapa\/core$/ }, () => ({
            path: join(PACKAGE, 'dist', 'core.cjs'),
            external: true,
          })),
      },
    ],
  });
  return join(OUTPUT, 'index.cjs');
}
