import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import AdmZip from 'adm-zip';
import { assertSize } from '../../../test/package-sizes.js';
import { packVsix, TARGETS, vsixOf } from './packed.js';

const PACKAGE = join(__dirname, '..');

/** How the natives of those targets begin that have any: format, and the processor that they are for. */
const NATIVE_TARGETS: Readonly<Record<string, (bytes: Buffer) => boolean>> = {
  'linux-x64': (bytes: Buffer) => isElf(bytes, 62),
  'linux-arm64': (bytes: Buffer) => isElf(bytes, 183),
  'darwin-arm64': (bytes: Buffer) =>
    bytes.readUInt32LE(0) === 0xfeedfacf && bytes.readUInt32LE(4) === 0x0100000c,
  'win32-x64': (bytes: Buffer) => isPe(bytes, 0x8664),
  'win32-arm64': (bytes: Buffer) => isPe(bytes, 0xaa64),
};

function isElf(bytes: Buffer, machine: number): boolean {
  return bytes.readUInt32BE(0) === 0x7f454c46 && bytes.readUInt16LE(18) === machine;
}

function isPe(bytes: Buffer, machine: number): boolean {
  return (
    bytes.toString('latin1', 0, 2) === 'MZ' && bytes.readUInt16LE(bytes.readUInt32LE(0x3c) + 4) === machine
  );
}

/** All that a VSIX may contain, below `extension/`. */
const ALLOWED = [
  /^package(\.nls(\.\w+)?)?\.json$/,
  /^(readme\.md|changelog\.md|LICENSE\.txt|THIRD-PARTY-LICENSES\.md)$/,
  /^dist\/(extension\.js|core\.cjs|on-demand\.cjs|ecapa-worker\.cjs|decoder\/(ecapa-decoder\.wasm|LICENSE)|onnxruntime\/ort-wasm-simd-threaded\.(wasm|mjs))$/,
  /^dist\/webview\/[\w-]+\.(js|css)$/,
  /^models\/(MODEL_CARD\.md|[\w-]+\/(model\.(onnx|json)|MODEL_CARD\.md)|[\w-]+\.(json|LICENSE))$/,
  /^media\/([\w-]+\/)?[\w.-]+\.(png|svg|css|md)$/,
  /^media\/sample\/radio-hour\.opus$/,
  /^l10n\/bundle\.l10n\.\w+\.json$/,
  /^node_modules\/onnxruntime-(node|common)\/(package\.json|dist\/.*\.js)$/,
  /^node_modules\/onnxruntime-node\/bin\/napi-v6\//,
];

describe('the VSIX files', function () {
  this.timeout(300_000);
  before(() => {
    packVsix(TARGETS);
  });

  for (const target of TARGETS) {
    const isFor = NATIVE_TARGETS[target];
    describe(target, () => {
      let files: Map<string, () => Buffer>;
      let manifest: Record<string, unknown>;
      before(() => {
        const { entries, read } = openVsix(vsixOf(target));
        files = new Map(
          entries
            .filter((name) => name.startsWith('extension/'))
            .map((name) => [name.slice('extension/'.length), () => read(name)]),
        );
        manifest = JSON.parse(String(files.get('package.json')?.())) as Record<string, unknown>;
        assert.match(String(read('extension.vsixmanifest')), new RegExp(`TargetPlatform="${target}"`));
      });

      it('is as large as docs/package-sizes.md has it', () => {
        assertSize(`vscode-ecapa ${target}`, vsixOf(target));
        assert.ok(statSync(vsixOf(target)).size < (isFor ? 30_000_000 : 12_000_000));
      });

      it('has nothing that is not needed', () => {
        assert.deepEqual(
          [...files.keys()].filter((name) => !ALLOWED.some((allowed) => allowed.test(name))),
          [],
        );
      });

      it('has the natives of its target alone, where there are any, and the WebAssembly runtime', () => {
        const folder = `node_modules/onnxruntime-node/bin/napi-v6/${target.replace('-', '/')}/`;
        const natives = [...files].filter(([name]) => name.includes('/bin/'));
        assert.equal(natives.length, isFor ? 2 : 0);
        assert.equal('dependencies' in manifest, isFor !== undefined);
        for (const [name, read] of natives) {
          assert.ok(name.startsWith(folder), name);
          assert.ok(isFor?.(read()), `${name} is not for ${target}`);
        }
      });

      it('has every file that its manifest, its models and its pages name', () => {
        const named = [...JSON.stringify(manifest).matchAll(/"(?:\.\/)?((?:dist|media)\/[^"]+)"/g)].map(
          ([, path]) => posix.normalize(path ?? ''),
        );
        const models = JSON.parse(String(files.get('models/manifest.json')?.())) as {
          models: { directory?: string }[];
          heads: { file: string }[];
        };
        const pages = readdirSync(join(PACKAGE, 'src', 'webview')).flatMap((name) =>
          name.endsWith('.main.ts') ? [`dist/webview/${name.replace('.main.ts', '.js')}`] : [],
        );
        const wanted = [
          ...[
            ...named,
            ...pages,
            'dist/core.cjs',
            'dist/on-demand.cjs',
            'dist/ecapa-worker.cjs',
            'dist/decoder/ecapa-decoder.wasm',
            'dist/onnxruntime/ort-wasm-simd-threaded.mjs',
            'dist/onnxruntime/ort-wasm-simd-threaded.wasm',
          ],
          ...[
            'dist/decoder/LICENSE',
            'LICENSE.txt',
            'THIRD-PARTY-LICENSES.md',
            'readme.md',
            'changelog.md',
            'models/MODEL_CARD.md',
          ],
          ...models.models.flatMap(({ directory }) => (directory ? [`models/${directory}/model.onnx`] : [])),
          ...models.heads.map(({ file }) => `models/${file}`),
        ];
        assert.ok(named.includes('dist/extension.js') && named.includes('media/icon.png'));
        assert.deepEqual(
          wanted.filter((name) => !files.has(name)),
          [],
        );
      });

      it('has little to read before it is active, and asks the host for its API once', () => {
        const main = String(files.get('dist/extension.js')?.());
        assert.ok(main.length < 160_000, `${main.length} characters`);
        assert.equal(main.split('require("vscode")').length - 1, 1);
      });

      it('has a manifest that is resolved and free of what only development needs', () => {
        assert.deepEqual(
          ['scripts', 'devDependencies', 'private'].filter((field) => field in manifest),
          [],
        );
        assert.doesNotMatch(JSON.stringify(manifest), /catalog:|workspace:/);
      });

      it('has every string of the manifest in English, German and Japanese', () => {
        const keys = [...JSON.stringify(manifest).matchAll(/"%([^%"]+)%"/g)].map(([, key]) => key ?? '');
        assert.ok(keys.length > 10);
        for (const name of ['package.nls.json', 'package.nls.de.json', 'package.nls.ja.json']) {
          const strings = JSON.parse(String(files.get(name)?.())) as Record<string, unknown>;
          assert.deepEqual(
            keys.filter((key) => !(key in strings)),
            [],
            name,
          );
        }
      });
    });
  }

  it('shows pictures that are in the repository', () => {
    const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8');
    const pictures = [...readme.matchAll(/!\[[^\]]+\]\(([^)]+)\)/g)].map(([, path]) => path ?? '');
    assert.ok(pictures.length > 2);
    assert.deepEqual(
      pictures.filter((path) => !existsSync(join(PACKAGE, path))),
      [],
    );
  });
});

function openVsix(path: string): { entries: string[]; read: (name: string) => Buffer } {
  const zip = new AdmZip(path);
  return {
    entries: zip.getEntries().flatMap(({ entryName, isDirectory }) => (isDirectory ? [] : [entryName])),
    read: (name) => zip.readFile(name) ?? assert.fail(`${path}: no ${name}`),
  };
}
