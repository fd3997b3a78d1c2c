/** A verdict with what can be heard beside it: of a clip, of a recording, or of a stream at the moment. */
export interface Heard {
  readonly label: string;
  readonly probability?: number;
  readonly presence?: Readonly<Record<string, number>>;
  readonly present?: readonly string[];
}

/** `present`: a label counts where it can be heard at all. `dominant`: where it is what is mostly heard. */
export const HEARING_RULES = ['present', 'dominant'] as const;
/** One of `HEARING_RULES`. */
export type HearingRule = (typeof HEARING_RULES)[number];

/** Every label that something is heard as: what dominates, and all that is present besides, the surest first. */
export function heardLabels({ label, present = [] }: Heard): string[] {
  return [...new Set([...present, label])];
}

/**
 * Whether one of `labels` is heard, with a probability of `threshold` or more. Without a presence readout, and for labels
 * that are none of the head's (`silence`, `unknown`), `present` is the same as `dominant`.
 */
export function isHeard(answer: Heard, labels: readonly string[], rule: HearingRule, threshold = 0): boolean {
  const { label, probability = 1, presence, present } = answer;
  const isKnown = presence !== undefined && Object.hasOwn(presence, label);
  const dominates = labels.includes(label) && probability >= threshold;
  if (rule === 'dominant' || present === undefined) return dominates;
  if (!isKnown && dominates) return true;
  return present.some((one) => labels.includes(one) && (presence?.[one] ?? 0) >= threshold);
}
