import type { Head, PresenceReadout } from '../types.js';
import { affineLogits, normalizeInput } from './affine.js';

/** A label counts as present from this probability on. */
export const PRESENT_FROM = 0.5;

/**
 * Probability that each label can be heard: `sigmoid((w_k n(e) + b_k) / temperature)`, n being the readout's input
 * norm. One binary logistic regression per label, as scikit-learn's `OneVsRestClassifier` fits them to several labels
 * at once (binary relevance: Tsoumakas and Katakis 2007, "Multi-Label Classification: An Overview").
 *
 * Throws `INFERENCE_FAILED` for an embedding that is not finite.
 */
export function predictPresence(presence: PresenceReadout, embedding: ArrayLike<number>): Float64Array {
  const input = normalizeInput(embedding, presence.inputNorm);
  return affineLogits(presence.weights, presence.bias, input).map((logit) =>
    sigmoid(logit / presence.temperature),
  );
}

/**
 * The labels whose probability reaches `threshold`, the surest first. Of two labels that exclude one another only the
 * surer one is present.
 */
export function presentLabels(
  head: Pick<Head, 'labels' | 'presence'>,
  probabilities: ArrayLike<number>,
  threshold: number = PRESENT_FROM,
): string[] {
  const exclusive = head.presence?.exclusive ?? [];
  const excludes = (a: string, b: string): boolean =>
    exclusive.some(([first, second]) => (first === a && second === b) || (first === b && second === a));
  const present: string[] = [];
  const surestFirst = head.labels
    .map((label, k) => ({ label, probability: probabilities[k] ?? 0 }))
    .filter(({ probability }) => probability >= threshold)
    .sort((a, b) => b.probability - a.probability);
  for (const { label } of surestFirst) {
    if (!present.some((other) => excludes(label, other))) present.push(label);
  }
  return present;
}

/**
 * Presence with what exclusion leaves of it: a label that gives way to a surer one is as likely as that one's absence,
 * at most.
 */
export function withoutExcluded(
  head: Pick<Head, 'labels' | 'presence'>,
  probabilities: Float64Array,
): Float64Array {
  if ((head.presence?.exclusive.length ?? 0) === 0) return probabilities;
  const result = probabilities.slice();
  for (const [first, second] of head.presence?.exclusive ?? []) {
    const pair = [head.labels.indexOf(first), head.labels.indexOf(second)];
    const [a = 0, b = 0] = pair;
    const isFirst = (probabilities[a] ?? 0) >= (probabilities[b] ?? 0);
    const [winner, loser] = isFirst ? [a, b] : [b, a];
    result[loser] = Math.min(result[loser] ?? 0, 1 - (probabilities[winner] ?? 0));
  }
  return result;
}

/** `1 / (1 + exp(-x))` without overflow. */
export function sigmoid(x: number): number {
  const small = Math.exp(-Math.abs(x));
  return x >= 0 ? 1 / (1 + small) : small / (1 + small);
}
