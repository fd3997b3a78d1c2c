import { setImmediate } from 'node:timers/promises';
import { EcapaError } from '../../errors.js';

/** Longest stretch of arithmetic between two turns of the host's event loop. */
const SLICE_MS = 8;

/**
 * Lets long arithmetic share the host's event loop: call `take` often; it gives way whenever 8 ms have
 * passed, and throws `CANCELLED` once the signal is aborted.
 */
export class Breath {
  readonly #signal: AbortSignal | undefined;
  #sliceStart = performance.now();

  constructor(signal?: AbortSignal) {
    this.#signal = signal;
  }

  async take(): Promise<void> {
    if (performance.now() - this.#sliceStart >= SLICE_MS) {
      await setImmediate();
      this.#sliceStart = performance.now();
    }
    if (this.#signal?.aborted) {
      throw new EcapaError('CANCELLED', 'Training was cancelled.', { cause: this.#signal.reason });
    }
  }
}
