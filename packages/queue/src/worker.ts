import { rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EcapaError } from '@ecapa/core';
import { type Job, Worker } from 'bullmq';
import { AllowList, makeDownloadFolder } from './addresses.js';
import { type Engine, Engines } from './engines.js';
import { failureText } from './failure.js';
import { type FileWorkOptions, type QueueEntry, workOn } from './file-work.js';
import { type JobData, jobTitle, parseJob } from './job.js';
import {
  checkSize,
  failedJob,
  failureOf,
  missingRoot,
  putBack,
  Refusal,
  refusalOf,
  unexpected,
} from './job-failure.js';
import { PREFIX } from './keys.js';
import { BatchQueue, type QueueOptions } from './queue.js';
import { type Root, Roots } from './roots.js';
import { parseSettings } from './settings.js';
import { WorkerBook } from './worker-book.js';
import type { WorkerCounts } from './worker-counts.js';
import { serveObserved } from './worker-server.js';

export interface QueueWorkerOptions extends QueueOptions {
  readonly roots?: readonly Root[] | undefined;
  /** Beginnings of the addresses that may be read. */
  readonly allow?: readonly string[] | undefined;
  /** Folders of models and files of heads besides those of the registry. */
  readonly models?: readonly string[] | undefined;
  readonly heads?: readonly string[] | undefined;
  /** Worker processes, and so files at a time. */
  readonly workers: number;
  readonly ffmpegPath?: string | undefined;
  /** Default 2 GB. */
  readonly maxDownloadBytes?: number | undefined;
  /** The files of a worker that has died are given to others after so long. Default 30. */
  readonly lockSeconds?: number | undefined;
  /** Wait before a second attempt; four times as long before the third. Default 5. */
  readonly retrySeconds?: number | undefined;
  /** Where `/health` and `/metrics` are answered, if anywhere. */
  readonly listen?: { readonly port: number; readonly host?: string } | undefined;
  readonly onEvent?: ((event: WorkerEvent) => void) | undefined;
}

export type WorkerEvent =
  | {
      readonly type: 'failed';
      readonly file: string;
      readonly error: EcapaError;
      readonly isRetried: boolean;
    }
  /** This worker lacks what the job needs, and leaves it to others. */
  | { readonly type: 'refused'; readonly file: string; readonly error: EcapaError };

const REFUSAL_MILLISECONDS = 5000;
/** A job whose worker died so often is given up: it may be what killed them. */
const MAX_STALLS = 5;
const METRIC_MINUTES = 120;

/** Takes jobs from the queue and runs them through the ordinary pool, until it is closed. */
export class QueueWorker {
  /** Settles when the worker has ended: rejects with why it cannot continue. */
  readonly done: Promise<void>;
  readonly #queue: BatchQueue;
  readonly #options: QueueWorkerOptions;
  readonly #work: FileWorkOptions;
  readonly #engines: Engines;
  /** By settings id. */
  readonly #opened = new Map<string, Promise<Engine>>();
  readonly #book: WorkerBook;
  readonly #bull: Worker;
  readonly #stop = new AbortController();
  #server: Server | undefined;
  #closing: Promise<void> | undefined;
  #failure: EcapaError | undefined;
  #settleDone: (error: EcapaError | undefined) => void = () => undefined;

  private constructor(
    queue: BatchQueue,
    options: QueueWorkerOptions,
    work: FileWorkOptions,
    engines: Engines,
  ) {
    this.#queue = queue;
    this.#options = options;
    this.#work = work;
    this.#engines = engines;
    this.done = new Promise((resolve, reject) => {
      this.#settleDone = (error) => (error === undefined ? resolve() : reject(error));
    });
    this.done.catch(() => undefined); // may be awaited late
    this.#book = new WorkerBook(queue, `${hostname()}:${process.pid}`);
    const { lockSeconds = 30, retrySeconds = 5 } = options;
    this.#bull = new Worker(queue.name, (job, token) => this.#process(job, token), {
      connection: queue.redis,
      prefix: PREFIX,
      autorun: false,
      // One more than processes: its file is read and hashed while theirs are at work.
      concurrency: options.workers + 1,
      lockDuration: lockSeconds * 1000,
      stalledInterval: lockSeconds * 1000,
      maxStalledCount: MAX_STALLS,
      metrics: { maxDataPoints: METRIC_MINUTES },
      settings: { backoffStrategy: (attempts) => retrySeconds * 1000 * 4 ** (attempts - 1) },
      skipVersionCheck: true,
    });
    this.#bull.on('error', () => undefined); // lost connections are reported by the connection, and waited for
  }

  /**
   * Connects, opens what the queue's jobs need and starts to work.
   *
   * @throws EcapaError as `BatchQueue.open` and `Roots.open` do; as `Engines.open` does when this machine can serve
   *   none of the settings in the queue; RangeError for an address that cannot be allowed
   */
  static async start(options: QueueWorkerOptions): Promise<QueueWorker> {
    const { models = [], heads = [], workers, ffmpegPath, maxDownloadBytes = 2e9 } = options;
    const allow = new AllowList(options.allow ?? []);
    const roots = await Roots.open(options.roots ?? []);
    const engines = new Engines({ models, heads, workers, ffmpegPath });
    const queue = await BatchQueue.open(options);
    const downloadFolder = await makeDownloadFolder();
    const worker = new QueueWorker(
      queue,
      options,
      { roots, allow, maxDownloadBytes, downloadFolder },
      engines,
    );
    try {
      await worker.#openKnown();
      const { listen } = options;
      if (listen !== undefined) worker.#server = await serveObserved(worker, listen.port, listen.host);
      worker.#book.start();
      worker.#bull.run().catch((error: unknown) => worker.#fail(unexpected(error)));
      return worker;
    } catch (error) {
      await worker.close(0);
      throw error;
    }
  }

  /** Port of `/health` and `/metrics`. */
  get port(): number | undefined {
    const address = this.#server?.address();
    return typeof address === 'object' ? address?.port : undefined;
  }

  async counts(): Promise<WorkerCounts> {
    return this.#book.counts(await this.#engines.crashes());
  }

  /** Undefined while all is well; else what is not. */
  problem(): string | undefined {
    if (this.#failure !== undefined) return this.#failure.message;
    if (this.#closing !== undefined) return 'The worker is ending.';
    if (this.#queue.redis.status !== 'ready') return 'The connection to the queue is lost.';
    return this.#book.refusal;
  }

  /**
   * Takes no more jobs, gives those under way `drainSeconds` to end, and puts the rest back, their attempt not counted.
   * Safe to call twice: the second call does not wait any longer.
   */
  close(drainSeconds = 30): Promise<void> {
    if (this.#closing !== undefined) {
      this.#stop.abort();
      return this.#closing;
    }
    this.#closing = this.#close(drainSeconds);
    return this.#closing;
  }

  async #close(drainSeconds: number): Promise<void> {
    const timer = setTimeout(() => this.#stop.abort(), drainSeconds * 1000);
    try {
      await this.#bull.close();
    } finally {
      clearTimeout(timer);
      await this.#engines.close();
      await this.#book.stop();
      this.#server?.close();
      await rm(this.#work.downloadFolder, { recursive: true, force: true }).catch(() => undefined);
      await this.#queue.close();
      this.#settleDone(this.#failure);
    }
  }

  /** Ends the worker: it would fail every job. */
  #fail(error: EcapaError): void {
    this.#failure ??= error;
    this.#stop.abort();
    void this.close(0);
  }

  /** Opens the settings that are in the queue already. Throws when none of them can be served. */
  async #openKnown(): Promise<void> {
    const ids = await this.#queue.redis.hkeys(this.#queue.keys.settings);
    const opened = await Promise.allSettled(ids.map((id) => this.#engine(id)));
    const failures = opened.filter((result) => result.status === 'rejected');
    const first = failures[0]?.reason;
    if (failures.length < ids.length || first === undefined) return;
    throw first instanceof Refusal ? first.cause : first;
  }

  async #process(job: Job, token: string | undefined): Promise<QueueEntry> {
    const started = performance.now();
    this.#book.begin();
    let title = `job ${job.id}`;
    let data: JobData | undefined;
    try {
      data = parseJob(job.data);
      title = jobTitle(data);
      if ('root' in data && !this.#work.roots.names.includes(data.root))
        throw new Refusal(missingRoot(data.root));
      const engine = await this.#engine(data.settings);
      const entry = await workOn(data, engine, this.#work, this.#stop.signal);
      checkSize(entry);
      this.#book.end(title, entry, (performance.now() - started) / 1000);
      return entry;
    } catch (error) {
      throw await this.#dispose(job, token, data, title, error);
    } finally {
      this.#book.leave();
    }
  }

  /** What to throw, so that BullMQ does with the job what its error calls for. */
  async #dispose(
    job: Job,
    token: string | undefined,
    data: JobData | undefined,
    title: string,
    thrown: unknown,
  ): Promise<Error> {
    if (thrown instanceof Refusal) {
      this.#book.refuse(data?.settings, thrown.message);
      this.#options.onEvent?.({ type: 'refused', file: title, error: thrown.cause });
      // Not at once, or this worker would do nothing but take it up again.
      await sleep(REFUSAL_MILLISECONDS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
      return putBack(job, token);
    }
    const failure = await failureOf(job, data, thrown, {
      roots: this.#work.roots,
      isStopping: this.#stop.signal.aborted,
    });
    if (failure.type === 'fatal') this.#fail(failure.error);
    if (failure.type !== 'failed') return putBack(job, token);
    const { error, isRetried } = failure;
    if (isRetried) this.#book.retry();
    else this.#book.failed(error.code);
    this.#options.onEvent?.({ type: 'failed', file: title, error, isRetried });
    return failedJob(failureText(error.file ?? title, error), isRetried);
  }

  #engine(id: string): Promise<Engine> {
    const known = this.#opened.get(id);
    if (known !== undefined) return known;
    const opened = this.#openEngine(id);
    this.#opened.set(id, opened);
    // What is missing may have been put there when the next job asks.
    opened.catch(() => this.#opened.delete(id));
    return opened;
  }

  async #openEngine(id: string): Promise<Engine> {
    const { redis, keys } = this.#queue;
    const settings = parseSettings(await redis.hget(keys.settings, id), id);
    try {
      return await this.#engines.open(settings);
    } catch (error) {
      throw refusalOf(error);
    }
  }
}
