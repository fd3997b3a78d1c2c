import { createHash } from 'node:crypto';
import { realpath } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EcapaError } from '@ecapa/core';
import { journalLine, writeError } from '@ecapa/core/host';
import { Claims } from './claims.js';
import { parseFailure } from './failure.js';
import type { QueueEntry } from './file-work.js';
import { parseJob } from './job.js';
import { Ledger } from './ledger.js';
import type { BatchQueue } from './queue.js';
import { ResultFile } from './result-file.js';

export interface CollectOptions {
  /** The file that lines are added to. */
  readonly output: string;
  /** Keeps running when the queue is empty, until it is stopped. */
  readonly follow?: boolean | undefined;
  /**
   * Writes also what collectors of other files had claimed and not finished. Some of it may be in their files already.
   */
  readonly takeOver?: boolean | undefined;
  /** Jobs that are claimed at a time. Default 500. */
  readonly claimJobs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((counts: CollectCounts) => void) | undefined;
  /** Another process has the file: this one waits until it has ended. */
  readonly onWaiting?: ((holder: { readonly host: string; readonly pid: number }) => void) | undefined;
}

export interface CollectCounts {
  /** Lines written by this call. */
  readonly written: number;
  /** Of these, files that ended with an error. */
  readonly errors: number;
  /** Jobs that have not ended yet. */
  readonly left: number;
}

/** Results that are held in memory at a time, unless a single one is larger. */
const MAX_BYTES = 8 << 20;
const IDLE_MILLISECONDS = 250;
const WAIT_MILLISECONDS = 1000;

/**
 * Writes the outcome of each job that has ended as one line of core's journal, and removes the job when the line is on
 * the disk. May be killed at any moment and be started again with the same file: each job is on one line of one file.
 *
 * Returns when the queue is empty and no submit is at work, or when `signal` is aborted.
 *
 * @throws EcapaError as `ResultFile.open` and `append` do; CLOSED when another process took over the file
 */
export async function collect(queue: BatchQueue, options: CollectOptions): Promise<CollectCounts> {
  const { output, signal } = options;
  const id = await outputId(output);
  const claims = new Claims(queue, id);
  if (!(await takeTurn(claims, options))) return { written: 0, errors: 0, left: 0 };
  try {
    await queue.redis.hset(queue.keys.outputs, id, `${hostname()}:${resolve(output)}`);
    const file = await ResultFile.open(output);
    try {
      return await new Collection(queue, claims, file, options).run();
    } finally {
      await file.close();
    }
  } finally {
    if (!signal?.aborted || queue.redis.status === 'ready') await claims.release().catch(() => undefined);
  }
}

/** An output is a place on a machine. */
async function outputId(output: string): Promise<string> {
  const folder = await realpath(dirname(output)).catch((cause: unknown) => {
    throw writeError(output, cause);
  });
  const path = await realpath(output).catch(() => join(folder, basename(output)));
  return createHash('sha256').update(`${hostname()}\n${path}`).digest('hex').slice(0, 16);
}

/** Waits until no other process writes the output; false when cancelled before. */
async function takeTurn(claims: Claims, { signal, onWaiting }: CollectOptions): Promise<boolean> {
  for (let isToldOf = false; !signal?.aborted; ) {
    const holder = await claims.take();
    if (holder === undefined) return true;
    if (!isToldOf) onWaiting?.(holder);
    isToldOf = true;
    await pause(WAIT_MILLISECONDS, signal);
  }
  return false;
}

class Collection {
  readonly #queue: BatchQueue;
  readonly #claims: Claims;
  readonly #file: ResultFile;
  readonly #options: CollectOptions;
  readonly #ledger: Ledger;
  #written = 0;
  #errors = 0;

  constructor(queue: BatchQueue, claims: Claims, file: ResultFile, options: CollectOptions) {
    this.#queue = queue;
    this.#claims = claims;
    this.#file = file;
    this.#options = options;
    this.#ledger = new Ledger(queue);
  }

  async run(): Promise<CollectCounts> {
    const { signal, follow, onProgress, claimJobs = 500 } = this.#options;
    let left = 0;
    while (!signal?.aborted) {
      // Counted before the claim: what ends in between is found by the claim.
      const before = await this.#left();
      const claim = await this.#claims.claim(this.#file.sizeBytes, claimJobs);
      const isBehind = claim.sizeBytes !== this.#file.sizeBytes;
      const there = isBehind ? await this.#file.linesFrom(claim.sizeBytes) : new Map<string, number>();
      await this.#writeAll(claim.completed, false, there);
      await this.#writeAll(claim.failed, true, there);
      left = before;
      const isEmpty = claim.completed.length + claim.failed.length === 0;
      onProgress?.({ written: this.#written, errors: this.#errors, left });
      if (!isEmpty || (this.#options.takeOver && (await this.#adopt()))) continue;
      if (left === 0 && !follow && !(await this.#isSubmitting())) break;
      await pause(IDLE_MILLISECONDS, signal);
    }
    return { written: this.#written, errors: this.#errors, left };
  }

  /** Takes over what one other file was to get; false where none was to get anything. */
  async #adopt(): Promise<boolean> {
    const { redis, keys } = this.#queue;
    for (const output of await redis.hkeys(keys.outputs)) {
      if (await this.#claims.adopt(output, this.#file.sizeBytes)) return true;
    }
    return false;
  }

  async #left(): Promise<number> {
    return this.#queue.bull.getJobCountByTypes('waiting', 'active', 'delayed', 'prioritized');
  }

  async #isSubmitting(): Promise<boolean> {
    return (await this.#queue.redis.exists(this.#queue.keys.submitting)) === 1;
  }

  /** Writes and settles jobs in portions that memory holds. `there`: lines that have been written before. */
  async #writeAll(ids: readonly string[], isFailed: boolean, there: Map<string, number>): Promise<void> {
    const sizes = isFailed ? ids.map(() => 0) : await this.#claims.sizes(ids);
    for (let start = 0; start < ids.length; ) {
      let end = start;
      for (let bytes = 0; end < ids.length && (end === start || bytes < MAX_BYTES); end++)
        bytes += sizes[end] ?? 0;
      await this.#write(ids.slice(start, end), isFailed, there);
      start = end;
    }
  }

  async #write(ids: readonly string[], isFailed: boolean, there: Map<string, number>): Promise<void> {
    const lines: string[] = [];
    for (const fields of await this.#claims.read(ids)) {
      const line = lineOf(fields);
      if (line === undefined) continue; // removed by another tool
      this.#written++;
      if (line.isError) this.#errors++;
      const text = line.text.slice(0, -1);
      const copies = there.get(text) ?? 0;
      if (copies > 0) there.set(text, copies - 1);
      else lines.push(line.text);
    }
    if (lines.length > 0) {
      await this.#claims.ensure();
      await this.#file.append(lines.join(''));
    }
    // The ledger first: a job that is neither there nor in the queue would be done again. What failed may be.
    if (isFailed) await this.#ledger.remove(ids);
    else await this.#ledger.add(ids);
    await this.#claims.settle(ids);
  }
}

function lineOf([data, result, reason]: readonly (string | null)[]):
  | { text: string; isError: boolean }
  | undefined {
  if (typeof data !== 'string') return undefined;
  if (typeof result === 'string') {
    const entry: QueueEntry = JSON.parse(result);
    return { text: journalLine(entry), isError: 'error' in entry.outcome };
  }
  return { text: journalLine(parseFailure(reason ?? 'no reason is known', jobOf(data))), isError: true };
}

function jobOf(text: string): ReturnType<typeof parseJob> | undefined {
  try {
    return parseJob(JSON.parse(text));
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof EcapaError) return undefined;
    throw error;
  }
}

async function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(milliseconds, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
