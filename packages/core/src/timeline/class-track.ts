import { type CentredProbabilities, changePoint, crossingFrame, heardCrossingFrame } from './boundaries.js';
import type { FrameHistory } from './frame-history.js';
import type { TimelinePlan } from './options.js';
import { FixedLagSmoother } from './smooth.js';
import { FRAMES_PER_SECOND } from './windows.js';

/** A head's verdict on one window. Frames count from the start of the uninterrupted stretch it lies in. */
export interface WindowVerdict {
  readonly startFrame: number;
  readonly endFrame: number;
  /** In the head's label order, summing to 1. */
  readonly probabilities: ArrayLike<number>;
  /** True when the head answers `unknown`. */
  readonly isRejected: boolean;
  /** Share of the window that is not silent, 0 to 1: silence is not evidence. */
  readonly activeShare: number;
  /** Carried along unchanged for the consumer of the pieces. */
  readonly value?: number;
  /** In the head's label order, each by itself. */
  readonly presence?: ArrayLike<number> | undefined;
}

/** A stretch in one state under one window's verdict. */
export interface ClassPiece {
  readonly startFrame: number;
  readonly endFrame: number;
  /** Index into the head's labels, or their count for `unknown`. */
  readonly state: number;
  readonly window: WindowVerdict;
}

/** No verdict counts as more certain than this: a few training clips do not warrant it. */
const LEAST_PROBABILITY = 0.01;
/** Overlapping windows repeat each other: all verdicts within a second count as one. */
const EVIDENCE_FRAMES = FRAMES_PER_SECOND;
/** Evidence of a rejected window for `unknown`, and of an accepted one against it. */
const UNKNOWN_PROBABILITY = 0.8;
/** Set on spliced recordings (docs/timeline.md): how sure the crossing is, and what the spectrum may add. */
const SIGMA_PER_WINDOW = 1 / 8;
const EVIDENCE_WEIGHT = 0.02;

interface PlacedWindow extends WindowVerdict, CentredProbabilities {
  /** Boundary to the window before, half way between the centres. */
  readonly cellStart: number;
}

/**
 * Window verdicts in, stretches of one state out, final as they come: smoothing, then refinement of each
 * boundary below the hop. Each window counts for the frames nearest to its centre (its cell).
 */
export class ClassTrack {
  readonly #plan: TimelinePlan;
  readonly #classCount: number;
  readonly #hasUnknown: boolean;
  readonly #bands: FrameHistory | undefined;
  readonly #silentFlags: FrameHistory;
  readonly #smoother: FixedLagSmoother;
  readonly #edgeFrames: number;
  /** Windows still needed, oldest first, and how many of them have their state. */
  readonly #windows: PlacedWindow[] = [];
  #decided = 0;
  /** Where states begin that have not been emitted yet. */
  readonly #changes: { readonly frame: number; readonly state: number }[] = [];
  #latestState = -1;
  #state = 0;
  #cursor = 0;
  #fixedFrames = 0;

  /** `edgeFrames`: by how much later a higher state begins, and how much earlier it ends, than probabilities cross. */
  constructor(
    plan: TimelinePlan,
    classCount: number,
    hasUnknown: boolean,
    silentFlags: FrameHistory,
    bands: FrameHistory | undefined,
    edgeFrames = 0,
  ) {
    this.#edgeFrames = edgeFrames;
    this.#plan = plan;
    this.#classCount = classCount;
    this.#hasUnknown = hasUnknown;
    this.#bands = bands;
    this.#silentFlags = silentFlags;
    const minFrames = [...plan.minSegmentFrames, ...(hasUnknown ? [Math.max(...plan.minSegmentFrames)] : [])];
    this.#smoother = new FixedLagSmoother({
      minSteps: minFrames.map((frames) => Math.max(1, Math.round(frames / plan.hopFrames))),
      switchCost: plan.switchCost,
      lagSteps: plan.lagSteps,
    });
  }

  /** Up to here states are final. */
  get fixedFrames(): number {
    return this.#fixedFrames;
  }

  /** The likeliest class at this moment, before smoothing; undefined before the first window. */
  get latest(): WindowVerdict | undefined {
    return this.#windows.at(-1);
  }

  push(window: WindowVerdict): void {
    const centreFrame = (window.startFrame + window.endFrame) / 2;
    const previous = this.#windows.at(-1);
    const cellStart = previous === undefined ? 0 : (previous.centreFrame + centreFrame) / 2;
    this.#windows.push({ ...window, centreFrame, cellStart });
    const spacing = previous === undefined ? this.#plan.hopFrames : centreFrame - previous.centreFrame;
    for (const state of this.#smoother.push(this.#logLikelihoods(window, spacing))) this.#decide(state);
  }

  /** No more windows come: everything up to `frames` becomes final. */
  finish(frames: number): void {
    for (const state of this.#smoother.finish()) this.#decide(state);
    this.#fixedFrames = frames;
  }

  /** Hands out what is final before frame `until`, in order and once. */
  *take(until: number): Generator<ClassPiece> {
    const end = Math.min(until, this.#fixedFrames);
    while (this.#cursor < end) {
      while ((this.#changes[0]?.frame ?? Infinity) <= this.#cursor) {
        this.#state = this.#changes.shift()?.state ?? this.#state;
      }
      const owner = this.#ownerIndex(this.#cursor);
      const window = this.#windows[owner];
      if (window === undefined) return;
      const ownedTo = Math.ceil(this.#windows[owner + 1]?.cellStart ?? Infinity);
      const endFrame = Math.min(end, ownedTo, this.#changes[0]?.frame ?? Infinity);
      yield { startFrame: this.#cursor, endFrame, state: this.#state, window };
      this.#cursor = endFrame;
    }
    this.#forget();
  }

  #logLikelihoods(window: WindowVerdict, spacingFrames: number): Float64Array {
    const weight = (spacingFrames / EVIDENCE_FRAMES) * window.activeShare;
    const known = this.#hasUnknown ? (window.isRejected ? 1 - UNKNOWN_PROBABILITY : UNKNOWN_PROBABILITY) : 1;
    const result = new Float64Array(this.#classCount + (this.#hasUnknown ? 1 : 0));
    for (let k = 0; k < this.#classCount; k++) {
      const probability = window.probabilities[k] ?? 0;
      if (!(probability >= 0 && probability <= 1 + 1e-6)) {
        throw new RangeError(`probabilities[${k}]: expected a number from 0 to 1, got ${probability}`);
      }
      result[k] = weight * Math.log(Math.max(LEAST_PROBABILITY, probability) * known);
    }
    if (this.#hasUnknown) result[this.#classCount] = weight * Math.log(1 - known);
    return result;
  }

  /** The next window's state is final. */
  #decide(state: number): void {
    const window = this.#windows[this.#decided];
    if (window === undefined) return;
    if (this.#latestState < 0) this.#changes.push({ frame: 0, state });
    else if (state !== this.#latestState) {
      const frame = this.#refine(window.cellStart, this.#latestState, state);
      this.#changes.push({ frame, state });
    }
    this.#latestState = state;
    this.#decided++;
    const next = this.#windows[this.#decided]?.cellStart ?? window.centreFrame;
    this.#fixedFrames = Math.max(this.#fixedFrames, Math.floor(next) - this.#plan.refineFrames);
  }

  /** The frame at which `from` gives way to `to`, near `nominal`: into a silence if one is near, else by the spectrum. */
  #refine(nominal: number, from: number, to: number): number {
    const reach = this.#plan.refineFrames;
    const lowest = Math.max(Math.ceil(nominal - reach), this.#changes.at(-1)?.frame ?? 0, this.#cursor) + 1;
    const highest = Math.floor(nominal + reach);
    if (highest <= lowest) return Math.max(lowest, Math.round(nominal));
    const within = (hops: number): PlacedWindow[] =>
      this.#windows.filter(
        ({ centreFrame }) => Math.abs(centreFrame - nominal) <= reach + hops * this.#plan.hopFrames,
      );
    const edge = (from < to ? 1 : -1) * this.#edgeFrames;
    const crossed =
      heardCrossingFrame(within(2), from, to, nominal) ?? crossingFrame(within(1), from, to, nominal) + edge;
    const crossing = Math.min(highest, Math.max(lowest, crossed));
    const silent = nearestSet(this.#silentFlags.slice(lowest, highest), crossing - lowest);
    if (silent !== undefined) return lowest + silent;
    if (this.#bands === undefined) return Math.round(crossing);
    const found = changePoint(this.#bands.slice(lowest, highest), this.#bands.rowLength, {
      expected: crossing - lowest,
      sigmaFrames: SIGMA_PER_WINDOW * this.#plan.windowFrames,
      evidenceWeight: EVIDENCE_WEIGHT,
    });
    return lowest + found;
  }

  #ownerIndex(frame: number): number {
    let owner = 0;
    while ((this.#windows[owner + 1]?.cellStart ?? Infinity) <= frame) owner++;
    return owner;
  }

  /** Forgets the windows that neither own a frame to come nor lie near a boundary to come. */
  #forget(): void {
    const needed = this.#cursor - this.#plan.refineFrames - 2 * this.#plan.hopFrames;
    let count = 0;
    while (count + 1 < this.#decided && (this.#windows[count + 1]?.centreFrame ?? Infinity) < needed) count++;
    this.#windows.splice(0, count);
    this.#decided -= count;
  }
}

/** Index of the non-zero flag nearest to `position`. */
function nearestSet(flags: Float32Array, position: number): number | undefined {
  let best: number | undefined;
  for (const [index, flag] of flags.entries()) {
    if (flag !== 0 && (best === undefined || Math.abs(index - position) < Math.abs(best - position))) {
      best = index;
    }
  }
  return best;
}
