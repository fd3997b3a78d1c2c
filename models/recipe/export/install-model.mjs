// Puts a trained network, its head and its card into models/: the last step of the recipe.
//   node models/recipe/export/install-model.mjs EXPORT_FOLDER [int8-weights|fp16|int8]      (after `npm start` or `npm test` has built core)
// EXPORT_FOLDER is what finish.py writes: embedding_model.ckpt, network.json and head.json, and the MODEL_CARD.md that card.py writes beside them.
import { execFileSync } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  ecapaWeightsFromStateDict,
  loadTorchCheckpoint,
  writeEcapaModel,
} from '../../../packages/core/dist/interop.js';
import { saveHead } from '../../../packages/core/dist/train.js';
import { presenceReadout } from './presence-readout.mjs';

// Another network takes another id: heads and embeddings of the one before go on with that one.
const MODEL_ID = 'ecapa-compact-2';
const HEAD_ID = 'speech-music-noise';
const HEAD_FILE = 'speech-music-noise-2.json';
const models = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const [exportFolder, quantize = 'int8-weights'] = process.argv.slice(2);
if (exportFolder === undefined || !['int8-weights', 'fp16', 'int8'].includes(quantize)) {
  throw new TypeError('usage: node install-model.mjs EXPORT_FOLDER [int8-weights|fp16|int8]');
}

const tensors = await loadTorchCheckpoint(join(exportFolder, 'embedding_model.ckpt'));
const network = JSON.parse(readFileSync(join(exportFolder, 'network.json'), 'utf8'));
const { sha256 } = await writeEcapaModel({
  directory: join(models, MODEL_ID),
  weights: ecapaWeightsFromStateDict(tensors, network),
  id: MODEL_ID,
  licence: 'MIT',
  source: 'trained by models/recipe; data and results in models/MODEL_CARD.md',
  quantize,
  conditioned: true,
  sharedTrunk: true,
  details: network,
});

const fitted = JSON.parse(readFileSync(join(exportFolder, 'head.json'), 'utf8'));
await saveHead(join(models, HEAD_FILE), {
  id: HEAD_ID,
  modelId: MODEL_ID,
  dimension: 192,
  labels: fitted.labels,
  weights: Float64Array.from(fitted.weights.flat()),
  bias: Float64Array.from(fitted.bias),
  inputNorm: 'none',
  temperature: fitted.temperature,
  ...(fitted.rejection === undefined ? {} : { rejection: fitted.rejection }),
  ...(fitted.presence === undefined ? {} : { presence: presenceReadout(fitted.presence) }),
  provenance: { trainedOn: fitted.trainedOn, recipe: 'models/recipe' },
});

copyFileSync(join(exportFolder, 'MODEL_CARD.md'), join(models, 'MODEL_CARD.md'));

const path = join(models, 'manifest.json');
const manifest = JSON.parse(readFileSync(path, 'utf8'));
const recipeCommit = execFileSync('git', ['log', '-1', '--format=%H', '--', 'recipe'], {
  cwd: models,
  encoding: 'utf8',
}).trim();
const model = {
  id: MODEL_ID,
  description: 'Compact ECAPA-TDNN for speech, music and noise; embedded',
  licence: 'MIT',
  dimension: 192,
  sampleRateHz: 16000,
  directory: MODEL_ID,
  sha256,
  recipeCommit,
};
const head = { id: HEAD_ID, modelId: MODEL_ID, file: HEAD_FILE, description: 'speech, music or noise' };
// First: of heads that share an id, the first is taken where no model is named.
manifest.models = [model, ...manifest.models.filter(({ id }) => id !== MODEL_ID)];
manifest.heads = [head, ...manifest.heads.filter(({ modelId }) => modelId !== MODEL_ID)];
manifest.defaultModel = MODEL_ID;
writeFileSync(path, `${JSON.stringify(manifest, null, 2)}\n`);
process.stdout.write(`${MODEL_ID} ${sha256}\n`);
