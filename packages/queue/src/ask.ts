import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { EcapaError, fromErrorData } from '@ecapa/core';
import { canonicalJson } from '@ecapa/core/host';
import { serverError } from './connection.js';
import type { OutcomeValue } from './engines.js';
import { parseFailure } from './failure.js';
import type { QueueEntry } from './file-work.js';
import { addressJob, JOB_NAME, type JobData, jobTitle } from './job.js';
import type { BatchQueue } from './queue.js';
import { type BatchSettings, settingsId } from './settings.js';

/** A file, or an address, whose verdict is waited for. */
export type Question =
  | { readonly root: string; readonly path: string; readonly size: number; readonly time: number }
  | { readonly url: string };

export interface AskOptions {
  readonly settings: BatchSettings;
  readonly signal?: AbortSignal | undefined;
  /** Without an outcome after so long it rejects, and the job is removed. Default: no limit. */
  readonly timeLimitSeconds?: number | undefined;
}

const FIRST_MILLISECONDS = 50;
const MAX_MILLISECONDS = 1000;
/** Outcomes that nobody has fetched are gone after an hour: the process that asked has been stopped. */
const KEEP = { age: 3600 };

/**
 * Has one file done by a worker, and waits for its outcome. The queue's results must not be collected by others
 * meanwhile: give questions a queue of their own.
 *
 * @throws EcapaError the file's own; JOB_INVALID (an address with a password); TIMED_OUT; CANCELLED; QUEUE_UNAVAILABLE
 */
export async function ask(
  queue: BatchQueue,
  question: Question,
  { settings, signal, timeLimitSeconds = Number.POSITIVE_INFINITY }: AskOptions,
): Promise<OutcomeValue> {
  const id = settingsId(settings);
  const data: JobData = 'url' in question ? addressJob(question.url, id) : { ...question, settings: id };
  return waitFor(queue, data, settings, signal, timeLimitSeconds).catch((error: unknown) => {
    throw serverError(queue.name, error);
  });
}

async function waitFor(
  { redis, keys, bull }: BatchQueue,
  data: JobData,
  settings: BatchSettings,
  signal: AbortSignal | undefined,
  timeLimitSeconds: number,
): Promise<OutcomeValue> {
  await redis.hset(keys.settings, data.settings, canonicalJson(settings));
  const jobId = randomUUID().replaceAll('-', '');
  const keep = { removeOnComplete: KEEP, removeOnFail: KEEP };
  await bull.add(JOB_NAME, data, {
    jobId,
    attempts: 3,
    backoff: { type: 'custom' },
    stackTraceLimit: 0,
    ...keep,
  });
  const deadline = performance.now() + 1000 * timeLimitSeconds;
  try {
    for (let pause = FIRST_MILLISECONDS; ; pause = Math.min(1.5 * pause, MAX_MILLISECONDS)) {
      const [ended, result, reason] = await redis.hmget(
        keys.job(jobId),
        'finishedOn',
        'returnvalue',
        'failedReason',
      );
      if (typeof ended === 'string') return outcomeValue(result ?? undefined, reason ?? '', data);
      if (signal?.aborted) throw new EcapaError('CANCELLED', `${jobTitle(data)}: cancelled.`);
      if (performance.now() > deadline) throw timedOut(data, timeLimitSeconds);
      await sleep(pause, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
    }
  } finally {
    // One that is under way cannot be removed: it ends, and is forgotten after an hour.
    await bull.remove(jobId).catch(() => 0);
  }
}

function outcomeValue(result: string | undefined, reason: string, data: JobData): OutcomeValue {
  if (result === undefined) throw fromErrorData(parseFailure(reason, data).failure);
  const { outcome }: QueueEntry = JSON.parse(result);
  if ('error' in outcome) throw fromErrorData(outcome.error);
  return outcome.value;
}

function timedOut(data: JobData, seconds: number): EcapaError {
  return new EcapaError(
    'TIMED_OUT',
    `${jobTitle(data)}: no worker has done it within ${seconds} s. Check that one works on this queue, or raise the time limit.`,
  );
}
