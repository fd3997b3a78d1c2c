import type { DecodeOptions } from '@ecapa/core';

/** What a task in the audio process works with. */
export interface TaskContext {
  /** With the signal that cancels it. */
  readonly decodeOptions: DecodeOptions & { readonly signal: AbortSignal };
  readonly onProgress: (doneSeconds: number, totalSeconds: number | undefined) => void;
}
