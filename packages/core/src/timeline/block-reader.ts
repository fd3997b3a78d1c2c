import { EcapaError } from '../errors.js';

/** What a source did next. `waitedSeconds` is how long it took. */
export type Reading<T> =
  | { readonly type: 'block'; readonly block: T; readonly waitedSeconds: number }
  | { readonly type: 'stall' }
  | { readonly type: 'end' };

/** Reads a source block by block, notices when it stalls, and releases it at once when cancelled. */
export class BlockReader<T> {
  readonly #iterator: AsyncIterator<T>;
  readonly #signal: AbortSignal | undefined;
  readonly #stallSeconds: number | undefined;
  #pending: Promise<IteratorResult<T>> | undefined;
  #askedAt = 0;
  #hasStalled = false;
  #isOver = false;

  constructor(
    source: AsyncIterable<T>,
    options: { readonly signal?: AbortSignal | undefined; readonly stallSeconds?: number | undefined } = {},
  ) {
    this.#iterator = source[Symbol.asyncIterator]();
    this.#signal = options.signal;
    this.#stallSeconds = options.stallSeconds;
  }

  /**
   * The next block, or a notice that none has come for `stallSeconds` (once per stall; the next call goes on
   * waiting). Throws `CANCELLED`, and whatever the source throws.
   */
  async next(): Promise<Reading<T>> {
    if (this.#pending === undefined) {
      this.#pending = this.#iterator.next();
      this.#askedAt = performance.now();
      this.#hasStalled = false;
    }
    const outcome = await this.#race(this.#pending);
    if (outcome === 'stall') {
      this.#hasStalled = true;
      return { type: 'stall' };
    }
    this.#pending = undefined;
    if (outcome.done) {
      this.#isOver = true;
      return { type: 'end' };
    }
    const waitedSeconds = (performance.now() - this.#askedAt) / 1000;
    return { type: 'block', block: outcome.value, waitedSeconds };
  }

  /** Notifies the source that no more is wanted. */
  async close(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    const closing = Promise.resolve(this.#iterator.return?.());
    // A source that is stuck would never answer; who cancels does not wait for it.
    if (this.#pending === undefined) await closing;
    else {
      this.#pending.catch(() => undefined);
      closing.catch(() => undefined);
    }
  }

  async #race(pending: Promise<IteratorResult<T>>): Promise<IteratorResult<T> | 'stall'> {
    throwIfCancelled(this.#signal);
    let timer: NodeJS.Timeout | undefined;
    let onAbort: (() => void) | undefined;
    const contenders: Promise<IteratorResult<T> | 'stall'>[] = [pending];
    const { promise: cancelled, reject: cancel } = withReject<never>();
    if (this.#signal !== undefined) {
      onAbort = () => cancel(cancelledError(this.#signal));
      this.#signal.addEventListener('abort', onAbort, { once: true });
      contenders.push(cancelled);
    }
    if (this.#stallSeconds !== undefined && !this.#hasStalled) {
      const milliseconds = this.#stallSeconds * 1000;
      contenders.push(
        new Promise((resolve) => {
          timer = setTimeout(() => resolve('stall'), milliseconds);
        }),
      );
    }
    try {
      return await Promise.race(contenders);
    } finally {
      clearTimeout(timer);
      if (onAbort !== undefined) this.#signal?.removeEventListener('abort', onAbort);
    }
  }
}

/** Throws `CANCELLED` when the signal is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw cancelledError(signal);
}

function cancelledError(signal: AbortSignal | undefined): EcapaError {
  return new EcapaError('CANCELLED', 'The timeline was cancelled.', { cause: signal?.reason });
}

function withReject<T>(): { promise: Promise<T>; reject: (reason: unknown) => void } {
  let reject: (reason: unknown) => void = () => undefined;
  const promise = new Promise<T>((_, no) => {
    reject = no;
  });
  return { promise, reject };
}
