import type { QueueEntry } from './file-work.js';
import { results } from './ledger.js';
import type { BatchQueue } from './queue.js';
import type { WorkerCounts } from './worker-counts.js';

/** Counts go to Redis so often: what a killed worker had counted since is lost for the status, never results. */
const FLUSH_MILLISECONDS = 1000;
/** A worker that was not seen for so long has gone. */
export const WORKER_GONE_MILLISECONDS = 15_000;
/** How many of the slowest files are known. */
const SLOWEST = 20;

/** Counts what a worker does, for its own metrics and for the status of the queue. */
export class WorkerBook {
  readonly #queue: BatchQueue;
  readonly #worker: string;
  readonly #startedAt = performance.now();
  readonly #errors = new Map<string, number>();
  /** Not yet in Redis. */
  readonly #newErrors = new Map<string, number>();
  readonly #newTimes: (readonly [file: string, seconds: number])[] = [];
  readonly #newRefusals = new Map<string, string>();
  #timer: NodeJS.Timeout | undefined;
  #done = 0;
  #retries = 0;
  #refusals = 0;
  #running = 0;
  #audioSeconds = 0;
  #fileSeconds = 0;
  #refusal: string | undefined;

  constructor(queue: BatchQueue, worker: string) {
    this.#queue = queue;
    this.#worker = worker;
  }

  start(): void {
    this.#flush();
    this.#timer = setInterval(() => this.#flush(), FLUSH_MILLISECONDS);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    if (this.#queue.redis.status !== 'ready') return;
    await this.#write(true).catch(() => undefined);
  }

  begin(): void {
    this.#running++;
  }

  leave(): void {
    this.#running--;
  }

  end(file: string, { outcome }: QueueEntry, seconds: number): void {
    this.#refusal = undefined;
    this.#fileSeconds += seconds;
    this.#newTimes.push([file, seconds]);
    if ('error' in outcome) this.failed(outcome.error.code);
    else {
      this.#done++;
      this.#audioSeconds += outcome.value[0]?.durationSeconds ?? 0;
    }
  }

  failed(code: string): void {
    this.#errors.set(code, (this.#errors.get(code) ?? 0) + 1);
    this.#newErrors.set(code, (this.#newErrors.get(code) ?? 0) + 1);
  }

  retry(): void {
    this.#retries++;
  }

  refuse(settings: string | undefined, reason: string): void {
    this.#refusals++;
    this.#refusal = reason;
    if (settings !== undefined) this.#newRefusals.set(settings, `${this.#worker}: ${reason}`);
  }

  /** Why the last job was refused, if it was. */
  get refusal(): string | undefined {
    return this.#refusal;
  }

  counts(crashes: number): WorkerCounts {
    return {
      done: this.#done,
      errors: Object.fromEntries(this.#errors),
      retries: this.#retries,
      refusals: this.#refusals,
      running: this.#running,
      audioSeconds: this.#audioSeconds,
      fileSeconds: this.#fileSeconds,
      crashes,
      uptimeSeconds: (performance.now() - this.#startedAt) / 1000,
    };
  }

  #flush(): void {
    // While the connection is lost, counts wait here instead of in its queue.
    if (this.#queue.redis.status === 'ready') void this.#write(false).catch(() => undefined);
  }

  async #write(isLast: boolean): Promise<void> {
    const { redis, keys } = this.#queue;
    const pipeline = redis.pipeline();
    if (isLast) pipeline.zrem(keys.workers, this.#worker);
    else pipeline.zadd(keys.workers, Date.now(), this.#worker);
    pipeline.zremrangebyscore(keys.workers, 0, Date.now() - WORKER_GONE_MILLISECONDS);
    for (const [code, count] of this.#newErrors) pipeline.hincrby(keys.errors, code, count);
    for (const [id, reason] of this.#newRefusals) pipeline.hset(keys.refusals, id, reason);
    const slowest = this.#newTimes.sort(([, a], [, b]) => b - a).slice(0, SLOWEST);
    for (const [file, seconds] of slowest) pipeline.zadd(keys.slowest, 'GT', seconds, file);
    if (slowest.length > 0) pipeline.zremrangebyrank(keys.slowest, 0, -SLOWEST - 1);
    this.#newErrors.clear();
    this.#newRefusals.clear();
    this.#newTimes.length = 0;
    await results(pipeline.exec());
  }
}
