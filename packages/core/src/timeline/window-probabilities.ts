/** The head's probabilities for single windows, before smoothing. */
export interface WindowProbabilities {
  /** windows: the middle of each, in seconds from the recording's start. */
  readonly centresSeconds: Float64Array;
  /** windows x labels, row-major, in the head's order. */
  readonly probabilities: Float32Array;
  /** windows x labels: probability that each label is present; absent without a presence readout. */
  readonly presence?: Float32Array;
}

/** Keeps the probabilities of windows until they are taken. */
export class WindowLog {
  readonly #labelCount: number;
  #centresSeconds: number[] = [];
  #probabilities: number[] = [];
  readonly #hasPresence: boolean;
  #presence: number[] = [];

  constructor(labelCount: number, hasPresence: boolean) {
    this.#labelCount = labelCount;
    this.#hasPresence = hasPresence;
  }

  add(centreSeconds: number, probabilities: ArrayLike<number>, presence: ArrayLike<number> = []): void {
    this.#centresSeconds.push(centreSeconds);
    for (let k = 0; k < this.#labelCount; k++) {
      this.#probabilities.push(probabilities[k] ?? 0);
      if (this.#hasPresence) this.#presence.push(presence[k] ?? 0);
    }
  }

  /** The windows since the last call; undefined when there were none. */
  take(): WindowProbabilities | undefined {
    if (this.#centresSeconds.length === 0) return undefined;
    const taken = {
      centresSeconds: Float64Array.from(this.#centresSeconds),
      probabilities: Float32Array.from(this.#probabilities),
      ...(this.#hasPresence ? { presence: Float32Array.from(this.#presence) } : {}),
    };
    this.#centresSeconds = [];
    this.#probabilities = [];
    this.#presence = [];
    return taken;
  }
}
