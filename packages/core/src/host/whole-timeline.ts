import type { Classifier } from '../engine/classifier.js';
import type { TimelineJobOptions } from '../engine/classifier-options.js';
import type { AudioInput } from '../engine/input.js';
import type { TimelineEvent, TimelineSummary } from '../engine/results.js';
import { EcapaError } from '../errors.js';
import { type PresenceTrack, type Tracks, tracksByLabel } from '../timeline/presence-tracks.js';
import type { TimelineSegment } from '../timeline/segments.js';
import type { TimelineSketch } from '../timeline/sketch.js';

/** A recording's timeline when all of it is known; plain data, so that a journal can hold it. */
export interface WholeTimeline {
  readonly durationSeconds: number;
  readonly segments: readonly TimelineSegment[];
  /** Where each label can be heard; absent when the head has no presence readout. */
  readonly tracks?: Tracks;
  readonly model: string;
  readonly head: string;
  readonly partial: boolean;
  readonly channels?: 'opposite-phase';
  /** Mean probability of the dominant label. */
  readonly dominantProbability: number;
  readonly sketch?: TimelineSketch;
}

/** Makes the timeline of a whole recording. Throws as `Classifier.timeline` does; `onEvent` sees each event. */
export async function wholeTimeline(
  classifier: Pick<Classifier, 'timeline'>,
  input: AudioInput,
  options: TimelineJobOptions & { readonly onEvent?: (event: TimelineEvent) => void } = {},
): Promise<WholeTimeline> {
  const { onEvent, ...settings } = options;
  const segments: TimelineSegment[] = [];
  const tracks: PresenceTrack[] = [];
  let summary: TimelineSummary | undefined;
  for await (const event of classifier.timeline(input, settings)) {
    onEvent?.(event);
    if (event.type === 'segment') segments.push(event.segment);
    if (event.type === 'track') tracks.push(event.track);
    if (event.type === 'summary') summary = event.summary;
  }
  if (summary === undefined) {
    throw new EcapaError('INFERENCE_FAILED', `${options.name ?? 'audio'}: the timeline has no summary.`);
  }
  return wholeOf(segments, tracks, summary);
}

/** A timeline of each of a recording's channels by itself, in order; they count from 1. */
export async function wholeTimelineOfChannels(
  classifier: Pick<Classifier, 'timelineChannels'>,
  input: AudioInput,
  options: Omit<TimelineJobOptions, 'channel'> & { readonly onEvent?: (event: TimelineEvent) => void } = {},
): Promise<(WholeTimeline & { readonly channel: number })[]> {
  const { onEvent, ...settings } = options;
  const timelines: (WholeTimeline & { readonly channel: number })[] = [];
  let segments: TimelineSegment[] = [];
  let tracks: PresenceTrack[] = [];
  for await (const { channel, value: event } of classifier.timelineChannels(input, settings)) {
    onEvent?.(event);
    if (event.type === 'segment') segments.push(event.segment);
    if (event.type === 'track') tracks.push(event.track);
    if (event.type !== 'summary') continue;
    timelines.push({ ...wholeOf(segments, tracks, event.summary), channel });
    segments = [];
    tracks = [];
  }
  return timelines;
}

function wholeOf(
  segments: readonly TimelineSegment[],
  tracks: readonly PresenceTrack[],
  summary: TimelineSummary,
): WholeTimeline {
  const { durationSeconds, dominantProbability, model, head, partial, channels, sketch, presence } = summary;
  return {
    durationSeconds,
    segments,
    ...(presence === undefined ? {} : { tracks: tracksByLabel(Object.keys(presence), tracks) }),
    model,
    head,
    partial,
    ...(channels === undefined ? {} : { channels }),
    dominantProbability,
    ...(sketch === undefined ? {} : { sketch }),
  };
}
