import type { Clip } from '../clip.js';

/** A clip that a head trained on the other clips takes for another class. */
export interface Suspect {
  readonly path: string;
  readonly label: string;
  /** Its label according to the others. */
  readonly looksLike: string;
  /** Held-out probability of its own label, and of the other. */
  readonly ownProbability: number;
  readonly otherProbability: number;
}

/**
 * Clips that are most likely mislabelled, the most suspicious first: confident learning (Northcutt, Jiang
 * and Chuang 2021). A clip is suspect when another class is likelier than its own and at least as likely
 * as it is, on average, for that class's own clips. `probabilities` are held out, in `labels` order;
 * clips without them are passed over.
 */
export function findSuspects(
  clips: readonly Pick<Clip, 'path' | 'label'>[],
  labels: readonly string[],
  probabilities: readonly (ArrayLike<number> | undefined)[],
): Suspect[] {
  const confidence = labels.map((label, k) => {
    const own = clips.flatMap((clip, i) => (clip.label === label ? (probabilities[i]?.[k] ?? []) : []));
    return own.length === 0 ? Infinity : own.reduce((sum, p) => sum + p, 0) / own.length;
  });
  const suspects = clips.flatMap(({ path, label }, i): Suspect[] => {
    const row = probabilities[i];
    if (row === undefined) return [];
    const ownProbability = row[labels.indexOf(label)] ?? 0;
    const [other] = labels
      .map((name, k) => ({ name, probability: row[k] ?? 0, enough: confidence[k] ?? Infinity }))
      .filter(({ probability, enough }) => probability > ownProbability && probability >= enough)
      .sort((a, b) => b.probability - a.probability);
    if (other === undefined) return [];
    return [{ path, label, looksLike: other.name, ownProbability, otherProbability: other.probability }];
  });
  return suspects.sort(
    (a, b) => a.ownProbability - a.otherProbability - (b.ownProbability - b.otherProbability),
  );
}
