import { setTimeout as delay } from 'node:timers/promises';

/**
 * A source of sound: delivers PCM until it ends by itself or `signal` is aborted, then resolves with the reason as
 * text. Leaves nothing running.
 */
export type Source = (signal: AbortSignal, onAudio: (pcm: Buffer) => void) => Promise<string>;

/** The state of a recorder. `reason` is the text that its source resolved with. */
export type RecorderState =
  | { readonly event: 'starting' }
  | { readonly event: 'listening' }
  | {
      readonly event: 'retrying';
      readonly reason: string;
      readonly waitSeconds: number;
      /** Attempts in a row that have failed. */
      readonly failures: number;
    }
  | { readonly event: 'stopped'; readonly reason?: string };

export interface RecorderOptions {
  readonly source: Source;
  /** Started again when it ends; otherwise its end is the end of the recorder. */
  readonly isEndless: boolean;
  /** A source that delivers nothing for so long hangs, and is started again. */
  readonly hangSeconds: number;
  /** Wait after the first failure; it doubles with each that follows. */
  readonly retrySeconds: number;
  readonly longestRetrySeconds: number;
  readonly onAudio: (pcm: Buffer) => void;
  /** The source has ended after it had delivered audio. */
  readonly onEnd: (why: 'failed' | 'stopped' | 'ended') => void;
  readonly onState: (state: RecorderState) => void;
}

/** Audio is passed on in pieces of this size: a tenth of a second of 16-bit PCM at 16 kHz. */
const PIECE_BYTES = 3200;
/** A source that has delivered for this long has recovered: the next failure counts as the first. */
const STABLE_SECONDS = 30;

/** Keeps one source going until it is stopped: starts it again when it ends, hangs or fails to start. */
export class Recorder {
  readonly #options: RecorderOptions;
  #running: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;

  constructor(options: RecorderOptions) {
    this.#options = options;
  }

  get isRunning(): boolean {
    return this.#running !== undefined;
  }

  /** Does nothing when it runs already: there is never a second one. */
  start(): void {
    if (this.#running !== undefined) return;
    const stop = new AbortController();
    this.#running = { stop, done: this.#run(stop.signal) };
  }

  /** Resolves when nothing runs any more. */
  async stop(): Promise<void> {
    const running = this.#running;
    if (running === undefined) return;
    this.#running = undefined;
    running.stop.abort();
    await running.done;
    this.#options.onState({ event: 'stopped' });
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { isEndless, retrySeconds, longestRetrySeconds, onEnd, onState } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      onState({ event: 'starting' });
      const { reason, audioSeconds } = await this.#attempt(signal);
      if (audioSeconds !== undefined) onEnd(signal.aborted ? 'stopped' : isEndless ? 'failed' : 'ended');
      if (signal.aborted) return;
      if (!isEndless) {
        this.#running = undefined;
        return onState({ event: 'stopped', reason });
      }
      failures = (audioSeconds ?? 0) >= STABLE_SECONDS ? 1 : failures + 1;
      const waitSeconds = Math.min(longestRetrySeconds, retrySeconds * 2 ** (failures - 1));
      onState({ event: 'retrying', reason, waitSeconds, failures });
      await delay(1000 * waitSeconds, undefined, { signal, ref: false }).catch(() => undefined); // stopped meanwhile
    }
  }

  /** One life of the source. `audioSeconds` is how long it delivered; undefined when it never did. */
  async #attempt(signal: AbortSignal): Promise<{ reason: string; audioSeconds: number | undefined }> {
    const { source, hangSeconds, onAudio, onState } = this.#options;
    const hung = new AbortController();
    let watchdog: NodeJS.Timeout | undefined;
    const expectAudio = (): void => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => hung.abort(), 1000 * hangSeconds);
      watchdog.unref();
    };
    let firstAt: number | undefined;
    let held: Buffer[] = [];
    let heldBytes = 0;
    const deliver = (pcm: Buffer): void => {
      if (signal.aborted || hung.signal.aborted || pcm.length === 0) return;
      expectAudio();
      if (firstAt === undefined) {
        firstAt = performance.now();
        onState({ event: 'listening' });
      }
      held.push(pcm);
      heldBytes += pcm.length;
      if (heldBytes < PIECE_BYTES) return;
      onAudio(Buffer.concat(held));
      held = [];
      heldBytes = 0;
    };
    expectAudio();
    let reason: string;
    try {
      reason = await source(AbortSignal.any([signal, hung.signal]), deliver);
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    } finally {
      clearTimeout(watchdog);
    }
    if (heldBytes > 0 && !signal.aborted) onAudio(Buffer.concat(held));
    return {
      reason: hung.signal.aborted ? `no sound for ${hangSeconds} s` : reason,
      audioSeconds: firstAt === undefined ? undefined : (performance.now() - firstAt) / 1000,
    };
  }
}
