import { ClassTrack } from './class-track.js';
import { FrameHistory } from './frame-history.js';
import type { TimelinePlan } from './options.js';
import { PresenceTracker } from './presence-tracks.js';
import { SilenceDetector } from './silence.js';

/** What a builder knows of a stretch of audio without a gap. */
export interface BuilderRun {
  readonly detector: SilenceDetector | undefined;
  readonly silentFlags: FrameHistory;
  readonly bands: FrameHistory | undefined;
  readonly track: ClassTrack;
  readonly tracker: PresenceTracker | undefined;
  latestPresence: ArrayLike<number> | undefined;
  /** Frames that have been pushed, and those that have become part of segments. */
  frames: number;
  taken: number;
}

/** A run of which nothing has been heard yet. */
export function newRun(
  plan: TimelinePlan,
  of: {
    readonly labelCount: number;
    readonly hasUnknown: boolean;
    readonly hasPresence: boolean;
    readonly bandCount: number;
  },
): BuilderRun {
  const { labelCount, hasUnknown, hasPresence, bandCount } = of;
  const silentFlags = new FrameHistory(1);
  const bands = bandCount > 0 ? new FrameHistory(bandCount) : undefined;
  return {
    tracker: hasPresence ? new PresenceTracker(labelCount, plan, silentFlags, bands) : undefined,
    latestPresence: undefined,
    detector: plan.silence === undefined ? undefined : new SilenceDetector(plan.silence),
    silentFlags,
    bands,
    track: new ClassTrack(plan, labelCount, hasUnknown, silentFlags, bands),
    frames: 0,
    taken: 0,
  };
}
