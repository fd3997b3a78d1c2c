// npm run test:fast: builds, then runs what needs no browser, no host and no packed artefact: every test file
// whose name does not end in .slow.test.ts.
import { install, turbo } from './prepare.mjs';

await install('all');
process.exitCode = await turbo(['build', 'test:fast', '--concurrency', '1'], { stdio: ['ignore', 1, 2] });
