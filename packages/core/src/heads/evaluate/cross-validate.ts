import { normalizeInput } from '../affine.js';
import { headLogits, softmax } from '../predict.js';
import { type Example, type FitOptions, trainHead } from '../train/train.js';

/** `leave-one-out`: one group at a time. `k-fold`: groups dealt into `folds` parts. */
export interface Split {
  readonly method: 'leave-one-out' | 'k-fold';
  readonly folds: number;
  /** The fold in which each example is tested. */
  readonly foldOf: readonly number[];
}

/** With more groups than this, folds are used instead of leaving out one at a time. */
const MOST_GROUPS_TO_LEAVE_OUT = 30;
const FOLDS = 10;
const INNER_FOLDS = 5;

/** Ranking values of C does not take the last digits. */
const COARSE_TOLERANCE = 1e-6;

/**
 * Strengths that cross-validation chooses from: C times the mean squared length of the embeddings, so that
 * the same ones fit models of any scale.
 */
const STRENGTHS = [0.1, 1, 10, 100, 1000];
/** Of a head whose clips are too few to choose from. */
const DEFAULT_STRENGTH = 10;

/** Values of C to choose from, ascending, and the one to take without choosing. */
export function candidateCs(
  examples: readonly Example[],
  options: FitOptions,
): { readonly grid: readonly number[]; readonly usual: number } {
  const length = meanSquaredLength(examples, options);
  return { grid: STRENGTHS.map((strength) => strength / length), usual: DEFAULT_STRENGTH / length };
}

/** Of the embeddings as the fit sees them; standardised ones have one per dimension. */
function meanSquaredLength(
  examples: readonly Example[],
  { inputNorm = 'none', standardise }: FitOptions,
): number {
  let sum = 0;
  for (const { embedding } of examples) {
    for (const x of standardise ? [] : normalizeInput(embedding, inputNorm)) sum += x * x;
  }
  const mean = standardise ? (examples[0]?.embedding.length ?? 0) : sum / examples.length;
  return mean > 0 ? mean : 1;
}

/**
 * How to split examples for an honest score: groups stay whole; few are left out one at a time, many are
 * dealt into ten folds with the classes spread evenly.
 */
export function splitGroups(
  labels: readonly string[],
  groups: readonly number[],
  mostFolds = FOLDS,
  mostToLeaveOut = MOST_GROUPS_TO_LEAVE_OUT,
): Split {
  const members = new Map<number, number[]>();
  groups.forEach((group, i) => {
    members.set(group, [...(members.get(group) ?? []), i]);
  });
  const foldOf = labels.map(() => 0);
  if (members.size <= mostToLeaveOut) {
    [...members.values()].forEach((indices, fold) => {
      for (const i of indices) foldOf[i] = fold;
    });
    return { method: 'leave-one-out', folds: members.size, foldOf };
  }
  const folds = Math.min(mostFolds, members.size);
  // Largest groups first, each to the fold that has least of its label, then least of all.
  const load = Array.from({ length: folds }, () => new Map<string, number>());
  const size = (fold: number) => [...(load[fold]?.values() ?? [])].reduce((sum, count) => sum + count, 0);
  for (const indices of [...members.values()].sort((a, b) => b.length - a.length)) {
    const label = labels[indices[0] ?? 0] ?? '';
    let best = 0;
    for (let fold = 1; fold < folds; fold++) {
      const more = (load[fold]?.get(label) ?? 0) - (load[best]?.get(label) ?? 0);
      if (more < 0 || (more === 0 && size(fold) < size(best))) best = fold;
    }
    for (const i of indices) {
      foldOf[i] = best;
      const own = labels[i] ?? '';
      load[best]?.set(own, (load[best]?.get(own) ?? 0) + 1);
    }
  }
  return { method: 'k-fold', folds, foldOf };
}

export interface CrossValidation {
  /** Per example, logits in alphabetical label order from a head that never saw it; undefined where none could be trained. */
  readonly logits: readonly (Float64Array | undefined)[];
}

/**
 * Logits of each example from a head trained on the other folds. `choose` gives the C for a training part,
 * so that a C chosen by looking at the data is chosen without the part under test.
 *
 * An example whose label is missing from its training part, or whose training part has one label only, has
 * no logits: it is not scored.
 */
export async function crossValidate(
  examples: readonly Example[],
  labels: readonly string[],
  split: Split,
  options: FitOptions,
  choose: (indices: readonly number[]) => Promise<number>,
): Promise<CrossValidation> {
  const logits: (Float64Array | undefined)[] = examples.map(() => undefined);
  for (let fold = 0; fold < split.folds; fold++) {
    const inside = examples.map((_, i) => i).filter((i) => split.foldOf[i] !== fold);
    const part = inside.flatMap((i) => examples[i] ?? []);
    const known = new Set(part.map(({ label }) => label));
    if (known.size < 2) continue;
    const C = await choose(inside);
    const { head } = await trainHead(part, { ...options, C, id: 'fold', modelId: 'fold' });
    examples.forEach((example, i) => {
      if (split.foldOf[i] !== fold || !known.has(example.label)) return;
      const own = headLogits(head, normalizeInput(example.embedding, head.inputNorm));
      // A class that this part lacks cannot win.
      logits[i] = Float64Array.from(labels, (label) => own[head.labels.indexOf(label)] ?? -Infinity);
    });
  }
  return { logits };
}

/**
 * The C of an ascending `grid` with the smallest mean log loss over five grouped folds; the smaller C when
 * equal. `indices` picks the examples to look at.
 */
export async function chooseC(
  examples: readonly Example[],
  groups: readonly number[],
  indices: readonly number[],
  grid: readonly number[],
  options: FitOptions,
): Promise<number> {
  const part = indices.flatMap((i) => examples[i] ?? []);
  const labels = [...new Set(part.map(({ label }) => label))].sort();
  const split = splitGroups(
    part.map(({ label }) => label),
    indices.map((i) => groups[i] ?? i),
    INNER_FOLDS,
    0,
  );
  const coarse = { ...options, tolerance: COARSE_TOLERANCE };
  let best = grid[0] ?? 1;
  let bestLoss = Infinity;
  for (const C of grid) {
    const { logits } = await crossValidate(part, labels, split, coarse, () => Promise.resolve(C));
    let loss = 0;
    part.forEach(({ label }, i) => {
      const row = logits[i];
      const probability = row === undefined ? 0 : (softmax(row)[labels.indexOf(label)] ?? 0);
      loss -= Math.log(Math.max(probability, 1e-15));
    });
    if (loss < bestLoss * (1 - 1e-9)) {
      best = C;
      bestLoss = loss;
    }
  }
  return best;
}
