import type { Head } from '../../types.js';
import { UNKNOWN_LABEL } from '../../types.js';
import { predict } from '../predict.js';
import type { Example } from '../train/train.js';
import { type Scores, scoreClips } from './scores.js';

/**
 * Scores of a head on labelled embeddings of the model `modelId`, which it must not have been trained on.
 *
 * Throws `HEAD_MODEL_MISMATCH` or `INFERENCE_FAILED` as `predict` does, and RangeError for a label that the
 * head does not have or when there is no example.
 */
export function evaluateHead(head: Head, examples: readonly Example[], modelId: string): Scores {
  if (examples.length === 0) throw new RangeError('examples is empty');
  const clips = examples.map(({ embedding, label }) => {
    const verdict = predict(head, { values: Float32Array.from(embedding), modelId });
    return {
      label,
      probabilities: verdict.probabilities,
      ...(head.rejection && { rejected: verdict.label === UNKNOWN_LABEL }),
    };
  });
  return scoreClips(head.labels, clips);
}
