import type { PcmSamples } from './protocol.js';

/** PCM pieces that came over IPC, as an async iterable; each one taken gives the sender credit for another. */
export class PcmInbox implements AsyncIterable<PcmSamples> {
  readonly #waiting: PcmSamples[] = [];
  readonly #onTaken: () => void;
  #isEnded = false;
  #failure: Error | undefined;
  #wake: (() => void) | undefined;

  constructor(onTaken: () => void) {
    this.#onTaken = onTaken;
  }

  push(samples: PcmSamples): void {
    if (this.#isEnded) return;
    this.#waiting.push(samples);
    this.#wake?.();
  }

  /** No more will come; what has come is still handed out. */
  end(): void {
    this.#isEnded = true;
    this.#wake?.();
  }

  /** The source broke off: what has come is still handed out, then `error` is thrown. */
  fail(error: Error): void {
    if (this.#isEnded) return;
    this.#failure = error;
    this.end();
  }

  /** Ends and forgets what has not been taken. */
  close(): void {
    this.#waiting.length = 0;
    this.#failure = undefined;
    this.end();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PcmSamples> {
    for (;;) {
      const samples = this.#waiting.shift();
      if (samples !== undefined) {
        this.#onTaken();
        yield samples;
      } else if (this.#failure !== undefined) throw this.#failure;
      else if (this.#isEnded) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
