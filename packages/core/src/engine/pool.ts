import type { InputPlan, PreparedInput } from './input.js';
import {
  type CancellableJob,
  cancelledError,
  closedError,
  crashedError,
  queueFullError,
  startError,
  timedOutError,
  unlessAborted,
} from './pool-errors.js';
import type { ModelSummary, WorkerSettings } from './protocol.js';
import { WorkerGone, type WorkerJob, WorkerProcess } from './worker-process.js';

/** What happens to a job that finds the queue full. */
export type QueuePolicy = 'wait' | 'reject' | 'drop-oldest' | 'drop-newest';

export interface PoolOptions {
  readonly workerPath: string;
  readonly settings: WorkerSettings;
  /** Worker processes at most; they start when there is work for them. */
  readonly workers: number;
  /** Jobs that may wait for a worker. With `wait` there is no limit: each waiting job holds only its input. */
  readonly queueLimit: number;
  /** Bytes that waiting jobs may hold. */
  readonly queueBytes: number;
  readonly queuePolicy: QueuePolicy;
  /** A worker that says nothing for so long while it has a file to do is taken for dead. */
  readonly stallSeconds: number;
}

export interface PoolJob extends CancellableJob, Omit<WorkerJob, 'source' | 'pcm'> {
  /** Made ready when a worker takes the job, so that jobs that wait, or are refused, have written nothing. */
  readonly input: InputPlan;
  /** Can be done again from the start when its worker dies. */
  readonly replayable: boolean;
  readonly timeLimitSeconds?: number | undefined;
}

/** How many jobs wait and run, and on how many workers. */
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
  prepared: PreparedInput | undefined;
  /** A worker has it, and is to be heard from. */
  isWithWorker: boolean;
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
  /** Jobs whose audio is still on its way. */
  readonly #parked = new Set<Waiting>();
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
    return {
      queued: this.#queue.length + this.#parked.size,
      running,
      workers: this.#slots.length,
      crashes: this.#crashes,
    };
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
      const settle = async (outcome: () => void): Promise<void> => {
        job.signal?.removeEventListener('abort', abort);
        await waiting.prepared?.dispose();
        outcome();
      };
      const waiting: Waiting = {
        job,
        attempts: 0,
        prepared: undefined,
        isWithWorker: false,
        resolve: (value) => void settle(() => resolve(value)),
        reject: (error) => void settle(() => reject(error)),
      };
      job.signal?.addEventListener('abort', abort, { once: true });
      if (job.input.live) return void this.#start(this.#slotForLive(), waiting);
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
    for (const waiting of [...this.#queue.splice(0), ...this.#parked]) waiting.reject(closedError());
    this.#parked.clear();
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
    const { queueLimit, queueBytes, queuePolicy } = this.#options;
    if (queuePolicy === 'wait') return;
    const heldBytes = (): number => this.#queue.reduce((sum, { job }) => sum + job.input.sizeBytes, 0);
    let bytes = heldBytes();
    while (this.#queue.length > queueLimit || (bytes > queueBytes && this.#queue.length > 0)) {
      const dropped = queuePolicy === 'drop-oldest' ? this.#queue.shift() : this.#queue.pop();
      if (dropped === undefined) return;
      bytes -= dropped.job.input.sizeBytes;
      const waiting =
        this.#queue.length >= queueLimit ? `${queueLimit} jobs` : `${Math.round(bytes / 1e6)} MB of audio`;
      dropped.reject(queueFullError(dropped.job, waiting));
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
    if (job.input.live) slot.live++;
    else slot.current = waiting;
    waiting.attempts++;
    slot.worker.hold(true);
    this.#watchStalls();
    try {
      await unlessAborted(slot.worker.ready, job);
      const made = waiting.prepared ?? (await job.input.prepare(job.signal));
      if ('spooling' in made) return this.#park(waiting, made.spooling);
      waiting.prepared = made;
      job.signal?.throwIfAborted();
      waiting.resolve(await this.#run(slot, waiting, waiting.prepared));
    } catch (error) {
      this.#settleFailure(slot, waiting, error);
    } finally {
      waiting.isWithWorker = false;
      if (job.input.live) slot.live--;
      else slot.current = undefined;
      this.#holdIfBusy(slot);
      this.#dispatch();
    }
  }

  /** A source that takes its time does not take a worker's: the job comes first again once its audio is there. */
  #park(waiting: Waiting, spooling: Promise<PreparedInput>): void {
    waiting.attempts--;
    this.#parked.add(waiting);
    spooling.then(
      (prepared) => {
        if (!this.#parked.delete(waiting)) return void prepared.dispose();
        waiting.prepared = prepared;
        this.#queue.unshift(waiting);
        this.#dispatch();
      },
      (error: unknown) => {
        if (this.#parked.delete(waiting)) waiting.reject(error);
      },
    );
  }

  async #run(slot: Slot, waiting: Waiting, { source, pcm }: PreparedInput): Promise<unknown> {
    const { signal, timeLimitSeconds, ...job } = waiting.job;
    const limit = new AbortController();
    const timer =
      timeLimitSeconds === undefined ? undefined : setTimeout(() => limit.abort(), 1000 * timeLimitSeconds);
    const ends = AbortSignal.any([limit.signal, ...(signal === undefined ? [] : [signal])]);
    waiting.isWithWorker = true;
    const { result, cancel } = slot.worker.run({ ...job, source, pcm });
    const stopListening = this.#cancelOnAbort(ends, slot, cancel, result);
    try {
      return await result;
    } catch (error) {
      throw limit.signal.aborted ? timedOutError(waiting.job, timeLimitSeconds ?? 0) : error;
    } finally {
      clearTimeout(timer);
      stopListening();
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
        if (slot.current?.isWithWorker && slot.worker.silentSeconds > this.#options.stallSeconds)
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
