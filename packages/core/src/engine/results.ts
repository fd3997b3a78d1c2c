import type { OpenStretch } from '../timeline/builder.js';
import type { TimelineSegment, TimelineTotals } from '../timeline/segments.js';
import type { TimelineSketch } from '../timeline/sketch.js';
import type { WindowProbabilities } from '../timeline/window-probabilities.js';
import type { Progress } from '../types.js';

/** What `classify` says of one recording. Plain data: it crosses process boundaries and prints as JSON. */
export interface ClassifyResult {
  /** The winning label, `unknown` when the head rejects, or `silence` when there is no signal. */
  readonly label: string;
  /** Probability of the winning label; 1 for `silence`. */
  readonly probability: number;
  /** Probability of each of the head's labels; they sum to 1, or are all 0 for `silence`. */
  readonly probabilities: Readonly<Record<string, number>>;
  readonly durationSeconds: number;
  /** Model and head that said it, by id. */
  readonly model: string;
  readonly head: string;
  /** How: `clip` embeds the whole recording, `timeline` sums up windows of a long one. */
  readonly method: 'clip' | 'timeline';
  /** True when the file ended early or had unreadable parts: the verdict is on what is there. */
  readonly partial: boolean;
  /** Seconds of each label, for `timeline`. */
  readonly secondsByLabel?: Readonly<Record<string, number>>;
  /** The embedding, when asked for and the method is `clip`. */
  readonly embedding?: Float32Array;
  readonly timings: Timings;
}

/** What `embed` says of one recording. */
export interface EmbedResult {
  readonly values: Float32Array;
  readonly modelId: string;
  readonly durationSeconds: number;
  readonly partial: boolean;
  readonly facts: AudioFacts;
  readonly timings: Timings;
}

/** What a recording is like apart from what is heard in it. */
export interface AudioFacts {
  /** Root mean square in dB of full scale. */
  readonly loudnessDb: number;
  /** Highest frequency with any power to speak of, up to half of 16 kHz. */
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
  | { readonly type: 'segment'; readonly segment: TimelineSegment }
  /** What the windows judged since the last such event say; when asked for. */
  | { readonly type: 'windows'; readonly windows: WindowProbabilities }
  /** So much has been looked at. */
  | {
      readonly type: 'progress';
      readonly progress: Progress;
      /** What the latest audio sounds like; may yet change. */
      readonly open?: OpenStretch;
      /** The segment that has begun but not ended, as far as its label is final. */
      readonly growing?: TimelineSegment;
    }
  /** A live source has said nothing for `stallSeconds`. */
  | { readonly type: 'stall'; readonly atSeconds: number }
  | { readonly type: 'summary'; readonly summary: TimelineSummary };

/** A whole recording in numbers. */
export interface TimelineSummary extends TimelineTotals {
  readonly model: string;
  readonly head: string;
  readonly partial: boolean;
  readonly timings: Timings;
  /** What a picture needs, when asked for. */
  readonly sketch?: TimelineSketch;
}
