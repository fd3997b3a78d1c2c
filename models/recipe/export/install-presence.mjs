// Puts a presence readout into a shipped head: for a network that stays as it is.
//   node models/recipe/export/install-presence.mjs PRESENCE_JSON      (after `npm start` or `npm test` has built core)
// PRESENCE_JSON is what evaluate/shipped_presence.py writes.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadHead } from '../../../packages/core/dist/index.js';
import { saveHead } from '../../../packages/core/dist/train.js';
import { presenceReadout } from './presence-readout.mjs';

const models = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const [file] = process.argv.slice(2);
if (file === undefined) throw new TypeError('usage: node install-presence.mjs PRESENCE_JSON');

const { labels, presence, trainedOn } = JSON.parse(readFileSync(file, 'utf8'));
const path = join(models, 'speech-music-noise.json');
const head = await loadHead(path);
if (labels.join() !== head.labels.join())
  throw new TypeError(`labels are ${labels}; expected ${head.labels}`);
await saveHead(path, {
  ...head,
  presence: presenceReadout(presence),
  provenance: { ...head.provenance, presenceTrainedOn: trainedOn },
});
