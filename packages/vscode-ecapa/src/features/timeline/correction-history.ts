/** A person's corrections of one timeline, step by step, so that steps can be taken back. */
export class CorrectionHistory<Step> {
  #steps: readonly Step[];
  #index = 0;

  constructor(start: Step) {
    this.#steps = [start];
  }

  get current(): Step {
    return this.#steps[this.#index] as Step; // the index never leaves the steps
  }

  get canUndo(): boolean {
    return this.#index > 0;
  }

  get canRedo(): boolean {
    return this.#index < this.#steps.length - 1;
  }

  /** One more step; those that were taken back are forgotten. */
  push(step: Step): void {
    this.#steps = [...this.#steps.slice(0, this.#index + 1), step];
    this.#index++;
  }

  /** One step back or forward, when that is this one; otherwise it is one more step. */
  goTo(step: Step): void {
    if (this.#steps[this.#index - 1] === step) this.#index--;
    else if (this.#steps[this.#index + 1] === step) this.#index++;
    else if (this.current !== step) this.push(step);
  }
}
