import type { Classifier, TimelineEvent } from '@ecapa/core';
import {
  type TimelineOptions,
  type WholeTimeline,
  wholeTimeline,
  wholeTimelineOfChannels,
} from '@ecapa/core/timeline';
import { inputOf, nameOf } from '../../inputs.js';
import { type AudioOptions, audioChoice } from '../../model-options.js';
import type { StreamRequest } from '../../streams.js';
import { createProgressBar, type ProgressBar } from '../../terminal/progress.js';

/** The result for a file: one timeline, or one for each of its channels, which count from 1. */
export type Timelines = readonly (WholeTimeline & { readonly channel?: number })[];

/** How timelines are made, and of what. */
export interface TimelineSettings extends TimelineOptions {
  readonly audio: AudioOptions;
  readonly stream: StreamRequest;
  readonly sketch: boolean;
}

/** Looks at one file. Of a single file the progress in seconds is shown, of several the files done. */
export async function makeTimelines(
  classifier: Classifier,
  file: string,
  settings: TimelineSettings,
  filesBar: ProgressBar,
  files: number,
  signal: AbortSignal,
): Promise<Timelines> {
  let bar: ProgressBar | undefined;
  const onEvent = (event: TimelineEvent): void => {
    if (event.type !== 'progress' || event.progress.totalSeconds === undefined || files > 1) return;
    bar ??= createProgressBar(Math.ceil(event.progress.totalSeconds), 's');
    bar.update(Math.floor(event.progress.doneSeconds), event.open?.label ?? '');
  };
  try {
    const { audio, stream, ...timeline } = settings;
    const isEach = audio.channel === 'each';
    const input = inputOf(file, signal, { ...stream, mustEnd: stream.limit === undefined || isEach });
    const options = {
      ...timeline,
      ...audioChoice({ ...audio, ...stream }),
      signal,
      name: nameOf(file),
      onEvent,
    };
    if (isEach) return await wholeTimelineOfChannels(classifier, input, options);
    return [await wholeTimeline(classifier, input, options)];
  } finally {
    bar?.stop();
    if (files > 1) filesBar.clear();
  }
}

/** How sure a timeline is: the mean probability of its classified time, by which those to check come first. */
export function sureness(timelines: Timelines): number {
  return Math.min(1, ...timelines.map(surenessOfOne));
}

function surenessOfOne({ segments, dominantProbability }: WholeTimeline): number {
  let seconds = 0;
  let sum = 0;
  for (const segment of segments) {
    if (segment.runnerUp === undefined) continue;
    const length = segment.endSeconds - segment.startSeconds;
    seconds += length;
    sum += length * segment.probability;
  }
  return seconds > 0 ? sum / seconds : dominantProbability;
}
