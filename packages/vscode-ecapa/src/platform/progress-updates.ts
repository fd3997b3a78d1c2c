import { notificationText } from './shown-text.js';

/** A shorter time between two updates cannot be read. */
const UPDATE_MILLISECONDS = 250;

export interface ProgressUpdate {
  readonly message?: string;
  /** 0 to 1; it never goes back. */
  readonly share?: number;
}

/** Passes on the latest of updates that come faster than they can be read. */
export class ProgressUpdates {
  readonly #report: (update: { message?: string; increment?: number }) => void;
  readonly #now: () => number;
  #latest: ProgressUpdate | undefined;
  #shownAt = Number.NEGATIVE_INFINITY;
  #shownShare = 0;
  #waiting: NodeJS.Timeout | undefined;

  constructor(
    report: (update: { message?: string; increment?: number }) => void,
    now = () => performance.now(),
  ) {
    this.#report = report;
    this.#now = now;
  }

  add(update: ProgressUpdate): void {
    this.#latest = { ...this.#latest, ...update };
    const wait = this.#shownAt + UPDATE_MILLISECONDS - this.#now();
    if (wait <= 0) this.#show();
    else this.#waiting ??= setTimeout(() => this.#show(), wait);
  }

  /** What is still waiting is shown no more. */
  end(): void {
    clearTimeout(this.#waiting);
  }

  #show(): void {
    clearTimeout(this.#waiting);
    this.#waiting = undefined;
    const { message, share = this.#shownShare } = this.#latest ?? {};
    this.#latest = undefined;
    this.#shownAt = this.#now();
    const increment = 100 * Math.max(0, Math.min(1, share) - this.#shownShare);
    this.#shownShare = Math.max(this.#shownShare, Math.min(1, share));
    this.#report({ increment, ...(message !== undefined && { message: notificationText(message) }) });
  }
}
