import type { PreparedInput, SlowInput } from './input.js';
import type { EngineJobKind, JobRun, Jobs } from './job-map.js';
import { JobQueue, type QueuedJob, type QueueLimits } from './job-queue.js';
import {
  cancelledError,
  closedError,
  crashedError,
  startError,
  timedOutError,
  unlessAborted,
} from './pool-errors.js';
import type { ModelSummary, WorkerSettings } from './protocol.js';
import { WorkerGone } from './worker-process.js';
import { WorkerSlot } from './worker-slot.js';

export interface PoolOptions extends QueueLimits {
  readonly workerPath: string;
  readonly settings: WorkerSettings;
  /** Worker processes at most; they start when there is work for them. */
  readonly workers: number;
  /** A worker that sends nothing for so long while it has a file to do is ended. */
  readonly stallSeconds: number;
}

/** A job for whichever worker is free. */
export interface PoolJob<Kind extends EngineJobKind> extends QueuedJob {
  readonly kind: Kind;
  /** What the worker is given besides the audio. */
  readonly settings: Omit<Jobs[Kind]['input'], 'source'>;
  /** Can be done again from the start when its worker dies. */
  readonly replayable: boolean;
  readonly timeLimitSeconds?: number | undefined;
}

/** How busy an engine is. */
export interface PoolStats {
  readonly queued: number;
  readonly running: number;
  readonly workers: number;
  /** Workers that died and were replaced since the pool was opened, but for those that a cancelled job did not leave. */
  readonly crashes: number;
}

/** A replayable job is given to a second worker when its first one dies, and no third. */
const ATTEMPTS = 2;
const STALL_CHECK_MILLISECONDS = 5000;

/** Worker processes behind a bounded queue. Jobs end exactly once; a dead worker is replaced. */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #slots: WorkerSlot[] = [];
  readonly #queue: JobQueue<WorkerSlot>;
  #settings: WorkerSettings;
  /** Jobs whose audio is still on its way. */
  #parked = 0;
  #crashes = 0;
  readonly #closing = new AbortController();
  #stallTimer: NodeJS.Timeout | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
    this.#queue = new JobQueue(options);
    this.#settings = options.settings;
  }

  stats(): PoolStats {
    const running = this.#slots.reduce((sum, slot) => sum + (slot.isTaken ? 1 : 0) + slot.live, 0);
    return {
      queued: this.#queue.length + this.#parked,
      running,
      workers: this.#slots.length,
      crashes: this.#crashes,
    };
  }

  /** Loads the model in a first worker and returns what it is, or throws why it cannot be used; starts others to be `workers`. */
  async warmUp(workers = 1): Promise<ModelSummary> {
    const slot = this.#slots[0] ?? this.#addSlot();
    while (this.#slots.length < Math.min(workers, this.#options.workers)) this.#addSlot();
    slot.worker.hold(true);
    try {
      return await slot.ready;
    } catch (error) {
      throw startError(error);
    } finally {
      this.#holdIfBusy(slot);
    }
  }

  /**
   * Runs a job as soon as a worker is free: yields its events and returns its result. It is in the queue from the first
   * call of `next` on. Throws the job's typed error, `QUEUE_FULL`, `CANCELLED`, `TIMED_OUT`, `CLOSED`, or
   * `WORKER_CRASHED`. Ending the iteration early cancels the job.
   */
  async *run<Kind extends EngineJobKind>(job: PoolJob<Kind>): JobRun<Kind> {
    let prepared: PreparedInput | undefined;
    try {
      for (let attempt = 1, isFirst = false; ; isFirst = true) {
        const slot = await this.#slotFor(job, isFirst);
        let slow: SlowInput | undefined;
        try {
          await unlessAborted(slot.ready, job);
          const made: PreparedInput | SlowInput = prepared ?? (await job.input.prepare(job.signal));
          if ('spooling' in made) slow = made;
          else {
            prepared = made;
            return yield* this.#runOn(slot, job, made);
          }
        } catch (error) {
          const mayTryAgain = error instanceof WorkerGone && job.replayable && this.#mayGoOn(job);
          if (!mayTryAgain || attempt >= ATTEMPTS) throw this.#failureOf(slot, job, error, attempt);
          attempt++;
        } finally {
          this.#release(slot, job);
        }
        // A source that takes its time does not take a worker's: the job comes first again once its audio is there.
        if (slow !== undefined) prepared = await this.#spooled(slow, job);
      }
    } finally {
      await prepared?.dispose();
    }
  }

  /** Stops everything: queued and running jobs fail with `CLOSED`, worker processes end. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#closing.abort();
    clearInterval(this.#stallTimer);
    this.#queue.clear(closedError());
    const slots = this.#slots.splice(0);
    for (const { worker } of slots) {
      worker.hold(true); // a caller that awaits the end must not see the event loop run empty first
      worker.kill();
    }
    await Promise.all(slots.map((slot) => slot.worker.gone));
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Waits for a worker, in the queue or before all others in it. */
  async #slotFor(job: QueuedJob, isFirst: boolean): Promise<WorkerSlot> {
    if (this.#isClosed) throw closedError();
    if (job.signal?.aborted) throw cancelledError(job);
    if (job.input.live) return this.#take(this.#slotForLive(), job);
    const place = this.#queue.wait(job, isFirst);
    this.#dispatch();
    if (!isFirst) this.#queue.trim();
    return place;
  }

  #take(slot: WorkerSlot, { input }: QueuedJob): WorkerSlot {
    if (input.live) slot.live++;
    else slot.isTaken = true;
    slot.worker.hold(true);
    this.#watchStalls();
    return slot;
  }

  #dispatch(): void {
    while (this.#queue.length > 0 && !this.#isClosed) {
      const free =
        this.#slots.find((slot) => !slot.isTaken && slot.isUsable) ??
        (this.#slots.length < this.#options.workers ? this.#addSlot() : undefined);
      if (free === undefined) return;
      this.#queue.serve((job) => this.#take(free, job));
    }
  }

  #slotForLive(): WorkerSlot {
    const alive = this.#slots.filter((slot) => slot.isUsable);
    const idle = alive.find((slot) => !slot.isTaken && slot.live === 0);
    if (idle !== undefined) return idle;
    if (alive.length < this.#options.workers) return this.#addSlot();
    return alive.reduce((least, slot) => (slot.live < least.live ? slot : least));
  }

  #addSlot(): WorkerSlot {
    const { workerPath } = this.#options;
    const slot = new WorkerSlot(workerPath, this.#settings, {
      // What took down one worker would take down the next.
      onFallback: (settings) => {
        this.#settings = settings;
        return !this.#isClosed;
      },
      onGone: ({ isForCancelling }) => {
        const index = this.#slots.indexOf(slot);
        if (index >= 0) this.#slots.splice(index, 1);
        if (this.#isClosed) return;
        if (slot.model !== undefined && !isForCancelling) this.#crashes++;
        this.#dispatch();
      },
    });
    this.#slots.push(slot);
    return slot;
  }

  /** Audio that is spooled at the pace of somebody else, while the job has no worker. */
  async #spooled({ spooling }: SlowInput, job: QueuedJob): Promise<PreparedInput> {
    this.#parked++;
    const signal = AbortSignal.any([this.#closing.signal, ...(job.signal === undefined ? [] : [job.signal])]);
    try {
      return await unlessAborted(spooling, { ...job, signal });
    } catch (error) {
      spooling.then(
        (late) => late.dispose(),
        () => undefined, // it has removed what it had written
      );
      throw this.#isClosed ? closedError() : error;
    } finally {
      this.#parked--;
    }
  }

  async *#runOn<Kind extends EngineJobKind>(
    slot: WorkerSlot,
    job: PoolJob<Kind>,
    { source, pieces }: PreparedInput,
  ): JobRun<Kind> {
    const { kind, settings, signal, timeLimitSeconds } = job;
    signal?.throwIfAborted();
    const limit = new AbortController();
    const timer =
      timeLimitSeconds === undefined ? undefined : setTimeout(() => limit.abort(), 1000 * timeLimitSeconds);
    slot.isWorking = !job.input.live;
    try {
      return yield* slot.worker.run<Kind>({
        kind,
        input: { ...settings, source } as Jobs[Kind]['input'],
        name: job.input.name,
        pieces,
        signal: AbortSignal.any([limit.signal, ...(signal === undefined ? [] : [signal])]),
      });
    } catch (error) {
      throw limit.signal.aborted ? timedOutError(job, timeLimitSeconds ?? 0) : error;
    } finally {
      clearTimeout(timer);
      if (!job.input.live) slot.isWorking = false;
    }
  }

  #release(slot: WorkerSlot, job: QueuedJob): void {
    if (job.input.live) slot.live--;
    else slot.isTaken = false;
    this.#holdIfBusy(slot);
    this.#dispatch();
  }

  #mayGoOn(job: QueuedJob): boolean {
    return !this.#isClosed && job.signal?.aborted !== true;
  }

  #failureOf(slot: WorkerSlot, job: QueuedJob, error: unknown, attempts: number): unknown {
    if (this.#isClosed) return closedError();
    if (job.signal?.aborted) return cancelledError(job);
    if (!(error instanceof WorkerGone)) return error;
    if (slot.model === undefined) return startError(error);
    return crashedError(job, error, attempts);
  }

  #watchStalls(): void {
    if (this.#stallTimer !== undefined) return;
    this.#stallTimer = setInterval(() => {
      for (const slot of this.#slots) {
        if (slot.isWorking && slot.worker.silentSeconds > this.#options.stallSeconds) slot.worker.kill();
      }
    }, STALL_CHECK_MILLISECONDS);
    this.#stallTimer.unref();
  }

  #holdIfBusy(slot: WorkerSlot): void {
    if (this.#isClosed) return; // held until it has gone, whatever its last jobs send meanwhile
    slot.holdIfBusy();
  }
}
