// Bundles the nodes with core into dist/, and puts beside them what core and Node-RED look for there.
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import {
  copyAssets,
  coreEntry,
  jobsEntry,
  nodeBundle,
  workerBundle,
  writeThirdPartyLicences,
} from '../../../scripts/bundle.mjs';
import { dialogs } from '../editor/dialogs.mjs';

/** Only a web radio needs the HTTP client, which is larger than the nodes. */
const httpApart = {
  name: 'http-apart',
  setup: ({ onResolve }) =>
    onResolve({ filter: /^@ecapa\/core\/http$|[\\/]http-client\.js$/ }, ({ kind }) =>
      kind === 'entry-point' ? undefined : { path: './ecapa-http.cjs', external: true },
    ),
};

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const repository = join(here, '..', '..');
const dist = join(here, 'dist');

rmSync(dist, { recursive: true, force: true });
const shared = { ...nodeBundle, absWorkingDir: here };
const http = await build({
  ...shared,
  entryPoints: [coreEntry('net/http-client')],
  outfile: 'dist/ecapa-http.cjs',
});
const nodes = await build({
  ...shared,
  plugins: [httpApart],
  entryPoints: ['src/ecapa.ts'],
  outfile: 'dist/ecapa.js',
  // Node-RED calls what the file exports.
  footer: { js: 'module.exports = module.exports.default;' },
});
const worker = await build({
  ...shared,
  ...workerBundle('./ecapa-jobs.cjs'),
  outfile: 'dist/ecapa-worker.cjs',
});
const jobs = await build({
  ...shared,
  entryPoints: [jobsEntry],
  outfile: 'dist/ecapa-jobs.cjs',
  // Only a pull needs the HTTP client, and no node pulls.
  external: [...shared.external, 'undici'],
});
const queue = await build({
  ...shared,
  // BullMQ's other stores, which it asks for by name; and the HTTP client, which workers alone need.
  external: [...shared.external, 'pg', 'redis', 'bullmq-otel', 'undici'],
  entryPoints: ['src/queue-client.ts'],
  outfile: 'dist/ecapa-queue.js',
});

// The editor's part: one script and one dialog for each node, in one file.
const editor = join(here, 'editor');
const html = readdirSync(editor)
  .filter((name) => name.endsWith('.html'))
  .sort()
  .map((name) => readFileSync(join(editor, name), 'utf8') + dialogs[name.slice(2, -'.html'.length)]);
writeFileSync(join(dist, 'ecapa.html'), html.join('\n'));
cpSync(join(here, 'locales'), join(dist, 'locales'), { recursive: true });
cpSync(join(here, 'icons'), join(dist, 'icons'), { recursive: true });

mkdirSync(join(here, 'samples'), { recursive: true });
for (const name of ['speech-announcement.mp3', 'music-band.mp3', 'noise-rain.opus']) {
  cpSync(join(repository, 'test', 'fixtures', 'samples', name), join(here, 'samples', name));
}
copyAssets(here);
cpSync(join(repository, 'models', 'MODEL_CARD.md'), join(here, 'models', 'MODEL_CARD.md'));
writeThirdPartyLicences(here, [
  nodes.metafile,
  http.metafile,
  queue.metafile,
  worker.metafile,
  jobs.metafile,
]);
