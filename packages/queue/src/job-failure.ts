import { EcapaError, isEcapaError, isFatal } from '@ecapa/core';
import { type Job, UnrecoverableError, WaitingError } from 'bullmq';
import type { QueueEntry } from './file-work.js';
import type { JobData } from './job.js';
import type { Roots } from './roots.js';

/** Reasons that may pass: the next attempt, perhaps on another machine, may end well. */
const PASSING_ERRORS = new Set([
  'READ_FAILED',
  'WORKER_CRASHED',
  'INFERENCE_FAILED',
  'DECODER_FAILED',
  'DOWNLOAD_FAILED',
  'OFFLINE',
  'QUEUE_FULL',
]);
/** Where opening a model fails for these, no other model could be opened. */
const WORKERS_OWN_ERRORS = new Set([
  'RUNTIME_UNAVAILABLE',
  'DECODER_MISSING',
  'DISK_FULL',
  'CLOSED',
  'CANCELLED',
]);
const MAX_SEGMENTS = 500_000;

/** This worker cannot serve the job, another may. */
export class Refusal extends Error {
  override readonly cause: EcapaError;
  constructor(cause: EcapaError) {
    super(cause.message);
    this.cause = cause;
  }
}

/** What a job's failure means for the job and for this worker. */
export type Failure =
  /** Others may do it. */
  | { readonly type: 'put-back' }
  /** This worker would fail every job. */
  | { readonly type: 'fatal'; readonly error: EcapaError }
  | { readonly type: 'failed'; readonly error: EcapaError; readonly isRetried: boolean };

export async function failureOf(
  job: Job,
  data: JobData | undefined,
  thrown: unknown,
  { roots, isStopping }: { readonly roots: Roots; readonly isStopping: boolean },
): Promise<Failure> {
  const error = isEcapaError(thrown) ? thrown : unexpected(thrown);
  const isCancelled = error.code === 'CANCELLED' || error.code === 'CLOSED';
  if (isCancelled && isStopping) return { type: 'put-back' };
  const lost = await lostRoot(roots, data, error);
  if (lost !== undefined || isFatal(error.code)) return { type: 'fatal', error: lost ?? error };
  const isRetried = PASSING_ERRORS.has(error.code) && job.attemptsMade + 1 < (job.opts.attempts ?? 1);
  return { type: 'failed', error, isRetried };
}

/** What opening an engine failed with: a refusal of its settings, unless this worker could serve nothing at all. */
export function refusalOf(error: unknown): unknown {
  return isEcapaError(error) && !WORKERS_OWN_ERRORS.has(error.code) ? new Refusal(error) : error;
}

/** A file that is not there may mean that its root is not: an empty mount point must not fail a million files. */
async function lostRoot(
  roots: Roots,
  data: JobData | undefined,
  error: EcapaError,
): Promise<EcapaError | undefined> {
  const isMissing = error.code === 'FILE_NOT_FOUND' || error.code === 'READ_FAILED';
  if (data === undefined || 'url' in data || !isMissing) return undefined;
  if (await roots.isThere(data.root)) return undefined;
  return new EcapaError(
    'FILE_NOT_FOUND',
    `The folder of root "${data.root}" is not there any more. Mount it again, then start the worker again.`,
  );
}

/** Puts a job back in the queue; returns what to throw, so that BullMQ counts no attempt. */
export async function putBack(job: Job, token: string | undefined): Promise<Error> {
  await job.moveToWait(token);
  return new WaitingError();
}

/** What to throw for a job that failed. */
export function failedJob(text: string, isRetried: boolean): Error {
  return isRetried ? new Error(text) : new UnrecoverableError(text);
}

/** Throws `TOO_LONG` for a timeline that the queue's server should not hold. */
export function checkSize({ file, outcome }: QueueEntry): void {
  if (!('value' in outcome)) return;
  const count = outcome.value.reduce(
    (sum, value) => sum + ('segments' in value ? value.segments.length : 0),
    0,
  );
  if (count <= MAX_SEGMENTS) return;
  const message = `${file}: its timeline has more than ${MAX_SEGMENTS} segments. Cut it into parts.`;
  throw new EcapaError('TOO_LONG', message, { file });
}

export function missingRoot(name: string): EcapaError {
  return new EcapaError(
    'JOB_INVALID',
    `This worker has no root "${name}". Start it with --root ${name}=FOLDER.`,
  );
}

export function unexpected(error: unknown): EcapaError {
  const reason = error instanceof Error ? error.message : String(error);
  return new EcapaError('INFERENCE_FAILED', `unexpected: ${reason}`, { cause: error });
}
