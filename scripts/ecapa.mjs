// npm run -s ecapa -- COMMAND …: any command of the built CLI.
import { ecapa, prepareCli } from './prepare.mjs';

await prepareCli();
await ecapa(process.argv.slice(2));
