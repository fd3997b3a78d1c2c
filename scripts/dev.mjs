// npm run dev: rebuilds each package as its files change, until Ctrl-C.
import { install, pnpm } from './prepare.mjs';

await install('all');
process.exitCode = await pnpm(['exec', 'turbo', 'watch', 'build', '--output-logs', 'new-only'], {
  stdio: 'inherit',
});
