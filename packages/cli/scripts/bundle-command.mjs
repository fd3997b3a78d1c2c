// dist/ecapa.js: the command in a few files, as the package has it. The compiler's many files take two fifths more processor time to load.
import { readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { commandBundle } from '../../../scripts/bundle.mjs';

const { build } = createRequire(new URL('../../core/package.json', import.meta.url))('esbuild');
const dist = join(dirname(dirname(fileURLToPath(import.meta.url))), 'dist');

// Of an earlier build: names have what is in them.
for (const name of readdirSync(dist)) if (/^ecapa-.*\.js(\.map)?$/.test(name)) rmSync(join(dist, name));
await build({
  ...commandBundle,
  metafile: false,
  sourcemap: true,
  entryPoints: { ecapa: join(dist, 'in-repository.js') },
  outdir: dist,
});
