import { EcapaError } from '../errors.js';
import { predict } from '../heads/predict.js';
import { withoutExcluded } from '../heads/presence.js';
import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import type { Embedding, Head } from '../types.js';
import { type AnalysisRun, newAnalysisRun, type RunEmbedder } from './analysis-run.js';
import { throwIfCancelled } from './block-reader.js';
import { TimelineBuilder } from './builder.js';
import { type FrameChunk, MEL_BANDS } from './frame-stream.js';
import type { OpenSpan } from './open-span.js';
import type { TimelinePlan } from './options.js';
import { PresenceAccumulator, type PresenceTotals, type PresenceTrack } from './presence-tracks.js';
import type { TimelineSegment } from './segments.js';
import { SketchBuilder, type TimelineSketch } from './sketch.js';
import { EachWindow } from './window-embeddings.js';
import { WindowLog, type WindowProbabilities } from './window-probabilities.js';
import { closingWindowStart, FRAME_SAMPLES, framesToSeconds, windowCount, windowStart } from './windows.js';

/** What a timeline needs of an embedder; `Embedder` of `model/embedder.ts` has it. */
export interface TimelineEmbedder extends RunEmbedder {
  readonly model: { readonly id: string; readonly minimumSamples: number };
  embed(samples: Float32Array): Promise<Embedding>;
}

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
  readonly #isLive: boolean;
  readonly #isDry: () => boolean;
  readonly #startSeconds: number;
  #run: AnalysisRun;
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
    this.#isLive = options.live ?? false;
    this.#isDry = options.isDry ?? (() => this.#isLive);
    this.#run = this.#newRun();
  }

  /** Time up to which audio (or a notice of its absence) has come. */
  get seconds(): number {
    return this.#startSeconds + this.#pastSeconds + this.#run.stream.sampleCount / SAMPLE_RATE_HZ;
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
    this.#run.stream.push(samples);
    this.#heardSamples += samples.length;
    if (this.#isClip()) this.#run.clip.push(samples.slice());
    else this.#run.clip = [];
    const segments: TimelineSegment[] = [];
    // What nothing follows for now is looked at as soon as it makes a window.
    const isDry = this.#isDry();
    if (this.#run.stream.readyFrames >= (isDry ? this.#plan.hopFrames : this.#run.windows.batchFrames)) {
      this.#addFrames(await this.#run.stream.read());
      if (!this.#isClip()) await this.#judgeWindows(isDry, segments);
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
    const samples = this.#run.stream.sampleCount;
    const segments: TimelineSegment[] = [];
    this.#addFrames(await this.#run.stream.finish());
    this.#builder.endFrames();
    if (this.#isClip()) await this.#judgeClip(samples, segments);
    else {
      await this.#judgeWindows(true, segments);
      await this.#judgeRest(Math.ceil(samples / FRAME_SAMPLES), segments);
    }
    this.#run = this.#newRun();
    return { segments, samples };
  }

  /** True while the run is no longer than one window. */
  #isClip(): boolean {
    return this.#run.stream.sampleCount <= this.#plan.windowFrames * FRAME_SAMPLES;
  }

  async #judgeClip(sampleCount: number, segments: TimelineSegment[]): Promise<void> {
    const endFrame = Math.ceil(sampleCount / FRAME_SAMPLES);
    const isSilent = this.#builder.activeShare(0, endFrame) === 0;
    if (sampleCount < this.#embedder.model.minimumSamples || isSilent) return;
    const samples = new Float32Array(sampleCount);
    let at = 0;
    for (const part of this.#run.clip) {
      samples.set(part, at);
      at += part.length;
    }
    this.#addWindow(0, endFrame, await this.#embedder.embed(samples), segments);
  }

  /** Judges the windows that have fallen due, a batch at a time; unless asked for all of them, whole batches alone. */
  async #judgeWindows(isAll: boolean, segments: TimelineSegment[]): Promise<void> {
    const { batchWindows } = this.#run.windows;
    const due = this.#run.windows.due(this.#builder.decidedFrames);
    for (;;) {
      const count = Math.min(batchWindows, due - this.#run.nextWindow);
      if (count < (isAll ? 1 : batchWindows)) break;
      throwIfCancelled(this.#signal);
      const starts = Array.from({ length: count }, (_, i) =>
        windowStart(this.#plan, this.#run.nextWindow + i),
      );
      this.#run.nextWindow += count;
      this.#addWindows(starts, await this.#run.windows.embed(starts), segments);
    }
    this.#run.frames.logMel.forgetBefore(
      Math.min(
        this.#run.windows.neededFrom(windowStart(this.#plan, this.#run.nextWindow)),
        this.#run.frames.logMel.end - this.#plan.windowFrames,
      ),
    );
  }

  /** At the end of a run: the windows that waited for more, and the one that ends with it, each by itself. */
  async #judgeRest(frames: number, segments: TimelineSegment[]): Promise<void> {
    const each = new EachWindow(this.#embedder, this.#run.frames);
    const count = windowCount(this.#plan, frames) - this.#run.nextWindow;
    const starts = Array.from({ length: count }, (_, i) => windowStart(this.#plan, this.#run.nextWindow + i));
    const closing = closingWindowStart(this.#plan, frames);
    if (closing !== undefined) starts.push(closing);
    for (let first = 0; first < starts.length; first += each.batchWindows) {
      const batch = starts.slice(first, first + each.batchWindows);
      this.#addWindows(batch, await each.embed(batch), segments);
    }
  }

  #addWindows(
    starts: readonly number[],
    embeddings: readonly (Embedding | undefined)[],
    segments: TimelineSegment[],
  ): void {
    for (const [i, start] of starts.entries()) {
      this.#addWindow(start, start + this.#plan.windowFrames, embeddings[i], segments);
    }
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
    this.#run.frames.logMel.append(logMel);
    this.#builder.pushFrames(levels, toBands(logMel));
  }

  #newRun(): AnalysisRun {
    return newAnalysisRun(this.#embedder, this.#plan, this.#isLive, (startFrame, endFrame) =>
      this.#builder.activeShare(startFrame, endFrame),
    );
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
