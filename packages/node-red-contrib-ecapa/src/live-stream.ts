import {
  type Classifier,
  EcapaError,
  type Head,
  type HearingRule,
  isHeard,
  type PcmSamples,
  plainlyNotPcm,
  SNIFF_BYTES,
} from '@ecapa/core';
import type { PresenceTrack, TimelineSegment } from '@ecapa/core/timeline';
import { AudioGate, type OpenSpan } from '@ecapa/core/timeline';
import { type LabelReport, LabelTracker } from './label-tracker.js';
import { pcmOfBytes } from './message-audio.js';
import { PcmQueue } from './pcm-queue.js';
import { RecentAudio } from './recent-audio.js';
import { type EndReason, type SoundEvent, type SoundEventOptions, SoundEvents } from './sound-events.js';

export type PcmFormat = 'pcm-s16' | 'pcm-f32';

export interface LiveStreamOptions {
  readonly sampleRateHz: number;
  readonly channels: number;
  readonly format: PcmFormat;
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
    /** Whether audio passes while a class can be heard, or while it dominates. */
    readonly rule: HearingRule;
    readonly threshold: number;
    readonly preRollSeconds: number;
    readonly holdSeconds: number;
  };
  readonly events: Omit<SoundEventOptions, 'settleSeconds' | 'windowSeconds'>;
  /** Sound before and after an event that its audio has, too; undefined for events without audio. */
  readonly clip: { readonly leadSeconds: number; readonly tailSeconds: number } | undefined;
}

/** What a live stream reports. */
export type LiveReport<Piece> =
  | (LabelReport & Pick<OpenSpan, 'presence' | 'present'>)
  | { readonly type: 'segment'; readonly segment: TimelineSegment }
  | { readonly type: 'track'; readonly track: PresenceTrack }
  | { readonly type: 'audio'; readonly pieces: readonly Piece[] }
  | (SoundEvent & { readonly audio?: Buffer })
  | {
      readonly type: 'end';
      readonly reason: EndReason;
      readonly atSeconds: number;
      readonly previous?: string;
    };

const WINDOW_SECONDS = 2;
/** Sound that may yet turn out to be the beginning of an event: a window, and what the engine lags behind. */
const UNDECIDED_SECONDS = 10;

/** One stream of PCM: a live timeline, its changes of label, its events, and the gate on its audio. */
export class LiveStream<Piece> {
  readonly options: LiveStreamOptions;
  /** Settles when all audio is judged; rejects with why the stream broke. */
  readonly ended: Promise<void>;
  readonly #queue = new PcmQueue();
  readonly #gate: AudioGate<Piece>;
  readonly #labels: LabelTracker;
  readonly #events: SoundEvents;
  readonly #recent: RecentAudio | undefined;
  readonly #report: (report: LiveReport<Piece>) => void;
  #seconds: number;
  #endReason: EndReason | undefined;
  #hasEnded = false;
  #isFinished = false;
  #remainder = new Uint8Array(0);

  constructor(
    classifier: Classifier,
    head: Head,
    options: LiveStreamOptions,
    name: string,
    signal: AbortSignal,
    report: (report: LiveReport<Piece>) => void,
  ) {
    const { sampleRateHz, channels, startSeconds, settleSeconds, everySeconds, gate, events, clip } = options;
    const { preRollSeconds, holdSeconds } = gate;
    this.options = options;
    this.#report = report;
    this.#seconds = startSeconds;
    this.#gate = new AudioGate({ windowSeconds: WINDOW_SECONDS, preRollSeconds, holdSeconds });
    this.#labels = new LabelTracker(settleSeconds, everySeconds);
    const eventOptions = { ...events, settleSeconds, windowSeconds: WINDOW_SECONDS };
    this.#events = new SoundEvents(eventOptions, startSeconds, head.presence && head.labels);
    this.#recent = clip === undefined ? undefined : new RecentAudio(sampleRateHz, channels);
    this.ended = this.#run(classifier, head, name, signal);
    this.ended.catch(() => undefined); // reported by the caller that opened it
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
   * the engine has taken it. Throws `QUEUE_FULL` when too much audio waits already, and `NOT_AUDIO` when the stream
   * begins as a file of some kind.
   */
  async push(chunk: PcmSamples | Uint8Array, piece: Piece): Promise<void> {
    if (this.waitingSeconds > this.options.bufferSeconds) {
      throw new EcapaError(
        'QUEUE_FULL',
        `${Math.round(this.waitingSeconds)} s of audio wait already, so this chunk was dropped. Send at the pace of the sound, or raise the buffer.`,
      );
    }
    if (this.#seconds === this.options.startSeconds) refuseFile(chunk);
    const samples = chunk instanceof Uint8Array ? this.#whole(chunk) : chunk;
    const startSeconds = this.#seconds;
    this.#seconds += samples.length / this.options.channels / this.options.sampleRateHz;
    this.#recent?.push(samples, startSeconds);
    this.#pass(this.#gate.push(piece, { startSeconds, endSeconds: this.#seconds }));
    if (samples.length > 0) await this.#queue.push(samples);
  }

  /** No more audio: the rest is judged and reported. */
  end(reason: EndReason): Promise<void> {
    this.#endReason ??= reason;
    this.#hasEnded = true;
    this.#queue.end();
    return this.ended;
  }

  /** Reports the end of open events immediately, because there is no time to judge the rest. */
  stop(reason: EndReason): void {
    this.#endReason ??= reason;
    this.#finish();
  }

  #whole(chunk: Uint8Array): PcmSamples {
    const { format, channels } = this.options;
    const width = (format === 'pcm-s16' ? 2 : 4) * channels;
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
        if (event.type === 'segment') this.#report({ type: 'segment', segment: event.segment });
        else if (event.type === 'track') this.#report({ type: 'track', track: event.track });
        else if (event.type === 'progress' && event.open !== undefined) {
          this.#judge(event.progress.doneSeconds + startSeconds, event.open);
        }
      }
    } catch (error) {
      this.#endReason = 'failed';
      throw error;
    } finally {
      this.#hasEnded = true;
      this.#queue.drop();
      this.#pass(this.#gate.flush());
      this.#finish();
    }
  }

  #judge(atSeconds: number, open: OpenSpan): void {
    const { gate, clip } = this.options;
    const { label, probability } = open;
    this.#pass(this.#gate.decide(atSeconds, isHeard(open, gate.labels, gate.rule, gate.threshold)));
    const report = this.#labels.observe(atSeconds, label, probability);
    if (report !== undefined) {
      const { presence, present } = open;
      this.#report({ ...report, ...(presence && present && { presence, present }) });
    }
    this.#reportEvents(this.#events.observe(atSeconds, open));
    const needed = Math.min(this.#events.neededFromSeconds, atSeconds - UNDECIDED_SECONDS);
    this.#recent?.forgetBefore(needed - (clip?.leadSeconds ?? 0));
  }

  #reportEvents(events: readonly SoundEvent[]): void {
    const { clip } = this.options;
    for (const event of events) {
      if (event.type === 'started' || clip === undefined) this.#report(event);
      else {
        const { startSeconds, endSeconds } = event;
        const audio = this.#recent?.wav(startSeconds - clip.leadSeconds, endSeconds + clip.tailSeconds);
        this.#report({ ...event, ...(audio && { audio }) });
      }
    }
  }

  #finish(): void {
    if (this.#isFinished) return;
    this.#isFinished = true;
    const reason = this.#endReason ?? 'ended';
    const { label } = this.#labels;
    this.#reportEvents(this.#events.end(this.#seconds, reason));
    this.#report({ type: 'end', reason, atSeconds: this.#seconds, ...(label && { previous: label }) });
  }

  #pass(pieces: readonly Piece[]): void {
    if (pieces.length > 0) this.#report({ type: 'audio', pieces });
  }
}

/** Throws `NOT_AUDIO` for bytes that are a file, in whatever container, and no PCM. */
function refuseFile(chunk: PcmSamples | Uint8Array): void {
  const found = chunk instanceof Uint8Array ? plainlyNotPcm(chunk.subarray(0, SNIFF_BYTES)) : undefined;
  if (found === undefined) return;
  throw new EcapaError(
    'NOT_AUDIO',
    `The stream begins as ${found.name}, and raw PCM is expected. Send whole files to ecapa classify; ecapa listen decodes live streams.`,
  );
}
