// npm test: install everything, lint, build, type-check, run every test.
import { fail, install, pnpm, turbo } from './prepare.mjs';

await install('all');
const lint = await pnpm(['run', 'lint']);
if (lint !== 0) fail(lint, 'The linter found something; `npm run format` fixes what it can.');
// One package at a time: the tests of several start workers that use every core.
const code = await turbo(['build', 'typecheck', 'test', '--concurrency', '1'], { stdio: ['ignore', 1, 2] });
process.exitCode = code;
