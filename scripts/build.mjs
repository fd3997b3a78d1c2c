// npm run build: installs and builds every package.
import { install, turbo } from './prepare.mjs';

await install('all');
process.exitCode = await turbo(['build', '--output-logs', 'errors-only'], { stdio: ['ignore', 1, 2] });
