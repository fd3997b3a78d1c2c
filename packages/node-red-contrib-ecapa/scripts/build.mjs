// Bundles the nodes with core into dist/, and puts beside them what core and Node-RED look for there.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const repository = join(here, '..', '..');
const core = join(here, 'node_modules', '@ecapa', 'core');
const dist = join(here, 'dist');

rmSync(dist, { recursive: true, force: true });

/** Core is an ES module and asks where it lies; a CommonJS bundle must be told. */
const shared = {
  absWorkingDir: here,
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
const nodes = await build({
  ...shared,
  entryPoints: ['src/ecapa.ts'],
  outfile: 'dist/ecapa.js',
  // Node-RED calls what the file exports.
  footer: { js: 'module.exports = module.exports.default;' },
});
const worker = await build({
  ...shared,
  entryPoints: [join(core, 'dist', 'engine', 'worker.js')],
  outfile: 'dist/ecapa-worker.cjs',
});

// The editor's part: one template and one script for each node, in one file.
const editor = join(here, 'editor');
const html = readdirSync(editor)
  .filter((name) => name.endsWith('.html'))
  .sort()
  .map((name) => readFileSync(join(editor, name), 'utf8'));
writeFileSync(join(dist, 'ecapa.html'), html.join('\n'));
cpSync(join(here, 'locales'), join(dist, 'locales'), { recursive: true });
cpSync(join(here, 'icons'), join(dist, 'icons'), { recursive: true });

// The decoder beside the bundles, the models above them: where core looks.
for (const name of ['ecapa-decoder.wasm', 'LICENSE']) {
  cpSync(join(core, 'decoder', name), join(dist, 'decoder', name));
}
mkdirSync(join(here, 'samples'), { recursive: true });
for (const name of ['speech-announcement.mp3', 'music-band.mp3', 'noise-rain.opus']) {
  cpSync(join(repository, 'test', 'fixtures', 'samples', name), join(here, 'samples', name));
}
cpSync(join(repository, 'LICENSE'), join(here, 'LICENSE'));
rmSync(join(here, 'models'), { recursive: true, force: true });
mkdirSync(join(here, 'models'));
const manifest = JSON.parse(readFileSync(join(repository, 'models', 'manifest.json'), 'utf8'));
const shipped = manifest.models.flatMap(({ directory }) => directory ?? []);
for (const name of ['manifest.json', ...shipped, ...manifest.heads.map(({ file }) => file)]) {
  cpSync(join(repository, 'models', name), join(here, 'models', name), { recursive: true });
}

writeThirdPartyLicences([nodes.metafile, worker.metafile]);

/** The licences of what the bundles contain, read from the packages themselves. */
function writeThirdPartyLicences(metafiles) {
  const packages = new Map();
  for (const input of metafiles.flatMap((metafile) => Object.keys(metafile.inputs))) {
    const match = /^(.*node_modules\/((?:@[^/]+\/)?[^/]+))\//.exec(join(here, input).replaceAll('\\', '/'));
    if (match?.[2] && !match[2].startsWith('@ecapa/')) packages.set(match[2], match[1]);
  }
  const sections = [...packages]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, directory]) => {
      const { version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
      const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
      if (file === undefined) throw new Error(`${name}: no licence file in ${directory}`);
      return `## ${name} ${version} (${license})\n\n${readFileSync(join(directory, file), 'utf8').trim()}\n`;
    });
  const decoder = readFileSync(join(core, 'decoder', 'LICENSE'), 'utf8').trim();
  const intro = '# Third-party licences\n\nWhat this package contains of the work of others.\n\n';
  const ffmpeg = `## dist/decoder/ecapa-decoder.wasm\n\n${decoder}\n\n`;
  writeFileSync(join(here, 'THIRD-PARTY-LICENSES.md'), `${intro}${ffmpeg}${sections.join('\n')}`);
}
