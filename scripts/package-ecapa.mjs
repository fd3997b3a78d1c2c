// artifacts/ecapa-VERSION.tgz: the command and the library in one package that installs offline and without scripts.
// Core is bundled in; the native library is an optional dependency, the same in WebAssembly lies inside.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import {
  commandBundle,
  copyAssets,
  coreEntry,
  jobsEntry,
  moduleBundle,
  nodeBundle,
  workerBundle,
  writeThirdPartyLicences,
} from './bundle.mjs';
import { declarationsOf } from './declarations.mjs';
import { runtimePackage } from './onnxruntime.mjs';
import { fail, root, run, turbo } from './prepare.mjs';

const source = join(root, 'packages', 'cli');
const artifacts = join(root, 'artifacts');
const { build } = createRequire(join(root, 'packages', 'node-red-contrib-ecapa', 'package.json'))('esbuild');

/** The entry points of core that the package has under the same names. */
const ENTRIES = ['index', 'train', 'timeline', 'interop'];

const built = await turbo(['build', '--filter', 'ecapa...', '--output-logs', 'errors-only']);
if (built !== 0) fail(built, 'The command could not be built; the messages above show where.');

const staging = mkdtempSync(join(tmpdir(), 'ecapa-package-'));
try {
  const dist = join(staging, 'dist');
  mkdirSync(dist);
  const metafiles = await bundles(dist);
  copyAssets(staging);
  cpSync(join(root, 'models', 'MODEL_CARD.md'), join(staging, 'models', 'MODEL_CARD.md'));
  // On what `import` and `models pull` measure the loss of --quantize.
  cpSync(join(root, 'test', 'fixtures', 'samples'), join(staging, 'sample-clips'), { recursive: true });
  for (const name of ['README.md', 'CHANGELOG.md']) {
    const file = [join(source, name), join(root, name)].find((path) => existsSync(path));
    cpSync(file, join(staging, name));
  }
  writeThirdPartyLicences(root, metafiles, staging);
  for (const name of ENTRIES) {
    const declarations = declarationsOf(name === 'index' ? '.' : `./${name}`);
    for (const ending of ['d.ts', 'd.cts']) writeFileSync(join(dist, `${name}.${ending}`), declarations);
  }
  writeFileSync(join(staging, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  mkdirSync(artifacts, { recursive: true });
  const code = await run('npm', ['pack', '--silent', '--pack-destination', artifacts], { cwd: staging });
  if (code !== 0) fail(code, 'npm pack failed.');
} finally {
  rmSync(staging, { recursive: true, force: true });
}

/** The command in files that load as they are needed, the library for `import` and for `require`, and the worker. */
async function bundles(dist) {
  const shared = { absWorkingDir: root };
  const command = await build({
    ...commandBundle,
    ...shared,
    entryPoints: { ecapa: join(source, 'dist', 'command.js') },
    outdir: dist,
    minifySyntax: true,
    minifyWhitespace: true,
  });
  const library = await build({
    ...moduleBundle,
    ...shared,
    entryPoints: ENTRIES.map(coreEntry),
    outdir: dist,
    splitting: true,
    chunkNames: 'library-[hash]',
  });
  const required = await build({
    ...nodeBundle,
    ...shared,
    stdin: {
      contents: ENTRIES.map((name) => `export * from ${JSON.stringify(coreEntry(name))};`).join('\n'),
      resolveDir: root,
    },
    outfile: join(dist, 'library.cjs'),
  });
  writeRequired(dist, library.metafile);
  const worker = await build({
    ...nodeBundle,
    ...shared,
    ...workerBundle('./ecapa-jobs.cjs'),
    outfile: join(dist, 'ecapa-worker.cjs'),
    minifyWhitespace: true,
    minifySyntax: true,
  });
  const jobs = await build({
    ...nodeBundle,
    ...shared,
    entryPoints: [jobsEntry],
    outfile: join(dist, 'ecapa-jobs.cjs'),
    minifyWhitespace: true,
    minifySyntax: true,
  });
  return [command, library, required, worker, jobs].map(({ metafile }) => metafile);
}

/** CommonJS has no shared chunks: each entry point takes its names from the one bundle. */
function writeRequired(dist, { outputs }) {
  for (const [file, { exports }] of Object.entries(outputs)) {
    const name = basename(file, '.js');
    if (!ENTRIES.includes(name)) continue;
    const names = exports.join(', ');
    writeFileSync(
      join(dist, `${name}.cjs`),
      `const { ${names} } = require('./library.cjs');\nmodule.exports = { ${names} };\n`,
    );
  }
}

function manifest() {
  const { name, version, description, license, engines } = JSON.parse(
    readFileSync(join(source, 'package.json'), 'utf8'),
  );
  const { author, repository, bugs } = JSON.parse(
    readFileSync(join(root, 'packages', 'node-red-contrib-ecapa', 'package.json'), 'utf8'),
  );
  return {
    name,
    version,
    description,
    license,
    author,
    keywords: ['audio', 'speech', 'music', 'noise', 'classification', 'vad', 'ecapa-tdnn', 'onnx'],
    repository: { ...repository, directory: 'packages/cli' },
    bugs,
    engines,
    type: 'module',
    bin: { ecapa: 'dist/ecapa.js' },
    main: 'dist/index.cjs',
    types: 'dist/index.d.ts',
    exports: {
      ...Object.fromEntries(
        ENTRIES.map((name) => [
          name === 'index' ? '.' : `./${name}`,
          {
            import: { types: `./dist/${name}.d.ts`, default: `./dist/${name}.js` },
            require: { types: `./dist/${name}.d.cts`, default: `./dist/${name}.cjs` },
          },
        ]),
      ),
      './package.json': './package.json',
    },
    optionalDependencies: { 'onnxruntime-node': runtimePackage('onnxruntime-node').version },
  };
}
