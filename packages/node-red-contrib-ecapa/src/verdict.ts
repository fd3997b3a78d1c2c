import { GAP_LABEL, SILENCE_LABEL, UNKNOWN_LABEL } from '@ecapa/core';

/**
 * A verdict after the node's threshold. An unknown sound has no probability, which would read as how sure it is: what it
 * is most like, and how probably, is in `likeliest` and `likeliestProbability`.
 */
export type Judged<Said extends { readonly probability: number }> = Omit<Said, 'probability'> & {
  readonly label: string;
  readonly probability?: number;
  readonly likeliest?: string;
  readonly likeliestProbability?: number;
};

/** Labels that no head has: they say that there is nothing to name, or no name for it. */
export const RESERVED_LABELS: ReadonlySet<string> = new Set([SILENCE_LABEL, UNKNOWN_LABEL, GAP_LABEL]);

/** `unknown` in place of a class that is less probable than `threshold`, and what an unknown sound is most like. */
export function judge<
  Said extends {
    readonly label: string;
    readonly probability: number;
    readonly probabilities?: Readonly<Record<string, number>>;
  },
>(said: Said, threshold: number): Judged<Said> {
  const isUnknown =
    said.label === UNKNOWN_LABEL || (!RESERVED_LABELS.has(said.label) && said.probability < threshold);
  if (!isUnknown) return said;
  const { probability, ...rest } = said;
  const likeliest = said.label === UNKNOWN_LABEL ? mostProbable(said.probabilities) : said.label;
  return {
    ...rest,
    label: UNKNOWN_LABEL,
    ...(likeliest !== undefined && { likeliest, likeliestProbability: probability }),
  };
}

function mostProbable(probabilities: Readonly<Record<string, number>> = {}): string | undefined {
  return Object.entries(probabilities).sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** A message on the wire of its label: those of `labels`, then unknown, then silence. Without labels: the only wire. */
export function wireOf<Content>(
  label: string,
  labels: readonly string[],
  message: Content,
): Content | (Content | null)[] {
  if (labels.length === 0) return message;
  const known = labels.indexOf(label);
  const wire = known >= 0 ? known : label === SILENCE_LABEL ? labels.length + 1 : labels.length;
  return Array.from({ length: labels.length + 2 }, (_, i) => (i === wire ? message : null));
}

/** A verdict for a status line. An unknown sound has no probability that says how sure it is. */
export function shownVerdict(label: string, probability: number | undefined): string {
  return probability === undefined || label === UNKNOWN_LABEL || label === SILENCE_LABEL
    ? label
    : `${label.slice(0, 14)} ${Math.round(100 * probability)}%`;
}
