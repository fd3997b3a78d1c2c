import type { Correction } from './apply-corrections.js';

/** What a person has put right on one timeline, step by step, so that steps can be taken back. */
export class CorrectionHistory {
  #steps: readonly (readonly Correction[])[];
  #index = 0;

  constructor(start: readonly Correction[] = []) {
    this.#steps = [start];
  }

  get current(): readonly Correction[] {
    return this.#steps[this.#index] ?? [];
  }

  get canUndo(): boolean {
    return this.#index > 0;
  }

  get canRedo(): boolean {
    return this.#index < this.#steps.length - 1;
  }

  /** One more step; those that were taken back are forgotten. */
  push(corrections: readonly Correction[]): void {
    this.#steps = [...this.#steps.slice(0, this.#index + 1), corrections];
    this.#index++;
  }

  /** One step back or forward, when that is these corrections; otherwise they are one more step. */
  goTo(corrections: readonly Correction[]): void {
    if (this.#steps[this.#index - 1] === corrections) this.#index--;
    else if (this.#steps[this.#index + 1] === corrections) this.#index++;
    else if (this.current !== corrections) this.push(corrections);
  }
}
