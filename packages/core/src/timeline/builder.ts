import { PRESENT_FROM } from '../heads/presence.js';
import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import { GAP_LABEL, type Head, SILENCE_LABEL, UNKNOWN_LABEL } from '../types.js';
import { type BuilderRun, newRun } from './builder-run.js';
import type { WindowVerdict } from './class-track.js';
import { type OpenSpan, openSpanOf } from './open-span.js';
import { latencyFrames, type TimelinePlan } from './options.js';
import type { PresenceTrack, TrackFrames } from './presence-tracks.js';
import { plainSegment, SegmentAccumulator, type TimelineSegment } from './segments.js';
import { FRAME_SAMPLES, framesToSeconds } from './windows.js';

/** A window's verdict as the builder is given it. */
export interface BuilderWindow extends Omit<WindowVerdict, 'activeShare'> {
  /** The head's presence probabilities for the window, in label order. */
  readonly presence?: ArrayLike<number> | undefined;
}

/** Of a head without a presence readout, a label counts as present from this probability on. */
const BENEATH_FROM = 0.1;

/**
 * Frames and window verdicts in, finished segments out; pure, incremental, in constant memory.
 *
 * A *run* is a stretch of audio without a gap. Within one, frames are pushed first (`pushFrames`), then
 * the verdicts on windows that lie within `decidedFrames`, in order. `endFrames` means that the run's audio
 * is over, so that its last windows fall due; `pushGap` or `finish` ends the run itself. Every moment
 * of the recording ends up in exactly one segment.
 */
export class TimelineBuilder {
  readonly #labels: readonly string[];
  readonly #plan: TimelinePlan;
  readonly #hasUnknown: boolean;
  readonly #bandCount: number;
  /** Undefined without a presence readout. */
  readonly #presenceHead: Pick<Head, 'labels' | 'presence'> | undefined;
  readonly #tracks: PresenceTrack[] = [];
  #run: BuilderRun;
  /** Where the run began, in samples from the start of the recording. */
  #runStartSample = 0;
  readonly #offsetSeconds: number;
  #open: SegmentAccumulator | undefined;
  #gap: { readonly startSeconds: number; endSeconds: number } | undefined;
  #isFinished = false;

  /**
   * @param labels the head's labels, in the order of the probabilities to come
   * @param bandCount values per frame that refine boundaries; 0 for none
   * @param offsetSeconds time of the first frame, e.g. where an interrupted stream went on
   * @param presence the head's presence readout, when windows come with its probabilities
   */
  constructor(
    labels: readonly string[],
    plan: TimelinePlan,
    options: {
      readonly hasUnknown: boolean;
      readonly bandCount?: number;
      readonly offsetSeconds?: number;
      readonly presence?: Head['presence'] | undefined;
    },
  ) {
    const { presence } = options;
    this.#presenceHead = presence && { labels, presence };
    this.#labels = labels;
    this.#plan = plan;
    this.#hasUnknown = options.hasUnknown;
    this.#bandCount = options.bandCount ?? 0;
    this.#offsetSeconds = options.offsetSeconds ?? 0;
    this.#run = this.#newRun();
  }

  /** A moment's label is final once so many more seconds of audio have been pushed, with their verdicts. */
  get latencySeconds(): number {
    return framesToSeconds(latencyFrames(this.#plan));
  }

  /** Windows that end at or before this frame of the run can be pushed: whether they are silent is known. */
  get decidedFrames(): number {
    return this.#run.silentFlags.end;
  }

  /** Share of frames [start, end) that are not silent; `end` must not exceed `decidedFrames`. */
  activeShare(startFrame: number, endFrame: number): number {
    const flags = this.#run.silentFlags.slice(startFrame, endFrame);
    let silent = 0;
    for (const flag of flags) silent += flag;
    return flags.length === 0 ? 0 : 1 - silent / flags.length;
  }

  /** The segment that has begun but not ended, as far as its label is final; undefined when there is none. */
  get growing(): TimelineSegment | undefined {
    return this.#open?.finish(this.#seconds(this.#run.taken));
  }

  /** The tracks that have begun but not ended, as far as they are final. */
  get growingTracks(): PresenceTrack[] {
    return this.#run.tracker?.growing.map((track) => this.#trackOf(track)) ?? [];
  }

  /** Segments and tracks that are to come, or are growing, change nothing before this time. */
  get finalSeconds(): number {
    return this.#seconds(this.#takenFrames);
  }

  get #takenFrames(): number {
    const { taken, tracker } = this.#run;
    return Math.min(taken, tracker?.takenFrames ?? Number.POSITIVE_INFINITY);
  }

  /** The stretch that is still growing, judged by the latest window alone; undefined before the first. */
  get openStretch(): OpenSpan | undefined {
    const { silentFlags, track } = this.#run;
    return openSpanOf({
      labels: this.#labels,
      isSilent: silentFlags.slice(silentFlags.end - 1, silentFlags.end)[0] === 1,
      latest: track.latest,
      latestPresence: this.#run.latestPresence,
      presenceHead: this.#presenceHead,
      threshold: this.#plan.presenceThreshold,
    });
  }

  /** The tracks that have become final since the last call, in the order of their ends. */
  takeTracks(): PresenceTrack[] {
    return this.#tracks.splice(0);
  }

  /**
   * The run's next frames: a level (dBFS) for each, and `bandCount` band levels (dB) for each.
   */
  pushFrames(levelsDbfs: Float32Array, bands?: Float32Array): void {
    this.#requireUnfinished();
    const run = this.#run;
    if (run.bands !== undefined) {
      if (bands?.length !== levelsDbfs.length * this.#bandCount) {
        throw new RangeError(
          `bands: expected ${levelsDbfs.length} x ${this.#bandCount} values, got ${bands?.length ?? 0}`,
        );
      }
      run.bands.append(bands);
    }
    run.frames += levelsDbfs.length;
    run.silentFlags.append(run.detector?.push(levelsDbfs) ?? new Uint8Array(levelsDbfs.length));
  }

  /** The run's audio is over: all its frames become decided. */
  endFrames(): void {
    this.#run.silentFlags.append(this.#run.detector?.finish() ?? []);
  }

  /** The next window's verdict in; segments that became final out. */
  pushWindow({ presence, ...verdict }: BuilderWindow): TimelineSegment[] {
    this.#requireUnfinished();
    if (verdict.endFrame > this.decidedFrames) {
      throw new RangeError(
        `endFrame: ${verdict.endFrame} is beyond the ${this.decidedFrames} decided frames`,
      );
    }
    const run = this.#run;
    const activeShare = this.activeShare(verdict.startFrame, verdict.endFrame);
    run.track.push({ ...verdict, activeShare, ...(presence && { presence }) });
    if (presence !== undefined) run.tracker?.push({ ...verdict, presence, activeShare });
    run.latestPresence = presence;
    return this.#take();
  }

  /**
   * Ends the run after `runSamples` samples (16 kHz) and marks what follows as unreadable for `gapSeconds`.
   * Gaps that touch become one.
   */
  pushGap(runSamples: number, gapSeconds: number): TimelineSegment[] {
    if (!(gapSeconds >= 0 && Number.isFinite(gapSeconds))) {
      throw new RangeError(`gapSeconds: expected a finite number from 0, got ${gapSeconds}`);
    }
    const segments = this.#endRun(runSamples);
    const startSeconds = this.#gap?.startSeconds ?? this.#seconds(0);
    // What comes after the gap begins at its very end.
    this.#runStartSample += Math.round(gapSeconds * SAMPLE_RATE_HZ);
    this.#gap = { startSeconds, endSeconds: this.#seconds(0) };
    return segments;
  }

  /** Ends the recording after `runSamples` samples of the last run; the rest of the segments. */
  finish(runSamples: number): TimelineSegment[] {
    const segments = this.#endRun(runSamples);
    this.#closeGap(segments);
    this.#isFinished = true;
    return segments;
  }

  #endRun(runSamples: number): TimelineSegment[] {
    this.#requireUnfinished();
    const run = this.#run;
    const needed = Math.ceil(runSamples / FRAME_SAMPLES);
    if (needed !== run.frames) {
      throw new RangeError(
        `runSamples: ${runSamples} samples are ${needed} frames, but ${run.frames} were pushed`,
      );
    }
    this.endFrames();
    run.track.finish(run.frames);
    run.tracker?.finish(run.frames);
    const endSeconds = this.#offsetSeconds + (this.#runStartSample + runSamples) / SAMPLE_RATE_HZ;
    const segments = this.#take(endSeconds);
    // Too short for any window: only its position is known.
    if (run.taken < run.frames) this.#label(run.taken, run.frames, this.#labels.length, undefined, segments);
    this.#close(endSeconds, segments);
    this.#runStartSample += runSamples;
    this.#run = this.#newRun();
    return segments;
  }

  /** What has become final; with `runEndSeconds`, the rest of a run that ends there, in the midst of a frame perhaps. */
  #take(runEndSeconds?: number): TimelineSegment[] {
    const segments: TimelineSegment[] = [];
    const run = this.#run;
    for (const { startFrame, endFrame, state, window } of run.track.take(this.decidedFrames)) {
      this.#label(startFrame, endFrame, state, window, segments);
      run.taken = endFrame;
    }
    for (const track of run.tracker?.take(this.decidedFrames, runEndSeconds !== undefined) ?? []) {
      const { endSeconds, ...rest } = this.#trackOf(track);
      this.#tracks.push({ ...rest, endSeconds: Math.min(endSeconds, runEndSeconds ?? endSeconds) });
    }
    const taken = this.#takenFrames;
    run.silentFlags.forgetBefore(taken - this.#plan.windowFrames);
    run.bands?.forgetBefore(taken - this.#plan.windowFrames);
    return segments;
  }

  #trackOf({ label, startFrame, endFrame, probability }: TrackFrames): PresenceTrack {
    return {
      label: this.#labels[label] ?? UNKNOWN_LABEL,
      startSeconds: this.#seconds(startFrame),
      endSeconds: this.#seconds(endFrame),
      probability,
    };
  }

  /** Puts frames of one state into segments, silence taken out. */
  #label(
    startFrame: number,
    endFrame: number,
    state: number,
    window: WindowVerdict | undefined,
    segments: TimelineSegment[],
  ): void {
    const flags = this.#run.silentFlags.slice(startFrame, endFrame);
    for (let from = 0; from < flags.length; ) {
      let to = from + 1;
      while (to < flags.length && flags[to] === flags[from]) to++;
      const label = flags[from] === 1 ? SILENCE_LABEL : (this.#labels[state] ?? UNKNOWN_LABEL);
      if (this.#open?.label !== label) {
        this.#close(this.#seconds(startFrame + from), segments);
        this.#closeGap(segments);
        this.#open = this.#newSegment(label, this.#seconds(startFrame + from));
      }
      if (window !== undefined) {
        this.#open.add(window.probabilities, (to - from) * window.activeShare, window.presence);
      }
      from = to;
    }
  }

  #close(endSeconds: number, segments: TimelineSegment[]): void {
    if (this.#open !== undefined) segments.push(this.#open.finish(endSeconds));
    this.#open = undefined;
  }

  #closeGap(segments: TimelineSegment[]): void {
    if (this.#gap !== undefined && this.#gap.endSeconds > this.#gap.startSeconds) {
      segments.push(plainSegment(GAP_LABEL, this.#gap));
    }
    this.#gap = undefined;
  }

  #newSegment(label: string, startSeconds: number): SegmentAccumulator {
    const fallback = this.#presenceHead === undefined ? BENEATH_FROM : PRESENT_FROM;
    const threshold = this.#plan.presenceThreshold ?? fallback;
    return new SegmentAccumulator(label, startSeconds, this.#labels, threshold);
  }

  #newRun(): BuilderRun {
    return newRun(this.#plan, {
      labelCount: this.#labels.length,
      hasUnknown: this.#hasUnknown,
      hasPresence: this.#presenceHead !== undefined,
      bandCount: this.#bandCount,
    });
  }

  #seconds(frame: number): number {
    return this.#offsetSeconds + (this.#runStartSample + frame * FRAME_SAMPLES) / SAMPLE_RATE_HZ;
  }

  #requireUnfinished(): void {
    if (this.#isFinished) throw new TypeError('the timeline is finished; build another');
  }
}
