// npm run test:one -- FILE…: runs single test files with the settings of their package, no build before.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import { fail } from './prepare.mjs';

const files = process.argv.slice(2).map((file) => resolve(process.env.INIT_CWD ?? process.cwd(), file));
const [first] = files;
if (first === undefined) fail(2, 'Name a test file: npm run test:one -- packages/core/test/errors.test.ts');

/** The package, or the folder of one, that defines how its tests are run. */
let folder = dirname(first);
while (!existsSync(join(folder, '.mocharc.cjs')) && folder !== dirname(folder)) folder = dirname(folder);
const config = join(folder, '.mocharc.cjs');
if (!existsSync(config)) fail(2, `${first} lies in no package with tests.`);
let owner = folder;
while (!existsSync(join(owner, 'package.json'))) owner = dirname(owner);

const mocha = createRequire(join(owner, 'package.json')).resolve('mocha/bin/mocha.js');
const named = files.map((file) => relative(owner, file));
const { status } = spawnSync(process.execPath, [mocha, '--config', config, ...named], {
  cwd: owner,
  stdio: 'inherit',
});
process.exitCode = status ?? 1;
