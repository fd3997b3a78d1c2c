import type { LabelledSpan } from './import/parse-labels.js';

/** How far two labellings of one recording agree, over the time that both cover. Shares are 0 to 1. */
export interface Agreement {
  readonly comparedSeconds: number;
  /** Share of the compared time with the same label; 0 where nothing is compared. */
  readonly share: number;
  /** Cohen's kappa (Educational and Psychological Measurement 20, 1960): agreement beyond chance, 1 at most. */
  readonly kappa: number;
  /** Per label of either: seconds in the first, in the second, and in both at once, of the compared time. */
  readonly labels: readonly {
    readonly label: string;
    readonly firstSeconds: number;
    readonly secondSeconds: number;
    readonly bothSeconds: number;
  }[];
}

/** Both lists are in order and without overlaps. */
export function agreement(first: readonly LabelledSpan[], second: readonly LabelledSpan[]): Agreement {
  const sums = new Map<string, { firstSeconds: number; secondSeconds: number; bothSeconds: number }>();
  const sumOf = (label: string) => {
    const sum = sums.get(label) ?? { firstSeconds: 0, secondSeconds: 0, bothSeconds: 0 };
    sums.set(label, sum);
    return sum;
  };
  let comparedSeconds = 0;
  for (let i = 0, j = 0; i < first.length && j < second.length; ) {
    const [a, b] = [first[i], second[j]];
    if (a === undefined || b === undefined) break;
    const seconds = Math.min(a.endSeconds, b.endSeconds) - Math.max(a.startSeconds, b.startSeconds);
    if (seconds > 0) {
      comparedSeconds += seconds;
      sumOf(a.label).firstSeconds += seconds;
      sumOf(b.label).secondSeconds += seconds;
      if (a.label === b.label) sumOf(a.label).bothSeconds += seconds;
    }
    if (a.endSeconds <= b.endSeconds) i++;
    else j++;
  }
  const labels = [...sums].map(([label, sum]) => ({ label, ...sum }));
  const same = labels.reduce((sum, { bothSeconds }) => sum + bothSeconds, 0);
  const share = comparedSeconds > 0 ? same / comparedSeconds : 0;
  const chance =
    comparedSeconds > 0
      ? labels.reduce((sum, one) => sum + (one.firstSeconds * one.secondSeconds) / comparedSeconds ** 2, 0)
      : 0;
  return {
    comparedSeconds,
    share,
    kappa: chance < 1 ? (share - chance) / (1 - chance) : share,
    labels: labels.sort((a, b) => b.firstSeconds + b.secondSeconds - (a.firstSeconds + a.secondSeconds)),
  };
}
