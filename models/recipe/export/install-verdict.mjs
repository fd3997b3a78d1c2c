// Puts adapted verdict weights into a shipped head: for a network that stays as it is.
//   node models/recipe/export/install-verdict.mjs ADAPTED_JSON      (after `npm start` or `npm test` has built core)
// ADAPTED_JSON is what export/adapt_head.py writes.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadHead } from '../../../packages/core/dist/index.js';
import { saveHead } from '../../../packages/core/dist/train.js';

const models = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const [file] = process.argv.slice(2);
if (file === undefined) throw new TypeError('usage: node install-verdict.mjs ADAPTED_JSON');

const { labels, weights, bias, temperature, trainedOn, heldOut } = JSON.parse(readFileSync(file, 'utf8'));
const path = join(models, 'speech-music-noise.json');
const head = await loadHead(path);
if (labels.join() !== head.labels.join())
  throw new TypeError(`labels are ${labels}; expected ${head.labels}`);
await saveHead(path, {
  ...head,
  weights: Float64Array.from(weights.flat()),
  bias: Float64Array.from(bias),
  temperature,
  provenance: { ...head.provenance, adapted: { trainedOn, heldOut } },
});
