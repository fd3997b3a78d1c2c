// artifacts/vscode-ecapa-TARGET-VERSION.vsix for each target, or for those named as arguments:
//   node scripts/package-vscode.mjs [linux-x64 …]
// Each carries the natives of its own target alone. Nothing is fetched: they all come in onnxruntime-node's package.
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fail, root, turbo } from './prepare.mjs';

/** Of each target, the files that inference on the CPU loads; the rest of what onnxruntime-node brings serves GPUs or is a copy. */
const NATIVES = {
  'linux-x64': ['onnxruntime_binding.node', 'libonnxruntime.so.1'],
  'linux-arm64': ['onnxruntime_binding.node', 'libonnxruntime.so.1'],
  'darwin-arm64': ['onnxruntime_binding.node', 'libonnxruntime.1.dylib'],
  'win32-x64': ['onnxruntime_binding.node', 'onnxruntime.dll'],
  'win32-arm64': ['onnxruntime_binding.node', 'onnxruntime.dll'],
};

const source = join(root, 'packages', 'vscode-ecapa');
const artifacts = join(root, 'artifacts');
const require = createRequire(join(source, 'package.json'));
const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));

const wanted = process.argv.slice(2);
const unknown = wanted.find((target) => !(target in NATIVES));
if (unknown !== undefined) fail(1, `${unknown}: the targets are ${Object.keys(NATIVES).join(', ')}`);

const built = await turbo(['build', '--filter', 'vscode-ecapa', '--output-logs', 'errors-only']);
if (built !== 0) fail(built, 'The VS Code extension could not be built; the messages above say where.');
mkdirSync(artifacts, { recursive: true });
const staging = mkdtempSync(join(tmpdir(), 'ecapa-vsix-'));
try {
  stageExtension();
  for (const target of wanted.length > 0 ? wanted : Object.keys(NATIVES)) {
    stageRuntime(target);
    pack(target);
  }
} finally {
  rmSync(staging, { recursive: true, force: true });
}

/** What every target shares. */
function stageExtension() {
  const { devDependencies: _dev, scripts: _scripts, private: _private, ...published } = manifest;
  published.dependencies = { 'onnxruntime-node': packageOf('onnxruntime-node').version };
  writeFileSync(join(staging, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
  const translations = readdirSync(source).filter((name) => /^package\.nls.*\.json$/.test(name));
  const entries = ['dist', 'models', 'media', 'l10n', 'README.md', 'CHANGELOG.md', 'LICENSE'];
  for (const entry of [...entries, 'THIRD-PARTY-LICENSES.md', ...translations]) {
    if (!existsSync(join(source, entry))) fail(1, `${entry} is missing in ${source}`);
    cpSync(join(source, entry), join(staging, entry), {
      recursive: true,
      filter: (path) => path !== join(source, 'media', 'readme'), // the Marketplace shows them from the repository
    });
  }
  cpSync(join(root, 'models', 'MODEL_CARD.md'), join(staging, 'models', 'MODEL_CARD.md'));
  appendFileSync(join(staging, 'THIRD-PARTY-LICENSES.md'), runtimeLicence());
}

/** The two packages of the runtime, without what only their installation needs. */
function stageRuntime(target) {
  const modules = join(staging, 'node_modules');
  rmSync(modules, { recursive: true, force: true });
  const runtime = packageOf('onnxruntime-node');
  const common = packageOf('onnxruntime-common');
  const [platform, arch] = target.split('-');
  const natives = join('bin', 'napi-v6', platform, arch);
  for (const name of NATIVES[target]) copy(runtime, join(natives, name));
  for (const name of scriptsIn(join(runtime.directory, 'dist'))) copy(runtime, join('dist', name));
  for (const name of scriptsIn(join(common.directory, 'dist', 'cjs')))
    copy(common, join('dist', 'cjs', name));
  const { name, version, license, main } = runtime;
  const dependencies = { 'onnxruntime-common': common.version };
  writeJson(join(modules, name, 'package.json'), { name, version, license, main, dependencies });
  writeJson(join(modules, common.name, 'package.json'), {
    name: common.name,
    version: common.version,
    license: common.license,
    main: common.main,
  });

  function copy({ name, directory }, path) {
    cpSync(join(directory, path), join(modules, name, path));
  }
}

function scriptsIn(directory) {
  return readdirSync(directory, { recursive: true }).filter((name) => name.endsWith('.js'));
}

function pack(target) {
  const name = `vscode-ecapa-${target}-${manifest.version}.vsix`;
  const unfinished = join(staging, '..', `${name}.${process.pid}`);
  const vsce = join(dirname(require.resolve('@vscode/vsce/package.json')), 'vsce');
  const args = [vsce, 'package', '--target', target, '--out', unfinished, '--githubBranch', 'main'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: staging, encoding: 'utf8' });
  if (status !== 0) fail(1, `vsce could not pack ${target}:\n${stdout}${stderr}`);
  const finished = join(artifacts, name);
  cpSync(unfinished, `${finished}.new`);
  rmSync(unfinished);
  renameSync(`${finished}.new`, finished);
}

/** The manifest of a package of the runtime, and where it lies. */
function packageOf(name) {
  const runtime = realpathSync(dirname(dirname(require.resolve('onnxruntime-node'))));
  const directory = name === 'onnxruntime-node' ? runtime : realpathSync(join(runtime, '..', name));
  return { ...JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')), directory };
}

function writeJson(file, value) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}

/** Its packages name the licence without its text, which must go where they go. */
function runtimeLicence() {
  const names = ['onnxruntime-node', 'onnxruntime-common'];
  const titles = names.map((name) => `## ${name} ${packageOf(name).version} (MIT)\n`).join('\n');
  const mit = readFileSync(join(root, 'LICENSE'), 'utf8').replace(
    /Copyright.*/,
    'Copyright (c) Microsoft Corporation',
  );
  return `\n${titles}\n${mit.trim()}\n\nThe notices of what the runtime is built from: ThirdPartyNotices.txt in https://github.com/microsoft/onnxruntime\n`;
}
