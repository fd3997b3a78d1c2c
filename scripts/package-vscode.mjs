// artifacts/vscode-ecapa-TARGET-VERSION.vsix for each target, or for those named as arguments:
//   node scripts/package-vscode.mjs [linux-x64 …]
// Each carries the natives of its own target alone, where there are any, and the WebAssembly runtime. Nothing is fetched:
// the natives all come in onnxruntime-node's package.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { NATIVE_TARGETS, runtimePackage, stageRuntime } from './onnxruntime.mjs';
import { fail, root, turbo } from './prepare.mjs';

const source = join(root, 'packages', 'vscode-ecapa');
const artifacts = join(root, 'artifacts');
const require = createRequire(join(source, 'package.json'));
const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));

/** Every platform that VS Code has an extension host for. */
const TARGETS = [...NATIVE_TARGETS, 'linux-armhf', 'alpine-x64', 'alpine-arm64', 'darwin-x64'];

const wanted = process.argv.slice(2);
const unknown = wanted.find((target) => !TARGETS.includes(target));
if (unknown !== undefined) fail(1, `${unknown}: the targets are ${TARGETS.join(', ')}`);

const built = await turbo(['build', '--filter', 'vscode-ecapa', '--output-logs', 'errors-only']);
if (built !== 0) fail(built, 'The VS Code extension could not be built; the messages above show where.');
mkdirSync(artifacts, { recursive: true });
const staging = mkdtempSync(join(tmpdir(), 'ecapa-vsix-'));
try {
  stageExtension();
  for (const target of wanted.length > 0 ? wanted : TARGETS) {
    const modules = join(staging, 'node_modules');
    rmSync(modules, { recursive: true, force: true });
    const isNative = NATIVE_TARGETS.includes(target);
    if (isNative) stageRuntime(modules, [target]);
    writeManifest(isNative);
    pack(target);
  }
} finally {
  rmSync(staging, { recursive: true, force: true });
}

/** What every target shares. */
function stageExtension() {
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
}

function writeManifest(isNative) {
  const {
    devDependencies: _dev,
    scripts: _scripts,
    private: _private,
    dependencies: _runtime,
    ...published
  } = manifest;
  if (isNative) published.dependencies = { 'onnxruntime-node': runtimePackage('onnxruntime-node').version };
  writeFileSync(join(staging, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
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
