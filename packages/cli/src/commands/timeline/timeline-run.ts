import {
  type Classifier,
  type TimelineEvent,
  type TimelineOptions,
  type WholeTimeline,
  wholeTimeline,
} from '@ecapa/core';
import { createProgressBar, type ProgressBar } from '../../terminal/progress.js';

/** Looks at one file. Of a single file the progress in seconds is shown, of several the files done. */
export async function makeTimeline(
  classifier: Classifier,
  file: string,
  settings: TimelineOptions & { readonly sketch: boolean },
  filesBar: ProgressBar,
  files: number,
  signal: AbortSignal,
): Promise<WholeTimeline> {
  let bar: ProgressBar | undefined;
  const onEvent = (event: TimelineEvent): void => {
    if (event.type !== 'progress' || event.progress.totalSeconds === undefined || files > 1) return;
    bar ??= createProgressBar(Math.ceil(event.progress.totalSeconds), 's');
    bar.update(Math.floor(event.progress.doneSeconds), event.open?.label ?? '');
  };
  try {
    const input = file === '-' ? process.stdin : file;
    return await wholeTimeline(classifier, input, { ...settings, signal, name: nameOf(file), onEvent });
  } finally {
    bar?.stop();
    if (files > 1) filesBar.clear();
  }
}

/** How sure a timeline is: the mean probability of its classified time, by which those to check come first. */
export function sureness({ segments, dominantProbability }: WholeTimeline): number {
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

export function nameOf(file: string): string {
  return file === '-' ? 'standard input' : file;
}
