import { checkSilenceOptions, type SilenceOptions } from './silence.js';
import { planWindows, requireNumber, secondsToFrames, type WindowPlan } from './windows.js';

/** How a timeline is made. Every field has a default that was chosen by measurement (docs/timeline.md). */
export interface TimelineOptions {
  /** Seconds that one verdict is based on, 0.5 to 30. */
  readonly windowSeconds?: number;
  /** Seconds from one verdict to the next; at most `windowSeconds`. Cost is inversely proportional. */
  readonly hopSeconds?: number;
  /** Shortest stretch of one label, for all labels or for each. Silence has `silence.minSilenceSeconds`. */
  readonly minSegmentSeconds?: number | Readonly<Record<string, number>>;
  /** Log-likelihood (nats) that a second label must win to be believed: higher means fewer segments. */
  readonly switchCost?: number;
  /**
   * How long later evidence may change an earlier label, rounded to whole hops and one hop at least. Longer is more
   * certain and more latency.
   */
  readonly lagSeconds?: number;
  /**
   * A label counts as present where its presence reaches this. Default 0.5; with a head that has no presence readout,
   * where its probability reaches 0.1.
   */
  readonly presenceThreshold?: number;
  /** How silence is found; `false` looks for none. */
  readonly silence?: Partial<SilenceOptions> | false;
}

/** Options in the units of the computation, checked. */
export interface TimelinePlan extends WindowPlan {
  readonly minSegmentFrames: readonly number[];
  readonly switchCost: number;
  readonly lagSteps: number;
  /** Null for the head's default. */
  readonly presenceThreshold: number | null;
  readonly silence: SilenceOptions | undefined;
  /** Boundaries move by at most so many frames from where the windows put them. */
  readonly refineFrames: number;
}

/** The window, hop and smoothing that the accuracy figures of `docs/timeline.md` were measured with; seconds. */
export const DEFAULT_TIMELINE = {
  windowSeconds: 1.5,
  hopSeconds: 0.75,
  minSegmentSeconds: 1,
  switchCost: 3,
  lagSeconds: 4,
} as const;

/**
 * Checks options and fills in defaults. `minSegmentFrames` follows `labels`.
 *
 * @throws TypeError, RangeError naming the field
 */
export function planTimeline(labels: readonly string[], options: TimelineOptions = {}): TimelinePlan {
  const windowSeconds = options.windowSeconds ?? DEFAULT_TIMELINE.windowSeconds;
  const hopSeconds = options.hopSeconds ?? Math.min(DEFAULT_TIMELINE.hopSeconds, Number(windowSeconds));
  const windows = planWindows(windowSeconds, hopSeconds);
  const lagSeconds = requireNumber('lagSeconds', options.lagSeconds ?? DEFAULT_TIMELINE.lagSeconds, 0, 600);
  return {
    ...windows,
    minSegmentFrames: minSegmentFrames(labels, options.minSegmentSeconds),
    switchCost: requireNumber('switchCost', options.switchCost ?? DEFAULT_TIMELINE.switchCost, 0, 1000),
    lagSteps: Math.max(1, Math.round(secondsToFrames(lagSeconds) / windows.hopFrames)),
    presenceThreshold:
      options.presenceThreshold === undefined
        ? null
        : requireNumber('presenceThreshold', options.presenceThreshold, 0, 1),
    silence: options.silence === false ? undefined : checkSilenceOptions(options.silence),
    refineFrames: Math.floor(windows.windowFrames / 2),
  };
}

/** When a stream began and how long it may send nothing; all optional. */
export interface StreamTimes {
  readonly startSeconds?: number | undefined;
  readonly stallSeconds?: number | undefined;
}

/** Enough for times that count from 1970; at ten times as much, a double no longer distinguishes samples. */
const LATEST_START_SECONDS = 1e10;

/**
 * Throws for times that make no sense, before any work begins.
 *
 * @throws TypeError, RangeError naming the field
 */
export function checkStreamTimes({ startSeconds, stallSeconds }: StreamTimes): void {
  if (startSeconds !== undefined) requireNumber('startSeconds', startSeconds, 0, LATEST_START_SECONDS);
  if (stallSeconds !== undefined) requireNumber('stallSeconds', stallSeconds, 0.001, 1e6);
}

/**
 * Frames of audio after a moment within which its label is final, at most: half a window beyond it, the reach
 * of boundary refinement, the smoother's lag in whole hops, two hops for windows to fall due and be read, and
 * silence's minimum (docs/timeline.md, "Latency").
 */
export function latencyFrames(plan: TimelinePlan): number {
  const silence =
    plan.silence === undefined
      ? 0
      : secondsToFrames(Math.max(plan.silence.minSilenceSeconds, plan.silence.minActiveSeconds));
  return (
    Math.ceil(plan.windowFrames / 2) + plan.refineFrames + (plan.lagSteps + 2) * plan.hopFrames + silence
  );
}

function minSegmentFrames(
  labels: readonly string[],
  option: TimelineOptions['minSegmentSeconds'] = DEFAULT_TIMELINE.minSegmentSeconds,
): number[] {
  if (typeof option === 'number') {
    requireNumber('minSegmentSeconds', option, 0, 600);
    return labels.map(() => secondsToFrames(option));
  }
  for (const [label, seconds] of Object.entries(option)) {
    if (!labels.includes(label)) {
      throw new RangeError(
        `minSegmentSeconds: the head has no label "${label}"; it has ${labels.join(', ')}`,
      );
    }
    requireNumber(`minSegmentSeconds.${label}`, seconds, 0, 600);
  }
  return labels.map((label) => secondsToFrames(option[label] ?? DEFAULT_TIMELINE.minSegmentSeconds));
}
