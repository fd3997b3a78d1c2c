/** Older progress is no guide to what is to come. */
const MEMORY_SECONDS = 20;
/** Before that, any guess would jump about. */
const FIRST_GUESS_SECONDS = 2;

/** Guesses how long a run will still take, from how fast it went lately. Times are in seconds of any clock. */
export class TimeLeft {
  readonly #marks: { readonly atSeconds: number; readonly done: number }[];
  readonly #startSeconds: number;

  constructor(startSeconds: number) {
    this.#startSeconds = startSeconds;
    this.#marks = [{ atSeconds: startSeconds, done: 0 }];
  }

  /** `done` of `total`, both in files or in seconds of audio; undefined while it is too early to estimate. */
  after(done: number, total: number, nowSeconds: number): number | undefined {
    this.#marks.push({ atSeconds: nowSeconds, done });
    // One mark from before the memory stays, so that the memory is full.
    while ((this.#marks[1]?.atSeconds ?? nowSeconds) < nowSeconds - MEMORY_SECONDS) this.#marks.shift();
    const first = this.#marks[0];
    if (first === undefined || nowSeconds - this.#startSeconds < FIRST_GUESS_SECONDS) return undefined;
    const perSecond = (done - first.done) / (nowSeconds - first.atSeconds);
    return perSecond > 0 ? Math.max(0, (total - done) / perSecond) : undefined;
  }

  /** Of a run through files: those that were up to date took no time, and are no guide to those that will. */
  afterFiles(
    { done, fresh, total }: { readonly done: number; readonly fresh: number; readonly total: number },
    nowSeconds: number,
  ): number | undefined {
    return this.after(done - fresh, total - fresh, nowSeconds);
  }
}

/** To steps that do not flicker: 5 s under a minute, then minutes. */
export function roundedTimeLeft(seconds: number): {
  readonly unit: 's' | 'min' | 'h';
  readonly count: number;
} {
  if (seconds < 57.5) return { unit: 's', count: Math.max(5, 5 * Math.round(seconds / 5)) };
  if (seconds < 5370) return { unit: 'min', count: Math.max(1, Math.round(seconds / 60)) };
  return { unit: 'h', count: Math.round(seconds / 1800) / 2 };
}
