import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import webpack from 'webpack';
import { assertSize } from '../package-sizes.js';
import { REPOSITORY, SAMPLES } from './cli.js';

const SPEECH = join(SAMPLES, 'speech-announcement.mp3');
const require = createRequire(import.meta.url);

/** What a program of a user does; `open` is how it comes by the library. */
const program = (open: string): string => `${open}
const classifier = await Classifier.open({ workers: 1 });
const { label } = await classifier.classify(${JSON.stringify(SPEECH)});
console.log(label, classifier.model.runtime.name);
await classifier.close();
`;
const IMPORTED = program(`import { Classifier } from 'ecapa';`);
/** The same for bytes that are decoded while they come, in a thread of the worker. */
const STREAMED = IMPORTED.replace(
  JSON.stringify(SPEECH),
  (file) => `{ bytes: createReadStream(${file}) }`,
).replace('import', `import { createReadStream } from 'node:fs';\nimport`);

describe('the package ecapa, installed offline and without scripts', function () {
  this.timeout(300_000);
  let folder: string;
  let installed: string;

  before(() => {
    const packed = spawnSync(process.execPath, [join(REPOSITORY, 'scripts', 'package-ecapa.mjs')], {
      encoding: 'utf8',
    });
    assert.equal(packed.status, 0, packed.stderr);
    const { version } = require('ecapa/package.json') as { version: string };
    const tarball = join(REPOSITORY, 'artifacts', `ecapa-${version}.tgz`);
    assertSize('ecapa', tarball);
    folder = mkdtempSync(join(tmpdir(), 'ecapa-installed-'));
    writeFileSync(join(folder, 'package.json'), '{ "private": true }');
    // Without the native library, which an npm that has it in its cache would install offline too.
    const options = ['--offline', '--omit=optional', '--ignore-scripts', '--no-audit', '--no-fund'];
    run('npm', ['install', ...options, tarball]);
    installed = join(folder, 'node_modules', 'ecapa');
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs a program to its end in the folder of the installation, or in another; nothing may come on standard error. */
  function run(command: string, args: readonly string[], { cwd = folder, env = {} } = {}): string {
    const { status, stdout, stderr } = spawnSync(command, args, {
      cwd,
      encoding: 'utf8',
      // pnpm's NODE_PATH would show Bun this repository's packages.
      env: { ...process.env, NODE_PATH: '', ECAPA_RUNTIME: '', ...env },
      shell: process.platform === 'win32',
    });
    assert.equal(status, 0, `${command} ${args.join(' ')}: ${stderr}${stdout}`);
    if (command !== 'npm') assert.equal(stderr, '');
    return stdout;
  }

  function write(name: string, text: string): string {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  }

  it('needs no other package, and its declarations import nothing but Node', () => {
    const manifest = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8')) as object;
    for (const field of ['dependencies', 'scripts', 'private', 'devDependencies'])
      assert.ok(!(field in manifest));
    const declarations = ['index', 'train', 'timeline', 'interop'].map((name) =>
      readFileSync(join(installed, 'dist', `${name}.d.ts`), 'utf8'),
    );
    const imported = [
      ...declarations.join('\n').matchAll(/from '([^']+)'|import\('([^']+)'\)|reference types="([^"]+)"/g),
    ];
    const others = imported.map((match) => match[1] ?? match[2] ?? match[3] ?? '');
    assert.deepEqual(
      others.filter((name) => !name.startsWith('node:') && name !== 'node'),
      [],
    );
    // Names that a program without @types/node would lack.
    const code = declarations.join('\n').replaceAll(/\/\*[\s\S]*?\*\//g, '');
    assert.doesNotMatch(code, /\bBuffer\b|\bNodeJS\./);
  });

  it('gives the command', () => {
    const bin = join(installed, 'dist', 'ecapa.js');
    const verdict = JSON.parse(run(process.execPath, [bin, 'classify', '--json', SPEECH])) as {
      label: string;
    };
    assert.equal(verdict.label, 'speech');
    assert.match(run(process.execPath, [bin, '--version']), /^\d+\.\d+\.\d+\n$/);
    assert.match(run(process.execPath, [bin, 'models', 'list']), /ecapa-compact/);
    assert.match(run(process.execPath, [bin, '--help']), /timeline/);
    const checkpoint = join(REPOSITORY, 'test', 'fixtures', 'speechbrain', 'tiny');
    const quantize = ['import', 'speechbrain', checkpoint, '-o', 'tiny', '--quantize', 'int8'];
    assert.match(run(process.execPath, [bin, ...quantize]), /int8: .* over \d\d stretches of audio/);
  });

  it('asks servers, and says what came of it', () => {
    const bin = join(installed, 'dist', 'ecapa.js');
    const nowhere = 'http://127.0.0.1:9/';
    for (const args of [
      ['classify', `${nowhere}a.wav`],
      ['models', 'pull', 'voxceleb', '--mirror', nowhere],
    ]) {
      const env = { ...process.env, ECAPA_CACHE_DIR: join(folder, 'cache') };
      const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
        encoding: 'utf8',
        env,
      });
      assert.equal(status, 1);
      assert.match(stdout + stderr, /could not be fetched|download failed/);
    }
  });

  it('gives the library to import, to require and to a worker thread, in WebAssembly', () => {
    assert.equal(run(process.execPath, [write('imports.mjs', IMPORTED)]), 'speech wasm\n');
    assert.equal(run(process.execPath, [write('streams.mjs', STREAMED)]), 'speech wasm\n');
    const required = program(`const { Classifier } = require('ecapa'); (async () => {`);
    assert.equal(run(process.execPath, [write('requires.cjs', `${required}})();`)]), 'speech wasm\n');
    const thread = `import { Worker } from 'node:worker_threads';
new Worker(new URL('imports.mjs', import.meta.url));`;
    assert.equal(run(process.execPath, [write('thread.mjs', thread)]), 'speech wasm\n');
  });

  it('has a page of its own, whose examples run', () => {
    const page = readFileSync(join(installed, 'README.md'), 'utf8');
    const examples = [...page.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code]) => code).join('\n');
    cpSync(SPEECH, join(folder, 'recording.mp3'));
    const printed = run(process.execPath, [write('readme.mjs', examples)]);
    assert.match(printed, /^speech 0\.\d+ \[ 'speech' \]\n0 speech\n.*FILE_NOT_FOUND\n$/s);
    // Elsewhere than in the repository, relative links lead nowhere.
    assert.deepEqual(page.match(/\]\((?!https:)[^)]*\)/g), null);
  });

  it('gives training, timelines and interchange under names of their own, with one kind of error', () => {
    const programOf = (load: (name: string) => string): string => `
const { EcapaError, loadHead } = ${load('ecapa')};
const { wholeTimeline } = ${load('ecapa/timeline')};
const { findLabelledFiles } = ${load('ecapa/train')};
const { importSklearn } = ${load('ecapa/interop')};
const failures = await Promise.all(
  [loadHead, findLabelledFiles, importSklearn].map((read) => read('missing').catch((error) => error)),
);
console.log(typeof wholeTimeline, ...failures.map((error) => error instanceof EcapaError && error.code));`;
    const answer = 'function HEAD_NOT_FOUND FILE_NOT_FOUND FILE_NOT_FOUND\n';
    const imports = programOf((name) => `await import('${name}')`);
    assert.equal(run(process.execPath, [write('entries.mjs', imports)]), answer);
    const requires = programOf((name) => `require('${name}')`);
    const wrapped = `(async () => {${requires}})();`;
    assert.equal(run(process.execPath, [write('entries.cjs', wrapped)]), answer);
  });

  it('computes natively where the optional native library is installed', () => {
    const program = `import { stageRuntime } from ${JSON.stringify(join(REPOSITORY, 'scripts', 'onnxruntime.mjs'))};
stageRuntime(process.argv[2], [process.platform + '-' + process.arch]);`;
    const modules = join(folder, 'native', 'node_modules');
    run(process.execPath, [write('stage.mjs', program), modules]);
    cpSync(installed, join(modules, 'ecapa'), { recursive: true });
    writeFileSync(join(folder, 'native', 'imports.mjs'), IMPORTED);
    const file = join(folder, 'native', 'imports.mjs');
    assert.equal(run(process.execPath, [file]), 'speech native\n');
    assert.equal(run(process.execPath, [file], { env: { ECAPA_RUNTIME: 'wasm' } }), 'speech wasm\n');
  });

  it('type-checks for a user, by import and by require', () => {
    const use = `import { Classifier, type ClassifyResult, isEcapaError } from 'ecapa';
import type { TimelineSegment } from 'ecapa/timeline';
export const length = ({ startSeconds, endSeconds }: TimelineSegment): number => endSeconds - startSeconds;
export async function label(file: string): Promise<ClassifyResult['label']> {
  const classifier = await Classifier.open({ runtime: 'auto' });
  return (await classifier.classify(file)).label;
}
export const isOurs: boolean = isEcapaError(new Error());
`;
    const types = join(REPOSITORY, 'test', 'node_modules', '@types');
    const config = { module: 'nodenext', strict: true, noEmit: true, types: ['node'], typeRoots: [types] };
    write('tsconfig.json', JSON.stringify({ compilerOptions: config, files: ['use.mts', 'use.cts'] }));
    write('use.mts', use);
    write('use.cts', use);
    run(process.execPath, [join(REPOSITORY, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', folder]);
  });

  for (const format of ['esm', 'cjs'] as const) {
    it(`works in a bundle of esbuild (${format}) that names the package's folder`, async () => {
      const entry = write(
        `bundle-${format}.mjs`,
        `import { setPackageDirectory } from 'ecapa';
setPackageDirectory(process.argv[2]);
${program(`import { Classifier } from 'ecapa';\nexport const done = (async () => {`)}})();`,
      );
      const away = join(folder, `away-${format}`);
      const outfile = join(away, format === 'esm' ? 'bundle.mjs' : 'bundle.cjs');
      await build({
        entryPoints: [entry],
        outfile,
        bundle: true,
        platform: 'node',
        format,
        logLevel: 'silent',
        external: ['onnxruntime-node'],
      });
      assert.equal(run(process.execPath, [outfile, installed], { cwd: away }), 'speech wasm\n');
    });
  }

  it('works in a bundle of webpack that names the package by the variable', async () => {
    const entry = write('webpack.mjs', program(`import { Classifier } from 'ecapa';`));
    const away = join(folder, 'away-webpack');
    mkdirSync(away);
    await new Promise<void>((resolve, reject) => {
      webpack(
        {
          entry,
          mode: 'production',
          target: 'node20',
          output: { path: away, filename: 'bundle.mjs', module: true, chunkFormat: 'module' },
          experiments: { outputModule: true },
          externals: { 'onnxruntime-node': 'node-commonjs onnxruntime-node' },
          optimization: { minimize: false },
        },
        (error, stats) => {
          if (error || stats?.hasErrors()) reject(error ?? new Error(stats?.toString('errors-only')));
          else resolve();
        },
      );
    });
    const env = { ECAPA_PACKAGE_DIR: installed };
    assert.equal(run(process.execPath, [join(away, 'bundle.mjs')], { cwd: away, env }), 'speech wasm\n');
  });

  for (const [name, path, args] of [
    ['Bun', '@oven/bun-linux-x64-baseline/bin/bun', []],
    ['Deno', '@deno/linux-x64-glibc/deno', ['run', '--allow-all', '--no-prompt']],
  ] as const) {
    it(`works in ${name}`, function () {
      const binary = join(REPOSITORY, 'test', 'nodes', 'node_modules', path);
      if (!existsSync(binary)) {
        console.log(`      skipped: ${name} has no binary for this platform`);
        this.skip();
      }
      assert.equal(run(binary, [...args, write('imports.mjs', IMPORTED)]), 'speech wasm\n');
      assert.equal(run(binary, [...args, write('streams.mjs', STREAMED)]), 'speech wasm\n');
    });
  }
});
