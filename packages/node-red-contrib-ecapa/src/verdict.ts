import { GAP_LABEL, type Heard, SILENCE_LABEL, UNKNOWN_LABEL } from '@ecapa/core';

/**
 * A verdict after the node's threshold. An unknown sound has no probability, which would read as how sure it is: what it
 * is most like, and how probably, is in `likeliest` and `likeliestProbability`.
 */
export type Judged<Input extends { readonly probability: number }> = Omit<Input, 'probability'> & {
  readonly label: string;
  readonly probability?: number;
  readonly likeliest?: string;
  readonly likeliestProbability?: number;
};

/** Labels that no head has: nothing can be named, or nothing fits. */
export const RESERVED_LABELS: ReadonlySet<string> = new Set([SILENCE_LABEL, UNKNOWN_LABEL, GAP_LABEL]);

/** `unknown` in place of a class that is less probable than `threshold`, and what an unknown sound is most like. */
export function judge<
  Input extends {
    readonly label: string;
    readonly probability: number;
    readonly probabilities?: Readonly<Record<string, number>>;
  },
>(verdict: Input, threshold: number): Judged<Input> {
  const isUnknown =
    verdict.label === UNKNOWN_LABEL ||
    (!RESERVED_LABELS.has(verdict.label) && verdict.probability < threshold);
  if (!isUnknown) return verdict;
  const { probability, ...rest } = verdict;
  const likeliest = verdict.label === UNKNOWN_LABEL ? mostProbable(verdict.probabilities) : verdict.label;
  return {
    ...rest,
    label: UNKNOWN_LABEL,
    ...(likeliest !== undefined && { likeliest, likeliestProbability: probability }),
  };
}

function mostProbable(probabilities: Readonly<Record<string, number>> = {}): string | undefined {
  return Object.entries(probabilities).sort(([, a], [, b]) => b - a)[0]?.[0];
}

/**
 * The outputs that a message goes to: with a wire for each class, that of what dominates and those of all other classes
 * that are present; what is none of them goes to the last but one, silence to the last. Without labels, the only output.
 */
export function wiresOf<Content>(
  verdict: Heard,
  labels: readonly string[],
  message: Content,
): Content | (Content | null)[] {
  if (labels.length === 0) return message;
  const wire = (label: string): number => {
    const known = labels.indexOf(label);
    return known >= 0 ? known : label === SILENCE_LABEL ? labels.length + 1 : labels.length;
  };
  // A class without a wire of its own does not make what is known elsewhere unknown.
  const present = (verdict.present ?? []).filter((label) => labels.includes(label));
  const wires = new Set([...present, verdict.label].map(wire));
  return Array.from({ length: labels.length + 2 }, (_, i) => (wires.has(i) ? message : null));
}

/** A verdict for a status line, with what else can be heard. An unknown sound has no probability that says how sure it is. */
export function shownVerdict({ label, probability, present = [] }: Heard): string {
  if (probability === undefined || label === UNKNOWN_LABEL || label === SILENCE_LABEL) return label;
  const others = present.filter((one) => one !== label).map((one) => ` +${one}`);
  return `${label.slice(0, 14)} ${Math.round(100 * probability)}%${others.join('')}`;
}
