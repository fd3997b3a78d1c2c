import type { PresenceTotals } from '../timeline/presence-tracks.js';
import type { TimelineTotals } from '../timeline/segments.js';
import type { TimelineSketch } from '../timeline/sketch.js';
import type { TimelineHeardEvent } from '../timeline/timeline.js';

/** The result of `classify` for one recording. Plain data: it crosses process boundaries and prints as JSON. */
export interface ClassifyResult {
  /**
   * What it is mostly: the winning label (of a long recording, the one with the most seconds), `unknown` when the head
   * rejects, or `silence` when there is no signal.
   */
  readonly label: string;
  /** `probabilities[label]`; for `unknown` the largest of them, and 1 for `silence`. */
  readonly probability: number;
  /**
   * Probability of each of the head's labels; they sum to 1, or are all 0 for `silence`. Of a long recording, the mean
   * over all that is not silent.
   */
  readonly probabilities: Readonly<Record<string, number>>;
  /**
   * Probability that each label can be heard, each by itself: several may be near 1. Of a long recording, that of the
   * label's surest track, or the mean over the recording when it has none. Absent when the head has no presence readout.
   */
  readonly presence?: Readonly<Record<string, number>>;
  /** The labels that can be heard, the surest first; of a long recording, those with a track. */
  readonly present?: readonly string[];
  readonly durationSeconds: number;
  /** Model and head that answered, by id. */
  readonly model: string;
  readonly head: string;
  /** How: `clip` embeds the whole recording, `timeline` sums up windows of a long one. */
  readonly method: 'clip' | 'timeline';
  /** True when the file ended early or had unreadable parts: the verdict is on what is there. */
  readonly partial: boolean;
  /** Present when the average of the channels would have lost what they hold, and the louder one was taken there. */
  readonly channels?: 'opposite-phase';
  /** Seconds in which it is mostly each label, and their share of the duration, for `timeline`. */
  readonly secondsByLabel?: Readonly<Record<string, number>>;
  readonly shareByLabel?: Readonly<Record<string, number>>;
  /** Seconds in which each label can be heard, below others too; for `timeline` with a presence readout. */
  readonly presentSecondsByLabel?: Readonly<Record<string, number>>;
  /** Set when no label has more than half of the time that is not silent: the recording is several things in turn. */
  readonly mixed?: true;
  /** The embedding, when asked for and the method is `clip`. */
  readonly embedding?: Float32Array;
  readonly timings: Timings;
}

/** The result of `embed` for one recording. */
export interface EmbedResult {
  readonly values: Float32Array;
  readonly modelId: string;
  readonly durationSeconds: number;
  readonly partial: boolean;
  readonly channels?: 'opposite-phase';
  readonly facts: AudioFacts;
  /** The loudest 4 s at 16 kHz, mono, at full scale, when asked for: what mixing a clip with others takes. */
  readonly excerpt?: Int16Array;
  readonly timings: Timings;
}

/** What a recording is like apart from what is heard in it. */
export interface AudioFacts {
  /** Root mean square in dB of full scale. */
  readonly loudnessDb: number;
  /** Highest frequency with noticeable power, up to half of 16 kHz. */
  readonly bandwidthHz: number;
  /** Of the file, before resampling; absent for PCM. */
  readonly sampleRateHz?: number;
  /** Container and codec, e.g. `mp4 aac`; absent for PCM. */
  readonly format?: string;
}

/** Where the time of a job went. */
export interface Timings {
  readonly decodeSeconds: number;
  readonly inferenceSeconds: number;
}

/** What `timeline` yields: segments as they become final, how far it is, and a summary at the end. */
export type TimelineEvent =
  | TimelineHeardEvent
  | { readonly type: 'summary'; readonly summary: TimelineSummary };

/** A whole recording in numbers. */
export interface TimelineSummary extends TimelineTotals, Partial<PresenceTotals> {
  readonly model: string;
  readonly head: string;
  readonly partial: boolean;
  readonly channels?: 'opposite-phase';
  readonly timings: Timings;
  /** What a picture needs, when asked for. */
  readonly sketch?: TimelineSketch;
}
