import { stat } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EcapaError, type FoundFile } from '@ecapa/core';
import { canonicalJson, nativePath, readError, withoutPassword } from '@ecapa/core/host';
import { addressJob, JOB_NAME, type JobData, jobId } from './job.js';
import { Ledger } from './ledger.js';
import type { BatchQueue } from './queue.js';
import type { Root } from './roots.js';
import { type BatchSettings, settingsId } from './settings.js';

/** A file, or an address, or why a name leads to neither. */
export type SubmitItem = FoundFile | { readonly url: string };

export interface SubmitOptions {
  readonly settings: BatchSettings;
  /** The root that files lie below; not needed for addresses. */
  readonly root?: Root | undefined;
  /** Waits while more jobs than this are in the queue. Default 1000000. */
  readonly maxWaiting?: number | undefined;
  /** How often a file is tried when the reason may pass. Default 3. */
  readonly attempts?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onFailure?: ((path: string, error: EcapaError) => void) | undefined;
  readonly onProgress?: ((counts: SubmitCounts) => void) | undefined;
}

export interface SubmitCounts {
  /** Jobs that are new. */
  readonly added: number;
  /** Files that had been added before and have not changed. */
  readonly known: number;
  readonly failed: number;
}

/** Jobs that go to Redis in one command. */
const CHUNK = 1000;
/** The mark that a submit is at work lasts so long without renewal. */
const MARK_SECONDS = 60;
const FULL_MILLISECONDS = 500;

/**
 * Adds a job for each file that has not been added before with the same size, time and settings. Memory does not grow
 * with their number. May be stopped at any moment and be started again.
 *
 * @throws EcapaError CANCELLED, QUEUE_FULL (Redis is out of memory)
 */
export async function submit(
  queue: BatchQueue,
  items: AsyncIterable<SubmitItem>,
  options: SubmitOptions,
): Promise<SubmitCounts> {
  const { settings, signal } = options;
  const submission = new Submission(queue, options);
  await queue.redis.hset(queue.keys.settings, settingsId(settings), canonicalJson(settings));
  try {
    let chunk: SubmitItem[] = [];
    for await (const item of items) {
      throwIfCancelled(signal);
      chunk.push(item);
      if (chunk.length < CHUNK) continue;
      await submission.add(chunk);
      chunk = [];
    }
    await submission.add(chunk);
    return submission.counts;
  } finally {
    await queue.redis.del(queue.keys.submitting).catch(() => undefined);
  }
}

class Submission {
  readonly #queue: BatchQueue;
  readonly #options: SubmitOptions;
  readonly #ledger: Ledger;
  readonly #settings: string;
  #counts: SubmitCounts = { added: 0, known: 0, failed: 0 };

  constructor(queue: BatchQueue, options: SubmitOptions) {
    this.#queue = queue;
    this.#options = options;
    this.#ledger = new Ledger(queue);
    this.#settings = settingsId(options.settings);
  }

  get counts(): SubmitCounts {
    return this.#counts;
  }

  async add(items: readonly SubmitItem[]): Promise<void> {
    await this.#whileFull();
    const jobs = new Map<string, JobData>();
    let failed = 0;
    for (const data of await Promise.all(items.map((item) => this.#jobOf(item)))) {
      if (data === undefined) failed++;
      else jobs.set(jobId(data), data);
    }
    const known = await this.#ledger.known([...jobs.keys()]);
    const fresh = [...jobs].filter(([id]) => !known.has(id));
    if (fresh.length > 0) {
      const opts = {
        attempts: this.#options.attempts ?? 3,
        backoff: { type: 'custom' },
        stackTraceLimit: 0,
      };
      // First the jobs, then the ledger: a stop between the two adds them once more, which BullMQ passes over.
      await this.#queue.bull
        .addBulk(fresh.map(([id, data]) => ({ name: JOB_NAME, data, opts: { ...opts, jobId: id } })))
        .catch((cause: unknown) => {
          throw addError(cause);
        });
      await this.#ledger.add(fresh.map(([id]) => id));
    }
    const before = this.#counts;
    this.#counts = {
      added: before.added + fresh.length,
      known: before.known + items.length - failed - fresh.length,
      failed: before.failed + failed,
    };
    this.#options.onProgress?.(this.#counts);
  }

  async #whileFull(): Promise<void> {
    const { maxWaiting = 1_000_000, signal } = this.#options;
    const { redis, keys, bull } = this.#queue;
    for (;;) {
      throwIfCancelled(signal);
      await redis.set(keys.submitting, '1', 'EX', MARK_SECONDS);
      const waiting = await bull.getJobCountByTypes('waiting', 'delayed');
      if (waiting < maxWaiting) return;
      await sleep(FULL_MILLISECONDS, undefined, signal === undefined ? {} : { signal }).catch(
        () => undefined,
      );
    }
  }

  async #jobOf(item: SubmitItem): Promise<JobData | undefined> {
    const { root, onFailure } = this.#options;
    try {
      if ('url' in item) return addressJob(item.url, this.#settings);
      if ('error' in item) throw item.error;
      if (root === undefined) throw new TypeError('root: needed for files');
      const path = relative(root.path, resolve(item.path));
      if (path === '' || path === '..' || path.startsWith(`..${sep}`)) {
        throw new EcapaError(
          'JOB_INVALID',
          `${item.path}: it does not lie below ${root.path}, the root "${root.name}". Name a root that holds it.`,
          { file: item.path },
        );
      }
      const { size, mtimeMs } = await stat(nativePath(item.path)).catch((cause: unknown) => {
        throw readError(item.path, cause);
      });
      const parts = sep === '/' ? path : path.replaceAll(sep, '/');
      return { root: root.name, path: parts, size, time: mtimeMs, settings: this.#settings };
    } catch (error) {
      if (!(error instanceof EcapaError)) throw error;
      onFailure?.('url' in item ? withoutPassword(item.url) : item.path, error);
      return undefined;
    }
  }
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted)
    throw new EcapaError('CANCELLED', 'Submitting was cancelled. Run it again: it resumes where it stopped.');
}

function addError(cause: unknown): unknown {
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (!/^OOM /.test(reason)) return cause;
  return new EcapaError(
    'QUEUE_FULL',
    'The memory of Redis is full. Collect results, or raise its maxmemory; then submit again: it resumes where it stopped.',
    { cause },
  );
}
