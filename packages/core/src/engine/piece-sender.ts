import type { SourcePiece } from './protocol.js';

/** Messages with pieces a worker takes in advance: enough to keep it busy, few enough to stay small. */
const INITIAL_CREDIT = 4;

/** Reads a job's source as fast as its worker takes it, and lets go of the source once the job is over. */
export class PieceSender {
  readonly #send: (samples: SourcePiece) => void;
  /** The source for as long as it has not ended. */
  #source: AsyncIterator<SourcePiece> | Iterator<SourcePiece> | undefined;
  #credit = INITIAL_CREDIT;
  #wake: (() => void) | undefined;
  #isStopped = false;

  constructor(send: (samples: SourcePiece) => void) {
    this.#send = send;
  }

  /** True when the source has ended, false when `stop` was called; rejects with the source's own error. */
  async run(blocks: AsyncIterable<SourcePiece> | Iterable<SourcePiece>): Promise<boolean> {
    const source = iteratorOf(blocks);
    this.#source = source;
    for (;;) {
      const next = await this.#next(source);
      if (this.#isStopped) return false;
      if (next.done) return true;
      while (this.#credit === 0 && !this.#isStopped) {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
      if (this.#isStopped) return false;
      this.#credit--;
      this.#send(next.value);
    }
  }

  /** The worker can take `count` more messages. */
  addCredit(count: number): void {
    this.#credit += count;
    this.#wake?.();
  }

  /**
   * Sends no more. The source is notified at once, also while it is asked for its next block: one that is stuck
   * would never come to an end, and a microphone would stay open.
   */
  stop(): void {
    this.#isStopped = true;
    this.#wake?.();
    const source = this.#source;
    this.#source = undefined;
    // A failure to close the source is not reported: its job is over.
    void (async () => source?.return?.())().catch(() => undefined);
  }

  async #next(
    source: AsyncIterator<SourcePiece> | Iterator<SourcePiece>,
  ): Promise<IteratorResult<SourcePiece>> {
    try {
      const next = await source.next();
      if (next.done) this.#source = undefined;
      return next;
    } catch (error) {
      this.#source = undefined;
      // Closing it under its pending `next` is what made it fail.
      if (this.#isStopped) return { done: true, value: undefined };
      throw error;
    }
  }
}

/** As `for await` takes it: a plain iterable will do. */
export function iteratorOf<T>(values: AsyncIterable<T> | Iterable<T>): AsyncIterator<T> | Iterator<T> {
  return Symbol.asyncIterator in values ? values[Symbol.asyncIterator]() : values[Symbol.iterator]();
}
