import type { ChannelChoice, TrackChoice } from '../audio/audio-source.js';
import { planTimeline, type TimelineOptions, type TimelinePlan } from './options.js';

/**
 * Version of what makes a timeline of audio, decoding included. To be raised with every change after which the
 * same audio, model, head and options may give another result: stored results are then computed again.
 */
export const TIMELINE_VERSION = 3;

/** What a timeline depends on besides audio, model and head; plain data. */
export interface TimelineIdentity {
  readonly version: number;
  /** The program that decodes; null for the built-in decoder. Some files can only be read by one of them. */
  readonly ffmpegPath: string | null;
  readonly channel: ChannelChoice | 'each';
  /** null for the file's best track. */
  readonly track: TrackChoice | null;
  /** With defaults filled in: they may differ in another version of this program. */
  readonly plan: Omit<TimelinePlan, 'silence'> & { readonly silence: TimelinePlan['silence'] | null };
  readonly sketch: boolean;
  /** Present when no more than so much was heard. */
  readonly limitSeconds?: number;
}

/**
 * The `settings` of a batch's identity, for outcomes that are timelines. `labels` are the head's.
 *
 * @throws TypeError, RangeError naming a wrong option
 */
export function timelineIdentity(
  labels: readonly string[],
  options: TimelineOptions & {
    readonly sketch?: boolean | undefined;
    readonly ffmpegPath?: string | undefined;
    readonly channel?: ChannelChoice | 'each' | undefined;
    readonly track?: TrackChoice | undefined;
    readonly limitSeconds?: number | undefined;
  },
): TimelineIdentity {
  const plan = planTimeline(labels, options);
  return {
    version: TIMELINE_VERSION,
    ffmpegPath: options.ffmpegPath ?? null,
    channel: options.channel ?? 'mix',
    track: options.track ?? null,
    plan: { ...plan, silence: plan.silence ?? null },
    sketch: options.sketch ?? false,
    ...(options.limitSeconds === undefined ? {} : { limitSeconds: options.limitSeconds }),
  };
}
