import { EcapaError } from '../errors.js';
import { predict } from '../heads/predict.js';
import { withoutExcluded } from '../heads/presence.js';
import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import type { Embedding, Head } from '../types.js';
import { throwIfCancelled } from './block-reader.js';
import { TimelineBuilder } from './builder.js';
import { FrameHistory } from './frame-history.js';
import { type FrameChunk, FrameStream, MEL_BANDS } from './frame-stream.js';
import type { OpenSpan } from './open-span.js';
import type { TimelinePlan } from './options.js';
import { PresenceAccumulator, type PresenceTotals, type PresenceTrack } from './presence-tracks.js';
import type { TimelineSegment } from './segments.js';
import { SketchBuilder, type TimelineSketch } from './sketch.js';
import { WindowLog, type WindowProbabilities } from './window-probabilities.js';
import { closingWindowStart, FRAME_SAMPLES, framesToSeconds, windowCount, windowStart } from './windows.js';

/** What a timeline needs of an embedder; `Embedder` of `model/embedder.ts` has it. */
export interface TimelineEmbedder {
  readonly model: { readonly id: string; readonly minimumSamples: number };
  embed(samples: Float32Array): Promise<Embedding>;
  /** Log-mel frames, (1 + floor(samples / 160)) x 80, row-major, dB, before floor and normalisation. */
  logMel(samples: Float32Array): Promise<{ readonly values: Float32Array }>;
  /** Embeddings of stretches of such frames, all equally long, one after the other in `values`. */
  embedFrames(values: Float32Array, windowCount: number): Promise<readonly Embedding[]>;
}

/** Windows per inference. More cost memory (16: 85 MB more) and gain no time (bench/engine.ts). */
const BATCH_WINDOWS = 4;

export interface AnalysisOptions {
  readonly signal?: AbortSignal | undefined;
  readonly startSeconds?: number | undefined;
  readonly live?: boolean | undefined;
  readonly isDry?: (() => boolean) | undefined;
  readonly sketch?: boolean | undefined;
  readonly windows?: boolean | undefined;
}

/** Samples in, segments out: the front end once per frame, windows in batches. */
export class Analysis {
  readonly #embedder: TimelineEmbedder;
  readonly #head: Head;
  readonly #plan: TimelinePlan;
  readonly #builder: TimelineBuilder;
  readonly #sketch: SketchBuilder | undefined;
  readonly #windowLog: WindowLog | undefined;
  readonly #presence: PresenceAccumulator | undefined;
  readonly #signal: AbortSignal | undefined;
  readonly #isDry: () => boolean;
  readonly #startSeconds: number;
  #stream: FrameStream;
  #logMel = new FrameHistory(MEL_BANDS);
  /** The run's samples for as long as it may turn out to be no longer than a window. */
  #clip: Float32Array[] = [];
  #nextWindow = 0;
  /** Seconds of finished runs and gaps. */
  #pastSeconds = 0;
  #heardSamples = 0;

  constructor(embedder: TimelineEmbedder, head: Head, plan: TimelinePlan, options: AnalysisOptions) {
    this.#embedder = embedder;
    this.#head = head;
    this.#plan = plan;
    this.#signal = options.signal;
    this.#startSeconds = options.startSeconds ?? 0;
    this.#builder = new TimelineBuilder(head.labels, plan, {
      hasUnknown: head.rejection !== undefined,
      bandCount: BAND_COUNT,
      offsetSeconds: this.#startSeconds,
      presence: head.presence,
    });
    if (head.presence !== undefined) this.#presence = new PresenceAccumulator(head.labels);
    if (options.sketch) {
      this.#sketch = new SketchBuilder(head.labels, this.#startSeconds, framesToSeconds(plan.hopFrames));
    }
    if (options.windows) this.#windowLog = new WindowLog(head.labels.length, head.presence !== undefined);
    const { live = false } = options;
    this.#isDry = options.isDry ?? (() => live);
    this.#stream = this.#newStream();
  }

  /** Time up to which audio (or a notice of its absence) has come. */
  get seconds(): number {
    return this.#startSeconds + this.#pastSeconds + this.#stream.sampleCount / SAMPLE_RATE_HZ;
  }

  /** Seconds looked at so far. */
  get heardSeconds(): number {
    return this.seconds - this.#startSeconds;
  }

  /** The stretch that is still growing, by its latest window alone. */
  get open(): OpenSpan | undefined {
    return this.#builder.openStretch;
  }

  /** The segment that has begun but not ended, as far as its label is final. */
  get growing(): TimelineSegment | undefined {
    return this.#builder.growing;
  }

  /** The tracks that have begun but not ended, as far as they are final. */
  get growingTracks(): PresenceTrack[] {
    return this.#builder.growingTracks;
  }

  /** Segments and tracks that are to come, or are growing, change nothing before this time. */
  get finalSeconds(): number {
    return this.#builder.finalSeconds;
  }

  sketch(): TimelineSketch | undefined {
    return this.#sketch?.finish();
  }

  /** The tracks that have become final since the last call. */
  takeTracks(): PresenceTrack[] {
    const tracks = this.#builder.takeTracks();
    for (const track of tracks) this.#presence?.addTrack(track);
    return tracks;
  }

  /** Presence over all so far; undefined when the head has no such readout. */
  presenceTotals(): PresenceTotals | undefined {
    return this.#presence?.totals();
  }

  /** Probabilities of the windows since the last call, when asked for. */
  takeWindows(): WindowProbabilities | undefined {
    return this.#windowLog?.take();
  }

  async push(samples: Float32Array): Promise<TimelineSegment[]> {
    this.#sketch?.addSamples(this.seconds, samples);
    this.#stream.push(samples);
    this.#heardSamples += samples.length;
    if (this.#isClip()) this.#clip.push(samples.slice());
    else this.#clip = [];
    const segments: TimelineSegment[] = [];
    // What nothing follows for now is looked at as soon as it makes a window.
    const batchFrames = this.#plan.hopFrames * (this.#isDry() ? 1 : BATCH_WINDOWS);
    if (this.#stream.readyFrames >= batchFrames) {
      this.#addFrames(await this.#stream.read());
      if (!this.#isClip()) await this.#judgeWindows(segments);
    }
    return segments;
  }

  /** Ends the run; the next one begins `gapSeconds` later. */
  async gap(gapSeconds: number): Promise<TimelineSegment[]> {
    const { segments, samples } = await this.#endRun();
    segments.push(...this.#builder.pushGap(samples, gapSeconds));
    this.#pastSeconds += (samples + Math.round(gapSeconds * SAMPLE_RATE_HZ)) / SAMPLE_RATE_HZ;
    return segments;
  }

  /** Ends the recording. `isBroken` when its source failed: then too little audio is not an error of its own. */
  async finish(isBroken: boolean): Promise<TimelineSegment[]> {
    if (!isBroken && this.#heardSamples < this.#embedder.model.minimumSamples)
      throw tooShort(this.#heardSamples);
    const { segments, samples } = await this.#endRun();
    segments.push(...this.#builder.finish(samples));
    return segments;
  }

  async #endRun(): Promise<{ segments: TimelineSegment[]; samples: number }> {
    const samples = this.#stream.sampleCount;
    const segments: TimelineSegment[] = [];
    this.#addFrames(await this.#stream.finish());
    this.#builder.endFrames();
    if (this.#isClip()) await this.#judgeClip(samples, segments);
    else {
      await this.#judgeWindows(segments);
      const closing = closingWindowStart(this.#plan, Math.ceil(samples / FRAME_SAMPLES));
      if (closing !== undefined) await this.#judge([closing], segments);
    }
    this.#stream = this.#newStream();
    this.#logMel = new FrameHistory(MEL_BANDS);
    this.#clip = [];
    this.#nextWindow = 0;
    return { segments, samples };
  }

  /** True while the run is no longer than one window. */
  #isClip(): boolean {
    return this.#stream.sampleCount <= this.#plan.windowFrames * FRAME_SAMPLES;
  }

  async #judgeClip(sampleCount: number, segments: TimelineSegment[]): Promise<void> {
    const endFrame = Math.ceil(sampleCount / FRAME_SAMPLES);
    const isSilent = this.#builder.activeShare(0, endFrame) === 0;
    if (sampleCount < this.#embedder.model.minimumSamples || isSilent) return;
    const samples = new Float32Array(sampleCount);
    let at = 0;
    for (const part of this.#clip) {
      samples.set(part, at);
      at += part.length;
    }
    this.#addWindow(0, endFrame, await this.#embedder.embed(samples), segments);
  }

  /** Judges the windows that have fallen due, a batch at a time. */
  async #judgeWindows(segments: TimelineSegment[]): Promise<void> {
    const due = windowCount(this.#plan, this.#builder.decidedFrames);
    while (this.#nextWindow < due) {
      throwIfCancelled(this.#signal);
      const count = Math.min(BATCH_WINDOWS, due - this.#nextWindow);
      const starts = Array.from({ length: count }, (_, i) => windowStart(this.#plan, this.#nextWindow + i));
      this.#nextWindow += count;
      await this.#judge(starts, segments);
    }
    this.#logMel.forgetBefore(
      Math.min(windowStart(this.#plan, this.#nextWindow), this.#logMel.end - this.#plan.windowFrames),
    );
  }

  /** Windows that are silent throughout are not worth an inference. */
  async #judge(starts: readonly number[], segments: TimelineSegment[]): Promise<void> {
    const { windowFrames } = this.#plan;
    const heard = starts.filter((start) => this.#builder.activeShare(start, start + windowFrames) > 0);
    const values = new Float32Array(heard.length * windowFrames * MEL_BANDS);
    for (const [i, start] of heard.entries()) {
      values.set(this.#logMel.slice(start, start + windowFrames), i * windowFrames * MEL_BANDS);
    }
    const embeddings = heard.length === 0 ? [] : await this.#embedder.embedFrames(values, heard.length);
    const byStart = new Map(heard.map((start, i) => [start, embeddings[i]]));
    for (const start of starts) this.#addWindow(start, start + windowFrames, byStart.get(start), segments);
  }

  /** Gives the builder the head's verdict on a window, or that it is silent. */
  #addWindow(
    startFrame: number,
    endFrame: number,
    embedding: Embedding | undefined,
    segments: TimelineSegment[],
  ): void {
    const { labels } = this.#head;
    const prediction = embedding === undefined ? undefined : predict(this.#head, embedding);
    const probabilities = prediction?.probabilities ?? labels.map(() => 1 / labels.length);
    const isRejected = prediction !== undefined && !labels.includes(prediction.label);
    const presence = prediction?.presence && withoutExcluded(this.#head, prediction.presence);
    if (prediction !== undefined) {
      if (presence !== undefined) this.#presence?.addWindow(presence);
      const inRun = framesToSeconds((startFrame + endFrame) / 2);
      const centreSeconds = this.#startSeconds + this.#pastSeconds + inRun;
      this.#sketch?.addProbabilities(centreSeconds, probabilities);
      this.#windowLog?.add(centreSeconds, probabilities, presence);
    }
    const silent = this.#head.presence && new Float64Array(labels.length);
    segments.push(
      ...this.#builder.pushWindow({
        startFrame,
        endFrame,
        probabilities,
        isRejected,
        presence: presence ?? silent,
      }),
    );
  }

  #addFrames({ levels, logMel }: FrameChunk): void {
    this.#logMel.append(logMel);
    this.#builder.pushFrames(levels, toBands(logMel));
  }

  #newStream(): FrameStream {
    return new FrameStream(async (samples) => (await this.#embedder.logMel(samples)).values);
  }
}

/** Mel bands that go into one band of boundary refinement: neighbours carry much the same information. */
const BANDS_JOINED = 4;
const BAND_COUNT = MEL_BANDS / BANDS_JOINED;

function toBands(logMel: Float32Array): Float32Array {
  const bands = new Float32Array(logMel.length / BANDS_JOINED);
  for (let i = 0; i < logMel.length; i++) {
    const band = Math.floor(i / BANDS_JOINED);
    bands[band] = (bands[band] ?? 0) + (logMel[i] ?? 0) / BANDS_JOINED;
  }
  return bands;
}

function tooShort(samples: number): EcapaError {
  return samples === 0
    ? new EcapaError('NO_SAMPLES', 'The audio is empty. Give a recording that has samples.')
    : new EcapaError(
        'TOO_SHORT',
        `The audio lasts ${(samples / SAMPLE_RATE_HZ).toFixed(3)} s, too short to be judged. Give a longer recording.`,
      );
}
