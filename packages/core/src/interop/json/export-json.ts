import { readableJson, toJson } from '../../heads/file/json-text.js';
import type { Head } from '../../types.js';

/**
 * A head's numbers for other programs, without the clips it was trained on:
 * `probabilities = softmax(weights . n(embedding) + bias)`, n dividing by the `inputNorm` (none, l2, l1 or
 * max) of the embedding. The temperature is folded into weights and bias. `presence`, where the head has that readout,
 * is the same with `sigmoid` for each label.
 */
export function exportJson(head: Head): string {
  const { dimension, rejection, presence } = head;
  const row = (values: Float64Array, k: number, divisor = 1) =>
    Array.from(values.subarray(k * dimension, (k + 1) * dimension), (value) => value / divisor);
  const content = {
    formula: 'softmax(weights . inputNorm(embedding) + bias)',
    id: head.id,
    model: head.modelId,
    labels: head.labels,
    inputNorm: head.inputNorm,
    bias: Array.from(head.bias, (value) => value / head.temperature),
    weights: head.labels.map((_, k) => row(head.weights, k, head.temperature)),
    ...(presence && {
      presence: {
        formula: 'sigmoid(weights . inputNorm(embedding) + bias)',
        inputNorm: presence.inputNorm,
        bias: Array.from(presence.bias, (value) => value / presence.temperature),
        weights: head.labels.map((_, k) => row(presence.weights, k, presence.temperature)),
        ...(presence.exclusive.length > 0 && { exclusive: presence.exclusive }),
      },
    }),
    ...(rejection?.rule === 'probability' && { rejection }),
    ...(rejection?.rule === 'distance' && {
      rejection: {
        rule: rejection.rule,
        threshold: rejection.threshold,
        centroids: head.labels.map((_, k) => row(rejection.centroids, k)),
        inverseVariances: Array.from(rejection.inverseVariances),
      },
    }),
  };
  return `${readableJson(toJson(content))}\n`;
}
