import { isEcapaError } from '@ecapa/core';
import { EXIT_INTERRUPTED } from './exit.js';

/** Work that does not stop within this time after Ctrl-C, such as loading a model, is abandoned. */
const GRACE_MILLISECONDS = 1000;

/**
 * Runs `work` with a signal that Ctrl-C (or a termination request) aborts, so that it can stop its workers and
 * remove what it had begun to write. Errors that it throws after that are ignored. One more Ctrl-C ends the process at once.
 *
 * @param onEnd given where the work hears a single stream, which the first Ctrl-C ends: it aborts `ended` and calls this,
 *   and the work takes as long as it needs for what was heard until then
 * @param exit ends the process at once. It may come up to a second after the work has ended, where something else still
 *   keeps the process alive.
 */
export async function interruptible(
  work: (signal: AbortSignal, ended: AbortSignal) => Promise<void>,
  onEnd?: () => void,
  exit: () => void = () => process.exit(EXIT_INTERRUPTED),
): Promise<void> {
  const controller = new AbortController();
  const ending = new AbortController();
  const stop = (): void => {
    if (controller.signal.aborted) {
      exit();
      return;
    }
    process.exitCode = EXIT_INTERRUPTED; // also where the event loop runs empty before the work has ended
    if (onEnd !== undefined && !ending.signal.aborted) {
      ending.abort();
      onEnd();
      return;
    }
    controller.abort();
    setTimeout(exit, GRACE_MILLISECONDS).unref();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    await work(controller.signal, ending.signal);
  } catch (error) {
    const isEnded = ending.signal.aborted && isEcapaError(error) && error.code === 'CANCELLED';
    if (!controller.signal.aborted && !isEnded) throw error;
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    if (controller.signal.aborted || ending.signal.aborted) process.exitCode = EXIT_INTERRUPTED;
  }
}
