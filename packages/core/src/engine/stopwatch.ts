import type { Timings } from './results.js';

/** Adds up where a job's time goes. */
export class Stopwatch {
  readonly #spent = { decode: 0, inference: 0 };
  #last = performance.now();

  /** Books the time since the last mark. */
  mark(phase: 'decode' | 'inference'): void {
    const now = performance.now();
    this.#spent[phase] += now - this.#last;
    this.#last = now;
  }

  timings(): Timings {
    return { decodeSeconds: this.#spent.decode / 1000, inferenceSeconds: this.#spent.inference / 1000 };
  }
}
