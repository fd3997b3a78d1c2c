import { GAP_LABEL, SILENCE_LABEL, UNKNOWN_LABEL } from '@ecapa/core';

/** A verdict after the node's threshold: what the class would have been stays in `likeliest`. */
export type Judged<Said> = Said & { readonly likeliest?: string };

/** Labels that no head has: they say that there is nothing to name, or no name for it. */
export const RESERVED_LABELS: ReadonlySet<string> = new Set([SILENCE_LABEL, UNKNOWN_LABEL, GAP_LABEL]);

/** `unknown` in place of a class that is less probable than `threshold`. */
export function judge<Said extends { readonly label: string; readonly probability: number }>(
  said: Said,
  threshold: number,
): Judged<Said> {
  if (RESERVED_LABELS.has(said.label) || said.probability >= threshold) return said;
  return { ...said, label: UNKNOWN_LABEL, likeliest: said.label };
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
export function shownVerdict(label: string, probability: number): string {
  return label === UNKNOWN_LABEL || label === SILENCE_LABEL
    ? label
    : `${label.slice(0, 14)} ${Math.round(100 * probability)}%`;
}
