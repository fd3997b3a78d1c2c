// Puts adapted verdict weights into a shipped head.
//   node models/recipe/export/install-verdict.mjs ADAPTED_JSON      (after `npm start` or `npm test` has built core)
// ADAPTED_JSON is what export/adapt_head.py writes.
import { readFileSync } from 'node:fs';
import { changeShippedHead } from './shipped-head.mjs';

const [file] = process.argv.slice(2);
if (file === undefined) throw new TypeError('usage: node install-verdict.mjs ADAPTED_JSON');

const { labels, weights, bias, temperature, trainedOn, heldOut } = JSON.parse(readFileSync(file, 'utf8'));
await changeShippedHead(labels, {
  weights: Float64Array.from(weights.flat()),
  bias: Float64Array.from(bias),
  temperature,
  provenance: { adapted: { trainedOn, heldOut } },
});
