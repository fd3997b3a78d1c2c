/** How long a job of known length still takes, from how fast it has been. Pure: the clock is given. */
export class TimeLeft {
  readonly #startedMs: number;

  constructor(nowMs: number) {
    this.#startedMs = nowMs;
  }

  /** Seconds; undefined while too little is done to tell. */
  estimate(doneSeconds: number, totalSeconds: number | undefined, nowMs: number): number | undefined {
    const elapsedSeconds = (nowMs - this.#startedMs) / 1000;
    if (totalSeconds === undefined || elapsedSeconds < 1 || doneSeconds <= 0) return undefined;
    return Math.max(0, ((totalSeconds - doneSeconds) / doneSeconds) * elapsedSeconds);
  }
}
