import type { Embedding, Head, Prediction } from '../types.js';
import { cosineSimilarity } from './clip.js';
import { clipsFromProvenance } from './file/provenance.js';
import { predict } from './predict.js';

/** A training clip and how alike it is. */
export interface Neighbour {
  readonly path: string;
  readonly label: string;
  readonly sha256: string;
  /** Cosine similarity of the two embeddings, in [-1, 1]. */
  readonly similarity: number;
}

/** The training clips that lie nearest to an embedding, and how much each class gains from them. */
export interface Explanation {
  readonly prediction: Prediction;
  /** Nearest training clips of any class, the most alike first. */
  readonly neighbours: readonly Neighbour[];
  /** For each label, its most alike training clip. */
  readonly nearestOfEach: readonly Neighbour[];
}

/**
 * A verdict with the training clips nearest to the embedding, from the head's own file: the audio is not
 * needed. Throws as `predict` does, and `HEAD_INVALID` for a head that keeps no clips.
 */
export function explain(head: Head, embedding: Embedding, count = 5): Explanation {
  if (!Number.isInteger(count) || count < 1)
    throw new RangeError(`count must be a positive whole number, not ${count}`);
  const prediction = predict(head, embedding);
  const neighbours = clipsFromProvenance(head)
    .map(({ path, label, sha256, embedding: own }) => ({
      path,
      label,
      sha256,
      similarity: cosineSimilarity(own, embedding.values),
    }))
    .sort((a, b) => b.similarity - a.similarity);
  const nearestOfEach = head.labels.flatMap((label) => neighbours.find((clip) => clip.label === label) ?? []);
  return { prediction, neighbours: neighbours.slice(0, count), nearestOfEach };
}
