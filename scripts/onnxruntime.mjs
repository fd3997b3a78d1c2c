// ONNX Runtime as our packages carry it. Native: what inference on the CPU loads, and nothing of what the installation of
// onnxruntime-node needs, whose script downloads GPU libraries of hundreds of megabytes, and fails where it cannot.
// WebAssembly: the plain build alone, without those for GPUs.
import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { root } from './prepare.mjs';

const require = createRequire(join(root, 'packages', 'core', 'package.json'));

/** Of each target, the files that inference on the CPU loads; the rest of what onnxruntime-node brings serves GPUs or is a copy. */
const NATIVES = {
  'linux-x64': ['onnxruntime_binding.node', 'libonnxruntime.so.1'],
  'linux-arm64': ['onnxruntime_binding.node', 'libonnxruntime.so.1'],
  'darwin-arm64': ['onnxruntime_binding.node', 'libonnxruntime.1.dylib'],
  'win32-x64': ['onnxruntime_binding.node', 'onnxruntime.dll'],
  'win32-arm64': ['onnxruntime_binding.node', 'onnxruntime.dll'],
};

/** Systems that there is a native library for. */
export const NATIVE_TARGETS = Object.keys(NATIVES);

/** Where core looks for the WebAssembly runtime, beside the bundles, and the two files that it is. */
const WASM_FOLDER = 'onnxruntime';
const WASM_FILES = ['ort-wasm-simd-threaded.wasm', 'ort-wasm-simd-threaded.mjs'];

/** Puts the WebAssembly runtime beside the bundles of a package. */
export function copyWasmRuntime(dist) {
  const { directory } = runtimePackage('onnxruntime-web');
  for (const name of WASM_FILES) cpSync(join(directory, 'dist', name), join(dist, WASM_FOLDER, name));
}

/** Puts the native runtime's two packages into `modules`, with the natives of `targets`. */
export function stageRuntime(modules, targets) {
  const runtime = runtimePackage('onnxruntime-node');
  const common = runtimePackage('onnxruntime-common');
  for (const target of targets) {
    const natives = join('bin', 'napi-v6', ...target.split('-'));
    for (const name of NATIVES[target]) copy(runtime, join(natives, name));
  }
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

/** The manifest of a package of the runtime, and where it lies. */
export function runtimePackage(name) {
  const native = realpathSync(dirname(dirname(require.resolve('onnxruntime-node'))));
  const directory = {
    'onnxruntime-node': () => native,
    'onnxruntime-common': () => realpathSync(join(native, '..', 'onnxruntime-common')),
    'onnxruntime-web': () =>
      dirname(dirname(realpathSync(require.resolve(`onnxruntime-web/${WASM_FILES[0]}`)))),
  }[name]();
  return { ...JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')), directory };
}

/** Its packages bring neither the licence's text nor what is built into them, and both must go where they go. */
export function runtimeLicence() {
  const names = ['onnxruntime-node', 'onnxruntime-common', 'onnxruntime-web'];
  const titles = names.map((name) => `## ${name} ${runtimePackage(name).version} (MIT)\n`).join('\n');
  const mit = mitLicence('Microsoft Corporation');
  const notices = readFileSync(join(root, 'scripts', 'onnxruntime-notices.md'), 'utf8').trim();
  return `\n${titles}\n${mit.trim()}\n\n${notices}\n`;
}

/** The MIT licence's text, for packages that name it and do not bring it. */
export function mitLicence(holder) {
  return readFileSync(join(root, 'LICENSE'), 'utf8').replace(/Copyright.*/, `Copyright (c) ${holder}`);
}

function scriptsIn(directory) {
  return readdirSync(directory, { recursive: true }).filter((name) => name.endsWith('.js'));
}

function writeJson(file, value) {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
