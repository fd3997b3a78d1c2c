import { requireNumber } from './windows.js';

export interface SmootherOptions {
  /** Steps a state must last before another may follow, one number per state, each at least 1. */
  readonly minSteps: readonly number[];
  /** What a change of state costs, in nats of log-likelihood. */
  readonly switchCost: number;
  /** A step's state is final after so many further steps, however undecided the evidence. */
  readonly lagSteps: number;
}

/**
 * Viterbi decoding with minimum durations, online.
 *
 * Each state is a chain of as many nodes as its minimum duration has steps (the usual expansion of a
 * hidden semi-Markov model: Rabiner 1989, "A tutorial on hidden Markov models", section IV.D; only the last
 * node may repeat or leave). Two rules make states final: where all surviving paths have the same past,
 * that past is certain; and a step older than `lagSteps` takes the state of the best path, after which
 * the paths that disagree are dropped (fixed-lag decoding), so that what follows stays consistent with
 * what was emitted. Time per step and memory are constant.
 */
export class FixedLagSmoother {
  readonly #switchCost: number;
  readonly #lagSteps: number;
  /** State of each node, and each state's first and last node. */
  readonly #stateOf: Int32Array;
  readonly #first: Int32Array;
  readonly #last: Int32Array;
  #scores: Float64Array;
  #next: Float64Array;
  /** Best predecessor of each node, for each step that is not final, oldest first. */
  readonly #history: Int32Array[] = [];
  readonly #spare: Int32Array[] = [];
  #hasStarted = false;

  constructor(options: SmootherOptions) {
    const { minSteps, switchCost, lagSteps } = options;
    if (minSteps.length < 1) throw new RangeError('minSteps: expected one number per state, got none');
    for (const [state, steps] of minSteps.entries()) requireWhole(`minSteps[${state}]`, steps);
    this.#switchCost = requireNumber('switchCost', switchCost, 0, 1e6);
    this.#lagSteps = requireWhole('lagSteps', lagSteps);
    const nodes = minSteps.reduce((sum, steps) => sum + steps, 0);
    this.#stateOf = new Int32Array(nodes);
    this.#first = new Int32Array(minSteps.length);
    this.#last = new Int32Array(minSteps.length);
    let node = 0;
    for (const [state, steps] of minSteps.entries()) {
      this.#first[state] = node;
      this.#stateOf.fill(state, node, node + steps);
      node += steps;
      this.#last[state] = node - 1;
    }
    this.#scores = new Float64Array(nodes).fill(-Infinity);
    this.#next = new Float64Array(nodes);
  }

  /** Log-likelihood of each state at the next step in; states of the steps that became final out, in order. */
  push(logLikelihoods: ArrayLike<number>): number[] {
    this.#step(logLikelihoods);
    const certain = this.#commitShared();
    if (this.#history.length <= this.#lagSteps) return certain;
    certain.push(this.#commitOldest());
    return certain;
  }

  /** States of all steps that are not final yet; the smoother then starts again. */
  finish(): number[] {
    if (this.#history.length === 0) return [];
    const states = this.#commit(indexOfMax(this.#scores), this.#history.length - 1);
    this.#scores.fill(-Infinity);
    this.#hasStarted = false;
    return states;
  }

  #step(logLikelihoods: ArrayLike<number>): void {
    const back = this.#spare.pop() ?? new Int32Array(this.#stateOf.length);
    const previous = this.#scores;
    const next = this.#next.fill(-Infinity);
    const exits = bestTwoExits(previous, this.#last);
    for (let state = 0; state < this.#first.length; state++) {
      const first = this.#first[state] ?? 0;
      const last = this.#last[state] ?? 0;
      if (this.#hasStarted) {
        const from = exits.best === state ? exits.second : exits.best;
        if (from >= 0) {
          const exit = this.#last[from] ?? 0;
          next[first] = (previous[exit] ?? -Infinity) - this.#switchCost;
          back[first] = exit;
        }
        for (let node = first + 1; node <= last; node++) {
          next[node] = previous[node - 1] ?? -Infinity;
          back[node] = node - 1;
        }
        const stay = previous[last] ?? -Infinity;
        if (stay > (next[last] ?? -Infinity)) {
          next[last] = stay;
          back[last] = last;
        }
      } else {
        next[first] = 0;
        back[first] = first;
      }
      const likelihood = logLikelihoods[state] ?? -Infinity;
      if (Number.isNaN(likelihood))
        throw new RangeError(`logLikelihoods[${state}]: expected a number, got NaN`);
      for (let node = first; node <= last; node++) next[node] = (next[node] ?? -Infinity) + likelihood;
    }
    // Only differences count; without this, sums of an endless stream would lose their precision.
    const top = next[indexOfMax(next)] ?? 0;
    for (let node = 0; node < next.length; node++) next[node] = (next[node] ?? -Infinity) - top;
    this.#history.push(back);
    this.#next = previous;
    this.#scores = next;
    this.#hasStarted = true;
  }

  /** Commits the steps up to the latest one that all surviving paths pass in the same node. */
  #commitShared(): number[] {
    let nodes = this.#survivors();
    for (let step = this.#history.length - 1; step > 0; step--) {
      nodes = this.#ancestors(nodes, step);
      const shared = nodes[0];
      if (nodes.length === 1 && shared !== undefined) return this.#commit(shared, step - 1);
    }
    return [];
  }

  /** States of the path that leads to `node` at `step`; forgets that step and those before it. */
  #commit(node: number, step: number): number[] {
    const states: number[] = [];
    for (let at = step, current = node; at >= 0; at--) {
      states.push(this.#stateOf[current] ?? 0);
      current = this.#history[at]?.[current] ?? 0;
    }
    this.#spare.push(...this.#history.splice(0, step + 1));
    return states.reverse();
  }

  /** Commits the oldest step to the best path's state there and drops the paths that disagree. */
  #commitOldest(): number {
    const best = this.#nodeAtOldest(indexOfMax(this.#scores));
    const state = this.#stateOf[best] ?? 0;
    for (const node of this.#survivors()) {
      if (this.#nodeAtOldest(node) !== best) this.#scores[node] = -Infinity;
    }
    this.#spare.push(...this.#history.splice(0, 1));
    return state;
  }

  #nodeAtOldest(node: number): number {
    let at = node;
    for (let step = this.#history.length - 1; step > 0; step--) at = this.#history[step]?.[at] ?? 0;
    return at;
  }

  #survivors(): number[] {
    const nodes: number[] = [];
    for (const [node, score] of this.#scores.entries()) if (score > -Infinity) nodes.push(node);
    return nodes;
  }

  #ancestors(nodes: readonly number[], step: number): number[] {
    const back = this.#history[step];
    return [...new Set(nodes.map((node) => back?.[node] ?? 0))];
  }
}

/** The two states whose last nodes score best; -1 where there is none. */
function bestTwoExits(scores: Float64Array, last: Int32Array): { best: number; second: number } {
  let best = -1;
  let second = -1;
  const score = (state: number): number => (state < 0 ? -Infinity : (scores[last[state] ?? 0] ?? -Infinity));
  for (let state = 0; state < last.length; state++) {
    if (score(state) > score(best)) {
      second = best;
      best = state;
    } else if (score(state) > score(second)) second = state;
  }
  return { best, second };
}

function indexOfMax(values: Float64Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++)
    if ((values[i] ?? -Infinity) > (values[best] ?? -Infinity)) best = i;
  return best;
}

function requireWhole(field: string, value: number): number {
  if (!Number.isInteger(value) || value < 1 || value > 100_000) {
    throw new RangeError(`${field}: expected a whole number from 1 to 100000, got ${value}`);
  }
  return value;
}
