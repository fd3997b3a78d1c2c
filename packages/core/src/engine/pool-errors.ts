import { EcapaError, isEcapaError } from '../errors.js';
import type { InputPlan } from './input.js';
import { WorkerGone } from './worker-process.js';

/** A job that its sender may cancel. */
export interface CancellableJob {
  readonly input: Pick<InputPlan, 'name'>;
  readonly signal?: AbortSignal | undefined;
}

/** A model may take long to load: a cancelled caller does not wait for it. Rejects with `CANCELLED`. */
export async function unlessAborted<Value>(ready: Promise<Value>, job: CancellableJob): Promise<Value> {
  const { signal } = job;
  if (signal === undefined) return ready;
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    abort = () => reject(cancelledError(job));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  return Promise.race([aborted, ready]).finally(() => signal.removeEventListener('abort', abort));
}

export function cancelledError(job: CancellableJob): EcapaError {
  return new EcapaError('CANCELLED', `${job.input.name}: cancelled.`, { file: job.input.name });
}

export function closedError(): EcapaError {
  return new EcapaError('CLOSED', 'The classifier has been closed. Open a new one.');
}

export function queueFullError(job: CancellableJob, waiting: string): EcapaError {
  return new EcapaError(
    'QUEUE_FULL',
    `${job.input.name}: not taken, ${waiting} are waiting already. Send less, add workers, or raise the queue limit.`,
    { file: job.input.name },
  );
}

export function timedOutError(job: CancellableJob, seconds: number): EcapaError {
  return new EcapaError(
    'TIMED_OUT',
    `${job.input.name}: not done within ${seconds} s. Send a shorter recording, or raise the time limit.`,
    { file: job.input.name },
  );
}

/** No process, memory or file number is left: Node's codes. */
const NO_ROOM = /\b(EAGAIN|ENOMEM|EMFILE|ENFILE)\b/;

/** Why no worker could be had: the model's or runtime's own error where it gave one, else `WORKER_CRASHED`. */
export function startError(error: unknown): unknown {
  if (isEcapaError(error)) return error;
  const how = error instanceof WorkerGone ? ` (${error.how})` : '';
  const advice = NO_ROOM.test(how)
    ? 'This machine has no room for another process: end others, or raise the limits of this user (ulimit -u, ulimit -n).'
    : 'Reinstall the package, or report this with the text in brackets.';
  return new EcapaError('WORKER_CRASHED', `The worker process could not start${how}. ${advice}`, {
    cause: error,
  });
}

export function crashedError(job: CancellableJob, gone: WorkerGone, attempts: number): EcapaError {
  const advice =
    attempts > 1 ? 'It happened twice; the file or the memory limit may be the cause.' : 'Send it again.';
  return new EcapaError(
    'WORKER_CRASHED',
    `${job.input.name}: the worker process ended while working on it (${gone.how}). ${advice}`,
    { file: job.input.name, cause: gone },
  );
}
