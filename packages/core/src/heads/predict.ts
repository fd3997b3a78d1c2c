import { EcapaError } from '../errors.js';
import { type Embedding, type Head, type Prediction, UNKNOWN_LABEL } from '../types.js';
import { affineLogits, normalizeInput } from './affine.js';
import { predictPresence, presentLabels } from './presence.js';
import { isRejected } from './rejection.js';

/**
 * A head's answer for one embedding. The verdict is `softmax((W n(e) + b) / temperature)`, n being the head's input
 * norm; presence, when the head has that readout, is `predictPresence`.
 *
 * The verdict is equal to scikit-learn's `LogisticRegression.predict_proba` (multinomial) at temperature 1.
 * Throws `HEAD_MODEL_MISMATCH` for an embedding of another model, `INFERENCE_FAILED` for one that is not finite.
 */
export function predict(head: Head, embedding: Embedding): Prediction {
  checkModel(head, embedding.modelId, embedding.values.length);
  const input = normalizeInput(embedding.values, head.inputNorm);
  const probabilities = softmax(headLogits(head, input), head.temperature);
  const best = argmax(probabilities);
  const probability = probabilities[best] ?? 0;
  const rejected = head.rejection !== undefined && isRejected(head.rejection, input, probability);
  const label = rejected ? UNKNOWN_LABEL : (head.labels[best] ?? UNKNOWN_LABEL);
  const verdict = { label, probability, labels: head.labels, probabilities };
  if (head.presence === undefined) return verdict;
  const presence = predictPresence(head.presence, embedding.values);
  return { ...verdict, presence, present: presentLabels(head, presence) };
}

/** Throws `HEAD_MODEL_MISMATCH` unless the head was made for embeddings of this model and dimension. */
export function checkModel(head: Head, modelId: string, dimension: number): void {
  if (head.modelId !== modelId) {
    throw new EcapaError(
      'HEAD_MODEL_MISMATCH',
      `Head "${head.id}" was trained on embeddings of model "${head.modelId}" and means nothing on those of "${modelId}". ` +
        `Choose that model, by its id or its folder, or train a head for "${modelId}" from the same clips.`,
    );
  }
  if (head.dimension !== dimension) {
    throw new EcapaError(
      'HEAD_MODEL_MISMATCH',
      `Head "${head.id}" takes embeddings of ${head.dimension} numbers and model "${modelId}" gives ${dimension}. ` +
        'The model was replaced by another of the same name: train the head again.',
    );
  }
}

/**
 * `W x + b`: one logit per label, before temperature. `input` has the head's dimension and is already
 * normalised (see `normalizeInput`).
 */
export function headLogits(head: Head, input: ArrayLike<number>): Float64Array {
  return affineLogits(head.weights, head.bias, input);
}

/** `softmax(logits / temperature)`; the largest logit is subtracted first, so nothing overflows. */
export function softmax(logits: ArrayLike<number>, temperature = 1): Float64Array {
  const result = Float64Array.from(logits);
  const largest = result[argmax(result)] ?? 0;
  let sum = 0;
  for (let k = 0; k < result.length; k++) {
    const value = Math.exp(((result[k] ?? 0) - largest) / temperature);
    result[k] = value;
    sum += value;
  }
  for (let k = 0; k < result.length; k++) result[k] = (result[k] ?? 0) / sum;
  return result;
}

/** Index of the largest value; the first one when several are equal. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) {
    if ((values[i] ?? -Infinity) > (values[best] ?? -Infinity)) best = i;
  }
  return best;
}
