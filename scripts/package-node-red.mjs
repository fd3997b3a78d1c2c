// artifacts/node-red-contrib-ecapa-VERSION.tgz: what `npm install` puts into a Node-RED user directory.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { NATIVE_TARGETS, runtimePackage, stageRuntime } from './onnxruntime.mjs';
import { fail, root, run, turbo } from './prepare.mjs';

const source = join(root, 'packages', 'node-red-contrib-ecapa');
const artifacts = join(root, 'artifacts');

const built = await turbo(['build', '--filter', 'node-red-contrib-ecapa', '--output-logs', 'errors-only']);
if (built !== 0) fail(built, 'The Node-RED package could not be built; the messages above show where.');

const staging = mkdtempSync(join(tmpdir(), 'ecapa-package-'));
try {
  const manifest = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
  for (const entry of manifest.files) {
    if (!existsSync(join(source, entry))) fail(1, `${entry} is missing in ${source}`);
    cpSync(join(source, entry), join(staging, entry), { recursive: true });
  }
  // Installing needs no tests. The runtime is inside, so that it needs no network either: on Linux the runtime's own
  // install script would fetch GPU libraries of hundreds of megabytes, and the palette manager cannot prevent that.
  const { devDependencies: _dev, scripts: _scripts, ...published } = manifest;
  published.dependencies = { 'onnxruntime-node': runtimePackage('onnxruntime-node').version };
  published.bundleDependencies = ['onnxruntime-node'];
  stageRuntime(join(staging, 'node_modules'), NATIVE_TARGETS);
  writeFileSync(join(staging, 'package.json'), `${JSON.stringify(published, null, 2)}\n`);
  mkdirSync(artifacts, { recursive: true });
  const code = await run('npm', ['pack', '--silent', '--pack-destination', artifacts], { cwd: staging });
  if (code !== 0) fail(code, 'npm pack failed.');
} finally {
  rmSync(staging, { recursive: true, force: true });
}
