import type { InputPlan } from './input.js';
import { type CancellableJob, cancelledError, queueFullError } from './pool-errors.js';

/** What happens to a job that finds the queue full. */
export type QueuePolicy = 'wait' | 'reject' | 'drop-oldest' | 'drop-newest';

export const QUEUE_POLICIES: readonly QueuePolicy[] = ['wait', 'reject', 'drop-oldest', 'drop-newest'];

export interface QueueLimits {
  /** Jobs that may wait for a worker. With `wait` there is no limit: each waiting job holds only its input. */
  readonly queueLimit: number;
  /** Bytes that waiting jobs may hold. */
  readonly queueBytes: number;
  readonly queuePolicy: QueuePolicy;
}

export interface QueuedJob extends CancellableJob {
  /** Made ready when a worker takes the job, so that jobs that wait, or are refused, have written nothing. */
  readonly input: InputPlan;
}

/** A job that waits for a worker. */
interface Waiting<Place> {
  readonly job: QueuedJob;
  readonly resolve: (place: Place) => void;
  readonly reject: (error: unknown) => void;
}

/** Jobs in the order in which they get a place at a worker. A cancelled one leaves at once. */
export class JobQueue<Place> {
  readonly #limits: QueueLimits;
  readonly #waiting: Waiting<Place>[] = [];

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  get length(): number {
    return this.#waiting.length;
  }

  /** Waits behind all others, or with `isFirst` before them. Throws `CANCELLED`, `QUEUE_FULL`, or what `clear` is given. */
  wait(job: QueuedJob, isFirst: boolean): Promise<Place> {
    return new Promise((resolve, reject) => {
      const abort = (): void => {
        const index = this.#waiting.indexOf(waiting);
        if (index >= 0) this.#waiting.splice(index, 1);
        waiting.reject(cancelledError(job));
      };
      const settled = (): void => job.signal?.removeEventListener('abort', abort);
      const waiting: Waiting<Place> = {
        job,
        resolve: (place) => {
          settled();
          resolve(place);
        },
        reject: (error) => {
          settled();
          reject(error);
        },
      };
      job.signal?.addEventListener('abort', abort, { once: true });
      if (isFirst) this.#waiting.unshift(waiting);
      else this.#waiting.push(waiting);
    });
  }

  /** Gives the first job the place that `placeFor` finds for it. */
  serve(placeFor: (job: QueuedJob) => Place): void {
    const first = this.#waiting.shift();
    if (first !== undefined) first.resolve(placeFor(first.job));
  }

  /** Applies the policy to what is still waiting after every free worker has been given a job. */
  trim(): void {
    const { queueLimit, queueBytes, queuePolicy } = this.#limits;
    if (queuePolicy === 'wait') return;
    let bytes = this.#waiting.reduce((sum, { job }) => sum + job.input.sizeBytes, 0);
    while (this.#waiting.length > queueLimit || (bytes > queueBytes && this.#waiting.length > 0)) {
      const dropped = queuePolicy === 'drop-oldest' ? this.#waiting.shift() : this.#waiting.pop();
      if (dropped === undefined) return;
      bytes -= dropped.job.input.sizeBytes;
      const waiting =
        this.#waiting.length >= queueLimit ? `${queueLimit} jobs` : `${Math.round(bytes / 1e6)} MB of audio`;
      dropped.reject(queueFullError(dropped.job, waiting));
    }
  }

  /** Ends the wait of all. */
  clear(error: unknown): void {
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }
}
