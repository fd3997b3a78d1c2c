import { AudioGate, type Classifier, EcapaError, type Head, type PcmSamples } from '@ecapa/core';
import { pcmOfBytes } from './message-audio.js';
import { PcmQueue } from './pcm-queue.js';

export interface LiveStreamOptions {
  readonly sampleRateHz: number;
  readonly channels: number;
  /** Position of the first sample, where a stream went on after a gap. */
  readonly startSeconds: number;
  /** A new label must hold for so long before it counts as a change. */
  readonly settleSeconds: number;
  /** Seconds from one regular state to the next; 0 for none. */
  readonly everySeconds: number;
  /** Seconds of audio that may wait for the engine. */
  readonly bufferSeconds: number;
  readonly gate: {
    readonly labels: readonly string[];
    readonly threshold: number;
    readonly preRollSeconds: number;
    readonly holdSeconds: number;
  };
}

/** What a live stream tells. */
export type LiveEvent<Piece> =
  | {
      readonly type: 'change' | 'state';
      readonly label: string;
      readonly probability: number;
      readonly atSeconds: number;
      readonly previous?: string;
    }
  | { readonly type: 'segment'; readonly segment: object }
  | { readonly type: 'audio'; readonly pieces: readonly Piece[] };

const WINDOW_SECONDS = 2;

/** One stream of PCM: a live timeline, its changes of label, and the gate on its audio. */
export class LiveStream<Piece> {
  readonly options: LiveStreamOptions;
  /** Settles when all audio is judged; rejects with why the stream broke. */
  readonly ended: Promise<void>;
  readonly #queue = new PcmQueue();
  readonly #gate: AudioGate<Piece>;
  readonly #tell: (event: LiveEvent<Piece>) => void;
  #seconds: number;
  #hasEnded = false;
  #remainder = new Uint8Array(0);
  #label: string | undefined;
  #candidate: { readonly label: string; readonly sinceSeconds: number } | undefined;
  #toldAtSeconds = Number.NEGATIVE_INFINITY;

  constructor(
    classifier: Classifier,
    head: Head,
    options: LiveStreamOptions,
    name: string,
    signal: AbortSignal,
    tell: (event: LiveEvent<Piece>) => void,
  ) {
    this.options = options;
    this.#tell = tell;
    this.#seconds = options.startSeconds;
    const { preRollSeconds, holdSeconds } = options.gate;
    this.#gate = new AudioGate({ windowSeconds: WINDOW_SECONDS, preRollSeconds, holdSeconds });
    this.ended = this.#run(classifier, head, name, signal);
    this.ended.catch(() => undefined); // told through the messages that wait
  }

  /** True once no chunk is taken any more. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /** Where the next sample lies, from the start of the stream. */
  get seconds(): number {
    return this.#seconds;
  }

  get waitingSeconds(): number {
    return this.#queue.values / this.options.channels / this.options.sampleRateHz;
  }

  /**
   * The next chunk, of any size; a sample cut in two is put together with the next chunk. Resolves when
   * the engine has taken it. Throws `QUEUE_FULL` when too much audio waits already.
   */
  async push(chunk: PcmSamples | Uint8Array, format: 'pcm-s16' | 'pcm-f32', piece: Piece): Promise<void> {
    if (this.waitingSeconds > this.options.bufferSeconds) {
      throw new EcapaError(
        'QUEUE_FULL',
        `${Math.round(this.waitingSeconds)} s of audio wait already, so this chunk was dropped. Send at the pace of the sound, or raise the buffer.`,
      );
    }
    const samples = chunk instanceof Uint8Array ? this.#whole(chunk, format) : chunk;
    const startSeconds = this.#seconds;
    this.#seconds += samples.length / this.options.channels / this.options.sampleRateHz;
    this.#pass(this.#gate.push(piece, { startSeconds, endSeconds: this.#seconds }));
    if (samples.length > 0) await this.#queue.push(samples);
  }

  /** No more audio: the rest is judged and told. */
  end(): Promise<void> {
    this.#hasEnded = true;
    this.#queue.end();
    return this.ended;
  }

  #whole(chunk: Uint8Array, format: 'pcm-s16' | 'pcm-f32'): PcmSamples {
    const width = (format === 'pcm-s16' ? 2 : 4) * this.options.channels;
    const bytes = this.#remainder.length === 0 ? chunk : Buffer.concat([this.#remainder, chunk]);
    const whole = bytes.length - (bytes.length % width);
    this.#remainder = Uint8Array.from(bytes.subarray(whole));
    return pcmOfBytes(bytes.subarray(0, whole), format);
  }

  async #run(classifier: Classifier, head: Head, name: string, signal: AbortSignal): Promise<void> {
    const { sampleRateHz: sampleRate, channels, startSeconds } = this.options;
    try {
      const events = classifier.timeline(
        { blocks: this.#queue, sampleRate, channels },
        { head, name, signal, startSeconds, windowSeconds: WINDOW_SECONDS },
      );
      for await (const event of events) {
        if (event.type === 'segment') this.#tell({ type: 'segment', segment: event.segment });
        else if (event.type === 'progress' && event.open !== undefined) {
          const { label, probability } = event.open;
          this.#judge(event.progress.doneSeconds + startSeconds, label, probability);
        }
      }
    } finally {
      this.#hasEnded = true;
      this.#queue.drop();
      this.#pass(this.#gate.flush());
    }
  }

  #judge(atSeconds: number, label: string, probability: number): void {
    const { gate, settleSeconds, everySeconds } = this.options;
    this.#pass(this.#gate.decide(atSeconds, gate.labels.includes(label) && probability >= gate.threshold));
    if (label === this.#label) this.#candidate = undefined;
    else if (this.#candidate?.label !== label) this.#candidate = { label, sinceSeconds: atSeconds };
    if (this.#candidate !== undefined && atSeconds - this.#candidate.sinceSeconds >= settleSeconds) {
      const previous = this.#label;
      this.#label = label;
      this.#candidate = undefined;
      this.#toldAtSeconds = atSeconds;
      this.#tell({
        type: 'change',
        label,
        probability,
        atSeconds,
        ...(previous !== undefined && { previous }),
      });
    } else if (
      everySeconds > 0 &&
      this.#label !== undefined &&
      atSeconds - this.#toldAtSeconds >= everySeconds
    ) {
      this.#toldAtSeconds = atSeconds;
      this.#tell({ type: 'state', label: this.#label, probability, atSeconds });
    }
  }

  #pass(pieces: readonly Piece[]): void {
    if (pieces.length > 0) this.#tell({ type: 'audio', pieces });
  }
}
