import type { ModelSummary, WorkerSettings } from './protocol.js';
import { fallbackSettings } from './runtime-fallback.js';
import { type WorkerGone, WorkerProcess } from './worker-process.js';

interface SlotEvents {
  /** The native library took a worker down; these settings do without it. Returns false where no worker is wanted any more. */
  readonly onFallback: (settings: WorkerSettings) => boolean;
  /** The slot's worker has ended, and no other takes its place. */
  readonly onGone: (gone: WorkerGone) => void;
}

/** A worker that cannot leave a cancelled job for so long, deep inside one inference, is killed. */
const CANCEL_MILLISECONDS = 2000;

/** A place for jobs: a worker process with its model, or where native code fails, the one after it. */
export class WorkerSlot {
  /** Resolves when the model is loaded; rejects with why it cannot be. */
  readonly ready: Promise<ModelSummary>;
  /** It has the one job with a file of its own; live jobs share. */
  isTaken = false;
  /** The job is the worker's, which is to be heard from. */
  isWorking = false;
  live = 0;
  model: ModelSummary | undefined;
  readonly #workerPath: string;
  readonly #events: SlotEvents;
  #worker: WorkerProcess;
  /** Its model could not be opened: it is on its way out. */
  #isDoomed = false;

  constructor(workerPath: string, settings: WorkerSettings, events: SlotEvents) {
    this.#workerPath = workerPath;
    this.#events = events;
    this.#worker = this.#start(settings);
    this.ready = this.#open(this.#worker, settings);
    this.ready.catch(() => undefined); // its jobs await it
    this.#worker.hold(false);
  }

  get worker(): WorkerProcess {
    return this.#worker;
  }

  get isUsable(): boolean {
    return this.#worker.alive && !this.#isDoomed;
  }

  /** Keeps the host alive while there is work for it. */
  holdIfBusy(): void {
    if (this.#worker.alive) this.#worker.hold(this.isTaken || this.live > 0);
  }

  #start(settings: WorkerSettings): WorkerProcess {
    return new WorkerProcess(this.#workerPath, { settings, cancelMilliseconds: CANCEL_MILLISECONDS });
  }

  async #open(worker: WorkerProcess, settings: WorkerSettings): Promise<ModelSummary> {
    void worker.gone.then((gone) => {
      if (this.#worker === worker) this.#events.onGone(gone);
    });
    try {
      this.model = await worker.ready;
      return this.model;
    } catch (error) {
      const fallback = fallbackSettings(settings, error);
      if (fallback === undefined || !this.#events.onFallback(fallback)) {
        // It started but cannot serve (no runtime, bad model): end it, so that the next job tries again. Until it
        // has ended it must be given no job, which would fail with what was wrong back then.
        this.#isDoomed = true;
        worker.kill();
        throw error;
      }
      this.#worker = this.#start(fallback);
      try {
        return await this.#open(this.#worker, fallback);
      } finally {
        this.holdIfBusy();
      }
    }
  }
}
