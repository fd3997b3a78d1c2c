/** Mono audio in memory. `samples` are nominally in [-1, 1]; `sampleRate` is in hertz. */
export interface Waveform {
  readonly samples: Float32Array;
  readonly sampleRate: number;
}

/** A half-open stretch of time, [startSeconds, endSeconds). */
export interface Span {
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** The output of a model for one waveform. `values` has the model's dimension and is not L2-normalised. */
export interface Embedding {
  readonly values: Float32Array;
  /** Id of the model that made it; a head of another model refuses it. */
  readonly modelId: string;
}

/** How a head treats an embedding before `W e + b`, as scikit-learn's Normalizer names it. */
export const INPUT_NORMS = ['none', 'l2', 'l1', 'max'] as const;
/** One of {@link INPUT_NORMS}: how an embedding is scaled before the head reads it. */
export type InputNorm = (typeof INPUT_NORMS)[number];

/**
 * When to answer `unknown` instead of a label.
 *
 * `probability`: the winning probability is under `threshold`.
 * `distance`: the embedding's squared Mahalanobis distance to the nearest class centroid, under one
 * shared diagonal covariance, exceeds `threshold` (Lee et al. 2018, "A Simple Unified Framework for
 * Detecting Out-of-Distribution Samples").
 */
export type Rejection =
  | { readonly rule: 'probability'; readonly threshold: number }
  | {
      readonly rule: 'distance';
      readonly threshold: number;
      /** classes x dimension, row-major, in `labels` order. */
      readonly centroids: Float64Array;
      /** dimension: one over the shared variance of each component. */
      readonly inverseVariances: Float64Array;
    };

/**
 * Which labels are present, each by itself: sigmoid((w_k n(e) + b_k) / temperature) for label k, n being the
 * readout's own input norm. The probabilities need not sum to 1: several labels, or none, may be present.
 */
export interface PresenceReadout {
  /** classes x dimension, row-major, in the head's `labels` order. */
  readonly weights: Float64Array;
  /** classes. */
  readonly bias: Float64Array;
  readonly inputNorm: InputNorm;
  /** Temperature scaling, one for all labels; 1 leaves the logits alone. */
  readonly temperature: number;
  /** Pairs of labels that are never present at once. */
  readonly exclusive: readonly (readonly [string, string])[];
}

/**
 * Readouts of embeddings of one model. The verdict, which label it is mostly, is a multinomial logistic regression:
 * softmax((W e + b) / temperature). Presence, which labels can be heard at all, is one logistic regression per label.
 */
export interface Head {
  /** Stable name for output, e.g. `speech-music-noise`. */
  readonly id: string;
  readonly modelId: string;
  readonly dimension: number;
  readonly labels: readonly string[];
  /** classes x dimension, row-major. */
  readonly weights: Float64Array;
  /** classes. */
  readonly bias: Float64Array;
  readonly inputNorm: InputNorm;
  /** Temperature scaling (Guo et al. 2017); 1 leaves the logits alone. */
  readonly temperature: number;
  readonly rejection?: Rejection;
  /** Absent in heads of version 0.1 and in those trained without it. */
  readonly presence?: PresenceReadout;
  /** Where the head came from: clips with hashes, options, scores. Free-form JSON, never interpreted for verdicts. */
  readonly provenance?: Readonly<Record<string, unknown>>;
}

/** The label given when a head's rejection rule fires. */
export const UNKNOWN_LABEL = 'unknown';
/** The label given to audio without signal. */
export const SILENCE_LABEL = 'silence';
/** The label of time that could not be decoded. */
export const GAP_LABEL = 'gap';

/** A head's verdict on one embedding. `probabilities` follow `labels` and sum to 1. */
export interface Prediction {
  /** The winning label, or `unknown` when the head rejects. */
  readonly label: string;
  /** Probability of the winning label (of the best one when rejected). */
  readonly probability: number;
  readonly labels: readonly string[];
  readonly probabilities: Float64Array;
  /** Probability that each label is present, in `labels` order; absent when the head has no presence readout. */
  readonly presence?: Float64Array;
  /** The labels that are present, the surest first: see `presentLabels`. */
  readonly present?: readonly string[];
}

/** A classified stretch of a recording. */
export interface Segment extends Span {
  readonly label: string;
  /** Mean probability of `label` over the segment. */
  readonly probability: number;
}

/** How far a long job is. `totalSeconds` is absent while the duration is not known. */
export interface Progress {
  readonly doneSeconds: number;
  readonly totalSeconds?: number;
}

/** Reports how far a job on audio is. */
export interface ProgressEvent {
  readonly type: 'progress';
  readonly progress: Progress;
}
