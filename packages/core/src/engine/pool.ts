import {
  type CancellableJob,
  cancelledError,
  closedError,
  crashedError,
  queueFullError,
  startError,
  unlessAborted,
} from './pool-errors.js';
import type { ModelSummary, WorkerSettings } from './protocol.js';
import { WorkerGone, WorkerProcess } from './worker-process.js';

/** What happens to a job that finds the queue full. */
export type QueuePolicy = 'wait' | 'reject' | 'drop-oldest' | 'drop-newest';

export interface PoolOptions {
  readonly workerPath: string;
  readonly settings: WorkerSettings;
  /** Worker processes at most; they start when there is work for them. */
  readonly workers: number;
  /** Jobs that may wait for a worker. With `wait` there is no limit: each waiting job holds only its input. */
  readonly queueLimit: number;
  readonly queuePolicy: QueuePolicy;
  /** A worker that says nothing for so long while it has a file to do is taken for dead. */
  readonly stallSeconds: number;
}

export interface PoolJob extends CancellableJob {
  /** Can be done again from the start when its worker dies. */
  readonly replayable: boolean;
  /** Paced by its source: shares a worker instead of taking one. */
  readonly live: boolean;
}

export interface PoolStats {
  readonly queued: number;
  readonly running: number;
  readonly workers: number;
  /** Workers that died and were replaced since the pool was opened. */
  readonly crashes: number;
}

interface Waiting {
  readonly job: PoolJob;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  attempts: number;
}

interface Slot {
  readonly worker: WorkerProcess;
  /** The one job with a file of its own; live jobs share. */
  current: Waiting | undefined;
  live: number;
  model: ModelSummary | undefined;
  /** Its model could not be opened: it is on its way out. */
  isDoomed: boolean;
}

/** A replayable job is given to a second worker when its first one dies, and no third. */
const ATTEMPTS = 2;
/** A cancelled job that its worker cannot leave (deep inside one inference) costs the worker its life. */
const CANCEL_GRACE_MILLISECONDS = 2000;
const STALL_CHECK_MILLISECONDS = 5000;

/** Worker processes behind a bounded queue. Jobs settle exactly once; a dead worker is replaced. */
export class WorkerPool {
  readonly #options: PoolOptions;
  readonly #slots: Slot[] = [];
  readonly #queue: Waiting[] = [];
  #crashes = 0;
  #closed = false;
  #stallTimer: NodeJS.Timeout | undefined;

  constructor(options: PoolOptions) {
    this.#options = options;
  }

  stats(): PoolStats {
    const running = this.#slots.reduce(
      (sum, slot) => sum + (slot.current === undefined ? 0 : 1) + slot.live,
      0,
    );
    return { queued: this.#queue.length, running, workers: this.#slots.length, crashes: this.#crashes };
  }

  /** Loads the model in a first worker and says what it is, or why it cannot be used. */
  async warmUp(): Promise<ModelSummary> {
    const slot = this.#slots[0] ?? this.#addSlot();
    slot.worker.hold(true);
    try {
      return await slot.worker.ready;
    } catch (error) {
      throw startError(error);
    } finally {
      this.#holdIfBusy(slot);
    }
  }

  /**
   * Queues a job and resolves with its result.
   * Rejects with the job's typed error, `QUEUE_FULL`, `CANCELLED`, `CLOSED`, or `WORKER_CRASHED`.
   */
  run(job: PoolJob): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closed) return reject(closedError());
      if (job.signal?.aborted) return reject(cancelledError(job));
      const abort = (): void => this.#cancelQueued(waiting);
      const done = (): void => job.signal?.removeEventListener('abort', abort);
      const waiting: Waiting = {
        job,
        attempts: 0,
        resolve: (value) => {
          done();
          resolve(value);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
      job.signal?.addEventListener('abort', abort, { once: true });
      if (job.live) return void this.#start(this.#slotForLive(), waiting);
      this.#queue.push(waiting);
      this.#dispatch();
      this.#trimQueue();
    });
  }

  /** Stops everything: queued and running jobs reject with `CLOSED`, worker processes end. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#stallTimer);
    for (const waiting of this.#queue.splice(0)) waiting.reject(closedError());
    const slots = this.#slots.splice(0);
    for (const { worker } of slots) {
      worker.hold(true); // whoever awaits the end must not see the event loop run empty first
      worker.kill();
    }
    await Promise.all(slots.map((slot) => slot.worker.gone));
  }

  #dispatch(): void {
    while (this.#queue.length > 0 && !this.#closed) {
      const free =
        this.#slots.find((slot) => slot.current === undefined && isUsable(slot)) ??
        (this.#slots.length < this.#options.workers ? this.#addSlot() : undefined);
      if (free === undefined) return;
      const waiting = this.#queue.shift();
      if (waiting !== undefined) void this.#start(free, waiting);
    }
  }

  /** Applies the policy to what is still waiting after every free worker has been given a job. */
  #trimQueue(): void {
    const { queueLimit, queuePolicy } = this.#options;
    if (queuePolicy === 'wait') return;
    while (this.#queue.length > queueLimit) {
      const dropped = queuePolicy === 'drop-oldest' ? this.#queue.shift() : this.#queue.pop();
      dropped?.reject(queueFullError(dropped.job, queueLimit));
    }
  }

  #slotForLive(): Slot {
    const alive = this.#slots.filter(isUsable);
    const idle = alive.find((slot) => slot.current === undefined && slot.live === 0);
    if (idle !== undefined) return idle;
    if (alive.length < this.#options.workers) return this.#addSlot();
    return alive.reduce((least, slot) => (slot.live < least.live ? slot : least));
  }

  #addSlot(): Slot {
    const worker = new WorkerProcess(this.#options.workerPath, this.#options.settings);
    const slot: Slot = { worker, current: undefined, live: 0, model: undefined, isDoomed: false };
    this.#slots.push(slot);
    worker.ready.then(
      (model) => {
        slot.model = model;
      },
      // It started but cannot serve (no runtime, bad model): let it go, so that the next job tries anew. Until it
      // has ended it must be given no job, which would fail with what was wrong back then.
      () => {
        slot.isDoomed = true;
        worker.kill();
      },
    );
    void worker.gone.then(() => {
      const index = this.#slots.indexOf(slot);
      if (index >= 0) this.#slots.splice(index, 1);
      if (this.#closed) return;
      if (slot.model !== undefined) this.#crashes++;
      this.#dispatch();
    });
    worker.hold(false);
    return slot;
  }

  async #start(slot: Slot, waiting: Waiting): Promise<void> {
    const { job } = waiting;
    if (job.live) slot.live++;
    else slot.current = waiting;
    waiting.attempts++;
    slot.worker.hold(true);
    this.#watchStalls();
    try {
      await unlessAborted(slot.worker.ready, job);
      const { result, cancel } = slot.worker.run(job);
      const stopListening =
        job.signal === undefined ? undefined : this.#cancelOnAbort(job.signal, slot, cancel, result);
      try {
        waiting.resolve(await result);
      } finally {
        stopListening?.();
      }
    } catch (error) {
      this.#settleFailure(slot, waiting, error);
    } finally {
      if (job.live) slot.live--;
      else slot.current = undefined;
      this.#holdIfBusy(slot);
      this.#dispatch();
    }
  }

  #settleFailure(slot: Slot, waiting: Waiting, error: unknown): void {
    const { job } = waiting;
    if (error instanceof WorkerGone && job.replayable && waiting.attempts < ATTEMPTS && this.#mayGoOn(job)) {
      this.#queue.unshift(waiting);
    } else {
      waiting.reject(this.#failureOf(slot, waiting, error));
    }
  }

  #mayGoOn(job: PoolJob): boolean {
    return !this.#closed && job.signal?.aborted !== true;
  }

  #failureOf(slot: Slot, waiting: Waiting, error: unknown): unknown {
    const { job } = waiting;
    if (this.#closed) return closedError();
    if (job.signal?.aborted) return cancelledError(job);
    if (!(error instanceof WorkerGone)) return error;
    if (slot.model === undefined) return startError(error);
    return crashedError(job, error, waiting.attempts);
  }

  #cancelOnAbort(signal: AbortSignal, slot: Slot, cancel: () => void, result: Promise<unknown>): () => void {
    let timer: NodeJS.Timeout | undefined;
    let verdict: NodeJS.Immediate | undefined;
    const stop = (): void => {
      signal.removeEventListener('abort', abort);
      clearTimeout(timer);
      clearImmediate(verdict);
    };
    const abort = (): void => {
      cancel();
      timer = setTimeout(() => {
        // Where the host itself was held up, the worker's answer lies unread: that comes first.
        verdict = setImmediate(() => slot.worker.kill());
      }, CANCEL_GRACE_MILLISECONDS);
      result.then(stop, stop);
    };
    signal.addEventListener('abort', abort, { once: true });
    return stop;
  }

  #cancelQueued(waiting: Waiting): void {
    const index = this.#queue.indexOf(waiting);
    if (index < 0) return; // running: its own listener cancels it
    this.#queue.splice(index, 1);
    waiting.reject(cancelledError(waiting.job));
  }

  #watchStalls(): void {
    if (this.#stallTimer !== undefined) return;
    this.#stallTimer = setInterval(() => {
      for (const slot of this.#slots) {
        if (slot.current !== undefined && slot.worker.silentSeconds > this.#options.stallSeconds)
          slot.worker.kill();
      }
    }, STALL_CHECK_MILLISECONDS);
    this.#stallTimer.unref();
  }

  #holdIfBusy(slot: Slot): void {
    if (this.#closed) return; // held until it has gone, whatever its last jobs say meanwhile
    if (slot.worker.alive) slot.worker.hold(slot.current !== undefined || slot.live > 0);
  }
}

function isUsable(slot: Slot): boolean {
  return slot.worker.alive && !slot.isDoomed;
}
