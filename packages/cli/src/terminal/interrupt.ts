import { EXIT_INTERRUPTED } from './exit.js';

/** Work that does not stop within this time after Ctrl-C, such as loading a model, is abandoned. */
const GRACE_MILLISECONDS = 1000;

/**
 * Runs `work` with a signal that Ctrl-C (or a termination request) aborts, so that it can stop its workers and
 * remove what it had begun to write. Errors that it throws after that are ignored. A second Ctrl-C ends the process at once.
 */
export async function interruptible(
  work: (signal: AbortSignal) => Promise<void>,
  graceMilliseconds = GRACE_MILLISECONDS,
): Promise<void> {
  const controller = new AbortController();
  const end = (): never => process.exit(EXIT_INTERRUPTED);
  const stop = (): void => {
    if (controller.signal.aborted) end();
    process.exitCode = EXIT_INTERRUPTED; // also where the event loop runs empty before the work has ended
    controller.abort();
    setTimeout(end, graceMilliseconds).unref();
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  try {
    await work(controller.signal);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  } finally {
    process.off('SIGINT', stop);
    process.off('SIGTERM', stop);
    if (controller.signal.aborted) process.exitCode = EXIT_INTERRUPTED;
  }
}
