import type {
  AudioInput,
  Classifier,
  Head,
  OfChannel,
  TimelineEvent,
  TimelineJobOptions,
  TimelineSummary,
} from '@ecapa/core';
import { type PresenceTrack, type TimelineSegment, type Tracks, tracksByLabel } from '@ecapa/core/timeline';
import type { AudioChoice } from './audio-choice.js';
import { type Judged, judge } from './verdict.js';

/** From 1; of a channel that was heard by itself. */
interface Channel {
  readonly channel?: number;
}

/** What a timeline reports: a segment once it is final, how far it has come, and all of it in the end. */
export type TimelineReport =
  | { readonly type: 'segment'; readonly segment: Judged<TimelineSegment> & Channel }
  | { readonly type: 'progress'; readonly doneSeconds: number }
  | { readonly type: 'whole'; readonly whole: WholeTimeline };

/** A recording's timeline, or that of one of its channels, as a message carries it. */
export interface WholeTimeline extends TimelineSummary, Channel {
  /** What dominates. */
  readonly label: string;
  readonly probability: number;
  readonly segments: readonly Judged<TimelineSegment>[];
  readonly tracks?: Tracks;
}

/** The timeline of a recording, or those of its channels one after the other, each with its `whole` at its end. */
export async function* judgedTimeline(
  engine: Classifier,
  input: AudioInput,
  options: TimelineJobOptions & { readonly head: Head },
  audio: AudioChoice,
  threshold: number,
): AsyncGenerator<TimelineReport> {
  let segments: (Judged<TimelineSegment> & Channel)[] = [];
  let tracks: PresenceTrack[] = [];
  const events = audio.isEach
    ? engine.timelineChannels(input, { ...options, ...audio.options })
    : ofNoChannel(engine.timeline(input, { ...options, ...audio.options }));
  for await (const { channel, value: event } of events) {
    const own = channel === undefined ? {} : { channel };
    if (event.type === 'segment') {
      const segment = { ...own, ...judge(event.segment, threshold) };
      segments.push(segment);
      yield { type: 'segment', segment };
    } else if (event.type === 'track') tracks.push(event.track);
    else if (event.type === 'progress') yield { type: 'progress', doneSeconds: event.progress.doneSeconds };
    else if (event.type === 'summary') {
      yield { type: 'whole', whole: { ...own, ...wholeOf(event, segments, tracks, options.head) } };
      segments = [];
      tracks = [];
    }
  }
}

function wholeOf(
  { summary }: Extract<TimelineEvent, { type: 'summary' }>,
  segments: readonly Judged<TimelineSegment>[],
  tracks: readonly PresenceTrack[],
  head: Head,
): WholeTimeline {
  const byLabel = summary.presence && tracksByLabel(head.labels, tracks);
  return {
    label: summary.dominantLabel,
    probability: summary.dominantProbability,
    segments,
    ...(byLabel && { tracks: byLabel }),
    ...summary,
  };
}

async function* ofNoChannel<T>(
  values: AsyncIterable<T>,
): AsyncGenerator<Partial<OfChannel<T>> & { readonly value: T }> {
  for await (const value of values) yield { value };
}
