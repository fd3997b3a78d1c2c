// npm start [-- FILE…]: install, build, classify. Without files: the sample clips of test/fixtures.
import { join } from 'node:path';
import { ecapa, prepareCli, root } from './prepare.mjs';

const args = process.argv.slice(2);
await prepareCli();
if (args.length > 0) {
  await ecapa(['classify', ...args]);
} else {
  await ecapa(['classify', join(root, 'test', 'fixtures', 'samples')]);
  process.stderr.write(`
Next:
  npm start -- recording.mp3                      your own file, folder or glob
  npm start -- --json folder                      one JSON object a line
  npm run -s ecapa -- timeline long-recording.mp3 what is where in a long recording
  npm run -s ecapa -- train folder -o head.json   your own classes: one sub-folder each, five clips are enough
  npm run -s ecapa -- --help                      everything else
`);
}
