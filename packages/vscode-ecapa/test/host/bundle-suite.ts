import { readdirSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { build } from 'esbuild';

const PACKAGE = join(__dirname, '..', '..');

/** Beside the package's other modules, so that the bundles find mocha. */
const CACHE = join(PACKAGE, 'node_modules', '.cache');

/** Bundles suite/index.ts and each suite/*.test.ts for the extension host; returns the index's path. */
export function bundleSuite(): Promise<string> {
  const suite = join(__dirname, 'suite');
  const tests = readdirSync(suite).filter((name) => name.endsWith('.test.ts'));
  return bundleForHost(['index.ts', ...tests].map((name) => join(suite, name)));
}

/** Bundles scripts for the extension host, beside each other; returns where the first one is. */
export async function bundleForHost(scripts: readonly string[]): Promise<string> {
  const name = basename(scripts[0] ?? '', '.ts');
  const outdir = join(CACHE, `host-${name}`);
  rmSync(outdir, { recursive: true, force: true });
  await build({
    absWorkingDir: PACKAGE,
    entryPoints: [...scripts],
    outdir,
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
          onResolve(
            { filter: /^@ecapa\/core(\/(host|interop|timeline|train))?$|\/core-bundle\.js$/ },
            () => ({
              path: join(PACKAGE, 'dist', 'core.cjs'),
              external: true,
            }),
          ),
      },
    ],
  });
  return join(outdir, `${name}.cjs`);
}
