/** What is heard now, for output: a class that has come to stay, or the present one again. */
export interface LabelReport {
  readonly type: 'change' | 'state';
  readonly label: string;
  readonly probability: number;
  readonly atSeconds: number;
  readonly previous?: string;
}

/** Makes changes of class out of the verdict on each window. Pure: the caller passes the time. */
export class LabelTracker {
  readonly #settleSeconds: number;
  readonly #everySeconds: number;
  #label: string | undefined;
  #candidate: { readonly label: string; readonly sinceSeconds: number } | undefined;
  #reportedAtSeconds = Number.NEGATIVE_INFINITY;

  /** A new label must hold for `settleSeconds`; the present one is reported again every `everySeconds`, 0 for never. */
  constructor(settleSeconds: number, everySeconds: number) {
    this.#settleSeconds = settleSeconds;
    this.#everySeconds = everySeconds;
  }

  /** The class that has settled. */
  get label(): string | undefined {
    return this.#label;
  }

  observe(atSeconds: number, label: string, probability: number): LabelReport | undefined {
    if (label === this.#label) this.#candidate = undefined;
    else if (this.#candidate?.label !== label) this.#candidate = { label, sinceSeconds: atSeconds };
    if (this.#candidate !== undefined && atSeconds - this.#candidate.sinceSeconds >= this.#settleSeconds) {
      const previous = this.#label;
      this.#label = label;
      this.#candidate = undefined;
      this.#reportedAtSeconds = atSeconds;
      return { type: 'change', label, probability, atSeconds, ...(previous !== undefined && { previous }) };
    }
    const isDue = this.#everySeconds > 0 && atSeconds - this.#reportedAtSeconds >= this.#everySeconds;
    if (!isDue || this.#label === undefined) return undefined;
    this.#reportedAtSeconds = atSeconds;
    return { type: 'state', label: this.#label, probability, atSeconds };
  }
}
