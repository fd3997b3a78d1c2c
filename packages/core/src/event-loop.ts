import { setImmediate } from 'node:timers/promises';
import { EcapaError } from './errors.js';

/** Longest work between two turns of the event loop. */
const SLICE_MILLISECONDS = 8;

/** Called often in long work. Throws EcapaError CANCELLED once its signal is aborted. */
export type YieldToEventLoop = () => Promise<void>;

/**
 * Makes a function that lets long work share the event loop: call it often; it gives way whenever 8 ms have passed
 * since it last did. It throws `CANCELLED` once the signal is aborted.
 */
export function eventLoopYielder(signal?: AbortSignal): YieldToEventLoop {
  let sliceStart = performance.now();
  return async function yieldToEventLoop() {
    if (performance.now() - sliceStart >= SLICE_MILLISECONDS) {
      await setImmediate();
      sliceStart = performance.now();
    }
    if (signal?.aborted) throw new EcapaError('CANCELLED', 'Cancelled.', { cause: signal.reason });
  };
}
