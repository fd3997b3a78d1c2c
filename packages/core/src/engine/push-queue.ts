/**
 * Turns what is pushed at any time (messages of a process, blocks of a microphone) into what is pulled: the values in
 * their order, then the result or the error. To be read once.
 */
export class PushQueue<Value, Result = void> implements AsyncIterable<Value> {
  readonly #waiting: Value[] = [];
  readonly #onTaken: (() => void) | undefined;
  #outcome: { readonly result: Result } | { readonly error: unknown } | undefined;
  #wake: (() => void) | undefined;

  /** `onTaken` is called whenever a value is handed out, so that its sender may send another. */
  constructor(onTaken?: () => void) {
    this.#onTaken = onTaken;
  }

  /** True when no more is taken. */
  get hasEnded(): boolean {
    return this.#outcome !== undefined;
  }

  /** True when all that has come was taken. */
  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  push(value: Value): void {
    if (this.hasEnded) return;
    this.#waiting.push(value);
    this.#wake?.();
  }

  /** No more will come; what has come is still handed out, then the result. */
  end(result: Result): void {
    this.#outcome ??= { result };
    this.#wake?.();
  }

  /** The source broke off: what has come is still handed out, then `error` is thrown. */
  fail(error: unknown): void {
    this.#outcome ??= { error };
    this.#wake?.();
  }

  /** Forgets what has not been taken. */
  drop(): void {
    this.#waiting.length = 0;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Value, Result, undefined> {
    for (;;) {
      const value = this.#waiting.shift();
      if (value !== undefined) {
        this.#onTaken?.();
        yield value;
      } else if (this.#outcome === undefined) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      } else if ('error' in this.#outcome) throw this.#outcome.error;
      else return this.#outcome.result;
    }
  }
}
