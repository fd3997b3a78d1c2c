// The shipped head, to be changed in place: for a network that stays as it is.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadHead } from '../../../packages/core/dist/index.js';
import { saveHead } from '../../../packages/core/dist/train.js';

const models = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/**
 * Throws `TypeError` where the labels are not the head's, in its order.
 * @param {string[]} labels
 * @param {object} changes fields of the head; those of `provenance` join the ones it has
 */
export async function changeShippedHead(labels, { provenance, ...changes }) {
  const path = join(models, 'speech-music-noise.json');
  const head = await loadHead(path);
  if (labels.join() !== head.labels.join())
    throw new TypeError(`labels are ${labels}; expected ${head.labels}`);
  await saveHead(path, { ...head, ...changes, provenance: { ...head.provenance, ...provenance } });
}
