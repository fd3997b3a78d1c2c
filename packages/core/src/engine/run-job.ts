import { EcapaError } from '../errors.js';
import type { JobRun, Jobs, OwnProcessJobKind } from './job-map.js';
import { workerPath } from './worker-path.js';
import { WorkerGone, WorkerProcess } from './worker-process.js';

/** How a job in a process of its own is called, cancelled and started. */
export interface RunJobOptions {
  /** What messages call the work. */
  readonly name: string;
  readonly signal?: AbortSignal | undefined;
  /** Variables of the process besides this one's. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** How long a cancelled job may take to remove what it has begun, before its process is killed. */
const CANCEL_MILLISECONDS: Readonly<Record<OwnProcessJobKind, number>> = {
  // The caller removes what these have begun; nothing in an import waits, so that it cannot hear a cancellation.
  train: 500,
  importSklearn: 0,
  importSpeechbrain: 0,
  // One that is converting comes to its end: a half-written model would stay behind.
  pull: 30_000,
  cut: 5000,
  cutSpans: 5000,
  peaks: 5000,
  playback: 5000,
};

/**
 * Does a job that needs no model in a process of its own, away from the caller's event loop: yields what it reports and
 * returns its result. Ending the iteration early cancels it. Throws the job's typed error, `CANCELLED` once it has
 * removed what it had begun, or `WORKER_CRASHED`.
 */
export async function* runJob<Kind extends OwnProcessJobKind>(
  kind: Kind,
  input: Jobs[Kind]['input'],
  { name, signal, env }: RunJobOptions,
): JobRun<Kind> {
  const cancelled = (): EcapaError =>
    new EcapaError('CANCELLED', `${name}: cancelled.`, { file: name, cause: signal?.reason });
  if (signal?.aborted) throw cancelled();
  const worker = new WorkerProcess(workerPath(), { cancelMilliseconds: CANCEL_MILLISECONDS[kind], env });
  try {
    const result = yield* worker.run({ kind, input, name, signal });
    if (signal?.aborted) throw cancelled(); // just before its end
    return result;
  } catch (error) {
    if (signal?.aborted) throw cancelled();
    if (!(error instanceof WorkerGone)) throw error;
    throw new EcapaError(
      'WORKER_CRASHED',
      `${name}: the process that did the work ended (${error.how}). Try again.`,
      { file: name, cause: error },
    );
  } finally {
    worker.kill();
  }
}
