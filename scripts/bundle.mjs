// What the packages that ship core inside them share: how core is bundled, and what must lie beside the bundle.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyWasmRuntime, mitLicence, runtimeLicence } from './onnxruntime.mjs';
import { root } from './prepare.mjs';

const core = join(root, 'packages', 'core');

/** esbuild's options for code that runs in Node. Core is an ES module and asks for its own location; a CommonJS bundle must define it. */
export const nodeBundle = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'cjs',
  external: ['onnxruntime-node'],
  define: { 'import.meta.url': 'bundleUrl' },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
  legalComments: 'none',
  logLevel: 'warning',
  metafile: true,
};

/**
 * Code that asks where it lies, for ES modules. A program that is bundled together with ours into CommonJS has no
 * `import.meta.url`: there, the program itself is the answer, and the package's folder is named by `setPackageDirectory`.
 */
const MODULE_BANNER = `import { createRequire as ecapaRequire } from 'node:module';
import { pathToFileURL as ecapaUrl } from 'node:url';
const bundleUrl = import.meta.url ?? ecapaUrl(typeof __filename === 'string' ? __filename : process.argv[1] ?? '.').href;
const require = ecapaRequire(bundleUrl);`;

/** The same for ES modules. */
export const moduleBundle = {
  ...nodeBundle,
  format: 'esm',
  banner: { js: MODULE_BANNER },
  define: { 'import.meta.url': 'bundleUrl' },
};

/** The command, in files that load as they are needed. */
export const commandBundle = { ...moduleBundle, splitting: true, chunkNames: 'ecapa-[name]-[hash]' };

/** The file of an entry point of core, such as `train`. */
export const coreEntry = (name) => join(core, 'dist', `${name}.js`);

/** The jobs that a worker does without a model. */
export const jobsEntry = join(core, 'dist', 'engine', 'own-process-jobs.js');

/**
 * The program of core's worker processes; in a bundle, core looks for it beside itself under the name
 * `ecapa-worker.cjs`. It takes the jobs that need no model from `jobs`, a bundle beside it, on first use: a worker
 * that loads a model starts faster without them.
 */
export function workerBundle(jobs) {
  const jobsApart = {
    name: 'jobs-apart',
    setup: ({ onResolve }) =>
      onResolve({ filter: /own-process-jobs\.js$/ }, () => ({ path: jobs, external: true })),
  };
  return {
    entryPoints: [join(core, 'dist', 'engine', 'worker.js')],
    plugins: [jobsApart, requireNativeRuntime],
  };
}

/** `import()` of a CommonJS package starts the loader of ES modules, which reads each of its files for names: 10 ms more than `require`. */
const requireNativeRuntime = {
  name: 'require-native-runtime',
  setup: ({ onLoad }) =>
    onLoad({ filter: /[\\/]native-runtime\.js$/ }, ({ path }) => {
      const text = readFileSync(path, 'utf8');
      const contents = text.replace("await import('onnxruntime-node')", "require('onnxruntime-node')");
      if (contents === text) throw new Error(`${path}: the import of onnxruntime-node is not where it was`);
      return { contents };
    }),
};

/** Puts the decoder, the WebAssembly runtime and the embedded models where core looks: beside the bundles in `dist`, and above them. */
export function copyAssets(packageDirectory) {
  for (const name of ['ecapa-decoder.wasm', 'LICENSE']) {
    cpSync(join(core, 'decoder', name), join(packageDirectory, 'dist', 'decoder', name));
  }
  copyWasmRuntime(join(packageDirectory, 'dist'));
  cpSync(join(root, 'LICENSE'), join(packageDirectory, 'LICENSE'));
  const models = join(packageDirectory, 'models');
  rmSync(models, { recursive: true, force: true });
  mkdirSync(models);
  const manifest = JSON.parse(readFileSync(join(root, 'models', 'manifest.json'), 'utf8'));
  const shipped = manifest.models.flatMap(({ directory }) => directory ?? []);
  const heads = manifest.heads.flatMap(({ file, licenceFile }) => [
    file,
    ...(licenceFile ? [licenceFile] : []),
  ]);
  for (const name of ['manifest.json', ...shipped, ...heads]) {
    cpSync(join(root, 'models', name), join(models, name), { recursive: true });
  }
}

/** Writes THIRD-PARTY-LICENSES.md: the licences of what the bundles contain, read from the packages themselves. */
export function writeThirdPartyLicences(workingDirectory, metafiles, packageDirectory = workingDirectory) {
  const packages = new Map();
  for (const input of metafiles.flatMap((metafile) => Object.keys(metafile.inputs))) {
    const path = join(workingDirectory, input).replaceAll('\\', '/');
    const match = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(path);
    const isOthers = match?.[2] && !/^(@ecapa\/|onnxruntime-)/.test(match[2]);
    if (isOthers) packages.set(match[2], match[1]);
  }
  const sections = [...packages]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, directory]) => {
      const { version, license, author, repository } = JSON.parse(
        readFileSync(join(directory, 'package.json'), 'utf8'),
      );
      const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
      if (file === undefined && license !== 'MIT')
        throw new Error(`${name}: no licence file in ${directory}`);
      const text =
        file === undefined
          ? mitLicence(author?.name ?? author ?? `the authors of ${name}, ${repository?.url ?? ''}`)
          : readFileSync(join(directory, file), 'utf8');
      return `## ${name} ${version} (${license})\n\n${text.trim()}\n`;
    });
  const decoder = readFileSync(join(core, 'decoder', 'LICENSE'), 'utf8').trim();
  const intro = '# Third-party licences\n\nWhat this package contains of the work of others.\n\n';
  const ffmpeg = `## dist/decoder/ecapa-decoder.wasm\n\n${decoder}\n\n`;
  writeFileSync(
    join(packageDirectory, 'THIRD-PARTY-LICENSES.md'),
    `${intro}${ffmpeg}${sections.join('\n')}${runtimeLicence()}`,
  );
}
