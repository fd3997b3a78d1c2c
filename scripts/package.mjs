// npm run package: every scripts/package-*.mjs, one after another; what they make lies in artifacts/.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { install, root, run } from './prepare.mjs';

await install('all');
const scripts = readdirSync(join(root, 'scripts')).filter((name) => /^package-.*\.mjs$/.test(name));
for (const script of scripts.sort()) {
  const code = await run(process.execPath, [join('scripts', script)]);
  if (code !== 0) process.exit(code);
}
