import { type Result, settled } from './result.js';

/** The part of the store that labels are put into. */
export interface LabelStore {
  get(uri: string): Result | undefined;
  set(result: Result): void;
}

type Step = readonly { readonly uri: string; readonly correctedLabel: string | undefined }[];

/** Steps that can be taken back. */
const MOST_STEPS = 100;

/** Labels that people put on results in a review, step by step; each step may hold many, and is undone whole. */
export class LabelSteps {
  readonly #store: LabelStore;
  readonly #steps: Step[] = [];

  constructor(store: LabelStore) {
    this.#store = store;
  }

  /** Puts `labelOf` each result on it; what is not classified is passed over. Gives how many were labelled. */
  label(
    uris: readonly string[],
    labelOf: (result: Extract<Result, { state: 'done' }>) => string | undefined,
  ): number {
    const step: { uri: string; correctedLabel: string | undefined }[] = [];
    for (const uri of uris) {
      const result = this.#store.get(uri);
      if (result?.state !== 'done') continue;
      const label = labelOf(result);
      if (label === undefined || label === result.correctedLabel) continue;
      step.push({ uri, correctedLabel: result.correctedLabel });
      this.#store.set({ ...result, correctedLabel: label });
    }
    if (step.length > 0) this.#steps.push(step);
    if (this.#steps.length > MOST_STEPS) this.#steps.shift();
    return step.length;
  }

  /** Takes the last step back; gives how many labels that were. */
  undo(): number {
    const step = this.#steps.pop() ?? [];
    for (const { uri, correctedLabel } of step) {
      const result = this.#store.get(uri);
      if (result?.state !== 'done') continue;
      const { correctedLabel: _, ...rest } = result;
      this.#store.set(correctedLabel === undefined ? rest : { ...rest, correctedLabel });
    }
    return step.length;
  }
}

/** How many results a person has decided on, and how many are left. */
export function reviewCounts(results: readonly Result[]): { readonly done: number; readonly left: number } {
  const known = results.flatMap((result) => {
    const one = settled(result);
    return one?.state === 'done' ? [one] : [];
  });
  const done = known.filter(({ correctedLabel }) => correctedLabel !== undefined).length;
  return { done, left: known.length - done };
}
