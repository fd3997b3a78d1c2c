// Bundles the extension, its worker and its webviews into dist/, and puts beside them what core looks for there.
import { readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { copyAssets, nodeBundle, workerBundle, writeThirdPartyLicences } from '../../../scripts/bundle.mjs';

const here = dirname(dirname(fileURLToPath(import.meta.url)));
rmSync(join(here, 'dist'), { recursive: true, force: true });

// Core, and what else is read on first use, are files of their own: activation must not pay for parsing them.
const readOnFirstUse = {
  name: 'read-on-first-use',
  setup: ({ onResolve }) =>
    onResolve({ filter: /\/(core-bundle|on-demand)\.js$/ }, ({ kind, path }) =>
      kind === 'dynamic-import'
        ? { path: path.endsWith('on-demand.js') ? './on-demand.cjs' : './core.cjs', external: true }
        : undefined,
    ),
};

// `import * as vscode` would copy the API's hundreds of names once for each of our files that imports it, and ask the
// host for it as often: most of what activation took. One request, whose answer is used as it is, does the same.
const vscodeOnce = {
  name: 'vscode-once',
  setup: ({ onLoad, onResolve }) => {
    onResolve({ filter: /^vscode$/ }, ({ namespace }) =>
      namespace === 'vscode-once'
        ? { path: 'vscode', external: true }
        : { path: 'vscode', namespace: 'vscode-once' },
    );
    onLoad({ filter: /.*/, namespace: 'vscode-once' }, () => ({
      contents: `module.exports = require('vscode');`,
    }));
    onLoad({ filter: /[\\/]src[\\/].*\.ts$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replace(
        "import * as vscode from 'vscode';",
        "import vscode = require('vscode');",
      ),
      loader: 'ts',
    }));
  },
};
const node = { ...nodeBundle, absWorkingDir: here };
const extension = await build({
  ...node,
  entryPoints: ['src/extension.ts'],
  outfile: 'dist/extension.js',
  plugins: [readOnFirstUse, vscodeOnce],
  minify: true,
  supported: { 'dynamic-import': false },
});
const onDemand = await build({
  ...node,
  entryPoints: ['src/on-demand.ts'],
  outfile: 'dist/on-demand.cjs',
  plugins: [readOnFirstUse, vscodeOnce],
  minify: true,
  supported: { 'dynamic-import': false },
});
const core = await build({ ...node, entryPoints: ['src/core-bundle.ts'], outfile: 'dist/core.cjs' });
// The jobs that need no model are in core already; a worker with a model does not read them.
const worker = await build({ ...node, ...workerBundle('./core.cjs'), outfile: 'dist/ecapa-worker.cjs' });

// One page for each file in src/webview that is named after a view: `timeline.main.ts` becomes dist/webview/timeline.js.
const pages = readdirSync(join(here, 'src', 'webview'))
  .filter((name) => name.endsWith('.main.ts'))
  .map((name) => ({ in: join('src', 'webview', name), out: name.replace('.main.ts', '') }));
const webviews = await build({
  absWorkingDir: here,
  bundle: true,
  platform: 'browser',
  target: 'chrome128',
  format: 'iife',
  entryPoints: pages,
  outdir: 'dist/webview',
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
});

copyAssets(here);
writeThirdPartyLicences(
  here,
  [extension, onDemand, core, worker, webviews].map(({ metafile }) => metafile),
);
