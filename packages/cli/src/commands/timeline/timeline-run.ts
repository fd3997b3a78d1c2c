import type { Classifier, TimelineOptions, TimelineSegment, TimelineSketch } from '@ecapa/core';
import { createProgressBar, type ProgressBar } from '../../terminal/progress.js';

/** A recording's timeline as the command keeps it; plain data, so that a journal can hold it. */
export interface Timeline {
  readonly durationSeconds: number;
  readonly segments: readonly TimelineSegment[];
  readonly model: string;
  readonly head: string;
  readonly partial: boolean;
  /** Mean probability of the dominant label. */
  readonly dominantProbability: number;
  readonly sketch?: TimelineSketch;
}

/** Looks at one file. Of a single file the progress in seconds is shown, of several the files done. */
export async function makeTimeline(
  classifier: Classifier,
  file: string,
  settings: TimelineOptions & { readonly sketch: boolean },
  filesBar: ProgressBar,
  files: number,
  signal: AbortSignal,
): Promise<Timeline> {
  const segments: TimelineSegment[] = [];
  const input = file === '-' ? process.stdin : file;
  let bar: ProgressBar | undefined;
  try {
    for await (const event of classifier.timeline(input, { ...settings, signal, name: nameOf(file) })) {
      if (event.type === 'segment') segments.push(event.segment);
      if (event.type === 'progress' && event.progress.totalSeconds !== undefined && files === 1) {
        bar ??= createProgressBar(Math.ceil(event.progress.totalSeconds), 's');
        bar.update(Math.floor(event.progress.doneSeconds), event.open?.label ?? '');
      }
      if (event.type === 'summary') {
        const { durationSeconds, dominantProbability, model, head, partial, sketch } = event.summary;
        return {
          durationSeconds,
          segments,
          model,
          head,
          partial,
          dominantProbability,
          ...(sketch === undefined ? {} : { sketch }),
        };
      }
    }
  } finally {
    bar?.stop();
    if (files > 1) filesBar.clear();
  }
  throw new TypeError(`${nameOf(file)}: the timeline ended without a summary`);
}

/** How sure a timeline is: the mean probability of its classified time, by which those to check come first. */
export function sureness({ segments, dominantProbability }: Timeline): number {
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
