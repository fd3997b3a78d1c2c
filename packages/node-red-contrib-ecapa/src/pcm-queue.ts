import type { PcmSamples } from '@ecapa/core';

interface Waiting {
  readonly samples: PcmSamples;
  readonly taken: () => void;
}

/** PCM pushed by messages, pulled by the engine at its own pace. */
export class PcmQueue implements AsyncIterable<PcmSamples> {
  readonly #waiting: Waiting[] = [];
  #values = 0;
  #ended = false;
  #wake: () => void = () => undefined;

  /** PCM values that nobody has pulled yet. */
  get values(): number {
    return this.#values;
  }

  /** Resolves when the engine has pulled the samples, or the stream has ended. */
  push(samples: PcmSamples): Promise<void> {
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ samples, taken: resolve });
      this.#values += samples.length;
      this.#wake();
    });
  }

  /** No more samples will come; what waits is still handed out. */
  end(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Nothing will be pulled any more: releases every pending push. */
  drop(): void {
    this.end();
    for (const { taken } of this.#waiting.splice(0)) taken();
    this.#values = 0;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<PcmSamples> {
    for (;;) {
      const next = this.#waiting.shift();
      if (next !== undefined) {
        this.#values -= next.samples.length;
        next.taken();
        yield next.samples;
      } else if (this.#ended) return;
      else {
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
      }
    }
  }
}
