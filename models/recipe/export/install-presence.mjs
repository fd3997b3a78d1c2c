// Puts a presence readout into a shipped head.
//   node models/recipe/export/install-presence.mjs PRESENCE_JSON      (after `npm start` or `npm test` has built core)
// PRESENCE_JSON is what evaluate/shipped_presence.py writes.
import { readFileSync } from 'node:fs';
import { presenceReadout } from './presence-readout.mjs';
import { changeShippedHead } from './shipped-head.mjs';

const [file] = process.argv.slice(2);
if (file === undefined) throw new TypeError('usage: node install-presence.mjs PRESENCE_JSON');

const { labels, presence, trainedOn } = JSON.parse(readFileSync(file, 'utf8'));
await changeShippedHead(labels, {
  presence: presenceReadout(presence),
  provenance: { presenceTrainedOn: trainedOn },
});
