import type { Tracks } from '../presence-tracks.js';
import type { TimelineSegment } from '../segments.js';

/** One recording's timeline as exports see it. */
export interface TimelineReport {
  /** As the user named it. */
  readonly file: string;
  readonly durationSeconds: number;
  /** In order and without holes. The first begins where the recording's audio does, mostly at 0. */
  readonly segments: readonly TimelineSegment[];
  /** Where each label can be heard, overlapping; without them, formats hold the segments alone. */
  readonly tracks?: Tracks | undefined;
  /** The head's labels, in its order. */
  readonly labels: readonly string[];
  /** Ids of the model and the head that made it. */
  readonly model: string;
  readonly head: string;
  /** True when audio was missing or unreadable. */
  readonly partial?: boolean;
  /** Present when the louder channel was taken because the average lost what the channels hold. */
  readonly channels?: 'opposite-phase' | undefined;
  /** Which channel alone was heard, from 1. */
  readonly channel?: number | undefined;
  /** Present when the user ended the stream before it ended by itself. */
  readonly endedBy?: 'user' | undefined;
}

/** Milliseconds are as fine as a boundary can be known, and floats print short. */
export function roundSeconds(seconds: number): number {
  return Number(seconds.toFixed(3));
}

export function roundProbability(probability: number): number {
  return Number(probability.toFixed(4));
}

/** Text without what would end a field or a line in a line-based format. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  return text.replace(/[\u0000-\u001f\u007f\u0085\u2028\u2029]+/g, ' ').trim();
}
