import { PRESENT_FROM } from '../heads/presence.js';
import type { Span } from '../types.js';
import { ClassTrack, type WindowVerdict } from './class-track.js';
import type { FrameHistory } from './frame-history.js';
import type { TimelinePlan } from './options.js';

/** A stretch in which a label can be heard. */
export interface PresenceSpan extends Span {
  /** Mean probability of the label's presence over the stretch. */
  readonly probability: number;
}

/** The same with its label, as it becomes final. */
export interface PresenceTrack extends PresenceSpan {
  readonly label: string;
}

/** Where each label can be heard, in order; labels overlap freely. Every label of the head has a list. */
export type Tracks = Readonly<Record<string, readonly PresenceSpan[]>>;

/** Tracks by label, each list by time. */
export function tracksByLabel(labels: readonly string[], tracks: readonly PresenceTrack[]): Tracks {
  return Object.fromEntries(
    labels.map((label) => [
      label,
      tracks
        .filter((track) => track.label === label)
        .map(({ startSeconds, endSeconds, probability }) => ({ startSeconds, endSeconds, probability }))
        .sort((a, b) => a.startSeconds - b.startSeconds),
    ]),
  );
}

/** A window's probability of each label's presence. Frames count from the start of the run. */
export interface PresenceWindow {
  readonly startFrame: number;
  readonly endFrame: number;
  /** In the head's label order, each by itself. */
  readonly presence: ArrayLike<number>;
  /** Share of the window that is not silent. */
  readonly activeShare: number;
}

/** Seconds of audio are evidence as for segments; what a label's coming or going costs, in nats. */
const SWITCH_COST = 1.5;
/** A shorter absence of a label is a pause in it. */
const LEAST_ABSENCE_FRAMES = 50;
/**
 * A window hears a label that fills only a part of it, so that presence begins too early and ends too late by the rest
 * of half a window. Measured on spliced recordings (docs/presence.md).
 */
const EDGE_SHARE_OF_WINDOW = 0.2;

/** A track in frames of its run; its label by its index. */
export interface TrackFrames {
  readonly label: number;
  readonly startFrame: number;
  readonly endFrame: number;
  readonly probability: number;
}

/** Index of the state in which a label is present. */
const PRESENT = 1;

/**
 * Decodes each label by itself: two states, absent and present, smoothed like segments (Viterbi with minimum
 * durations, boundaries below the hop), so that any number of labels may be present at once. One tracker for each run.
 */
export class PresenceTracker {
  readonly #plan: TimelinePlan;
  readonly #silentFlags: FrameHistory;
  readonly #decoders: readonly ClassTrack[];
  /** Up to where each label's states have been taken. */
  readonly #taken: number[];
  readonly #open: ({ readonly startFrame: number; endFrame: number; sum: number } | undefined)[];

  constructor(
    labelCount: number,
    plan: TimelinePlan,
    silentFlags: FrameHistory,
    bands: FrameHistory | undefined,
  ) {
    this.#plan = plan;
    this.#silentFlags = silentFlags;
    this.#decoders = Array.from({ length: labelCount }, (_, k) => {
      const own = {
        ...plan,
        switchCost: SWITCH_COST,
        minSegmentFrames: [LEAST_ABSENCE_FRAMES, plan.minSegmentFrames[k] ?? 0],
      };
      return new ClassTrack(own, 2, false, silentFlags, bands, EDGE_SHARE_OF_WINDOW * plan.windowFrames);
    });
    this.#taken = this.#decoders.map(() => 0);
    this.#open = this.#decoders.map(() => undefined);
  }

  /** Frames before this one are not looked at again. */
  get takenFrames(): number {
    return this.#taken.length === 0 ? Number.POSITIVE_INFINITY : Math.min(...this.#taken);
  }

  /** The tracks that have begun but not ended, as far as they are final, in frames. */
  get growing(): TrackFrames[] {
    return this.#open.flatMap((track, label) => {
      if (track === undefined) return [];
      const { startFrame, endFrame, sum } = track;
      return [{ label, startFrame, endFrame, probability: sum / (endFrame - startFrame) }];
    });
  }

  push({ startFrame, endFrame, presence, activeShare }: PresenceWindow): void {
    const threshold = this.#plan.presenceThreshold ?? PRESENT_FROM;
    for (const [k, decoder] of this.#decoders.entries()) {
      const present = atThreshold(presence[k] ?? 0, threshold);
      decoder.push({
        startFrame,
        endFrame,
        probabilities: [1 - present, present],
        isRejected: false,
        activeShare,
        value: presence[k] ?? 0,
      });
    }
  }

  /** No more windows come: everything up to `frames` becomes final. */
  finish(frames: number): void {
    for (const decoder of this.#decoders) decoder.finish(frames);
  }

  /** The tracks that have ended before frame `until`, in frames; with `isOver`, those under way as well. */
  take(until: number, isOver = false): TrackFrames[] {
    const ended: TrackFrames[] = [];
    for (const [k, decoder] of this.#decoders.entries()) {
      const close = (): void => {
        const track = this.#open[k];
        this.#open[k] = undefined;
        if (track === undefined) return;
        const { startFrame, endFrame, sum } = track;
        ended.push({ label: k, startFrame, endFrame, probability: sum / (endFrame - startFrame) });
      };
      for (const { startFrame, endFrame, state, window } of decoder.take(until)) {
        if (state !== PRESENT) close();
        else this.#extend(k, startFrame, endFrame, window, close);
        this.#taken[k] = endFrame;
      }
      if (isOver) close();
    }
    return ended.sort((a, b) => a.endFrame - b.endFrame || a.label - b.label);
  }

  /** Nothing is present in silence: it ends a track. */
  #extend(k: number, startFrame: number, endFrame: number, window: WindowVerdict, close: () => void): void {
    const flags = this.#silentFlags.slice(startFrame, endFrame);
    for (let from = 0; from < flags.length; ) {
      let to = from + 1;
      while (to < flags.length && flags[to] === flags[from]) to++;
      if (flags[from] === 1) close();
      else {
        const track = this.#open[k] ?? { startFrame: startFrame + from, endFrame: 0, sum: 0 };
        track.endFrame = startFrame + to;
        track.sum += (to - from) * (window.value ?? 0);
        this.#open[k] = track;
      }
      from = to;
    }
  }
}

/** A probability moved so that `threshold` becomes even odds. */
function atThreshold(probability: number, threshold: number): number {
  if (threshold === 0.5) return probability;
  const odds =
    (probability / Math.max(1e-9, 1 - probability)) * ((1 - threshold) / Math.max(1e-9, threshold));
  return odds / (1 + odds);
}

/** A whole recording's presence in numbers. */
export interface PresenceTotals {
  /** Of each label, the probability of its surest track, or the mean over all windows when it has none. */
  readonly presence: Readonly<Record<string, number>>;
  /** The labels that have a track, the surest first. */
  readonly present: readonly string[];
  /** Seconds in which each label can be heard. */
  readonly presentSecondsByLabel: Readonly<Record<string, number>>;
}

/** Sums presence up as it comes, in constant memory. */
export class PresenceAccumulator {
  readonly #labels: readonly string[];
  readonly #sums: Float64Array;
  #windows = 0;
  readonly #surest: Float64Array;
  readonly #seconds: Float64Array;

  constructor(labels: readonly string[]) {
    this.#labels = labels;
    this.#sums = new Float64Array(labels.length);
    this.#surest = new Float64Array(labels.length);
    this.#seconds = new Float64Array(labels.length);
  }

  addWindow(presence: ArrayLike<number>): void {
    this.#windows++;
    for (let k = 0; k < this.#sums.length; k++) this.#sums[k] = (this.#sums[k] ?? 0) + (presence[k] ?? 0);
  }

  addTrack({ label, startSeconds, endSeconds, probability }: PresenceTrack): void {
    const k = this.#labels.indexOf(label);
    this.#seconds[k] = (this.#seconds[k] ?? 0) + endSeconds - startSeconds;
    this.#surest[k] = Math.max(this.#surest[k] ?? 0, probability);
  }

  totals(): PresenceTotals {
    const of = (k: number): number =>
      (this.#seconds[k] ?? 0) > 0
        ? (this.#surest[k] ?? 0)
        : (this.#sums[k] ?? 0) / Math.max(1, this.#windows);
    const presence = Object.fromEntries(this.#labels.map((label, k) => [label, of(k)]));
    return {
      presence,
      present: this.#labels
        .filter((_, k) => (this.#seconds[k] ?? 0) > 0)
        .sort((a, b) => (presence[b] ?? 0) - (presence[a] ?? 0)),
      presentSecondsByLabel: Object.fromEntries(
        this.#labels.map((label, k) => [label, this.#seconds[k] ?? 0]),
      ),
    };
  }
}
