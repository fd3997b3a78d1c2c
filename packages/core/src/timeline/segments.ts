import { GAP_LABEL, type Segment, SILENCE_LABEL, type Span, UNKNOWN_LABEL } from '../types.js';

/** A label with its mean probability over a segment. */
export interface LabelProbability {
  readonly label: string;
  readonly probability: number;
}

/**
 * A classified stretch of a recording. `label` is one of the head's, `unknown`, `silence` or `gap`.
 * `probability` is the mean over the segment; for `unknown` that of the likeliest class, and 1 for
 * `silence` and `gap`, which follow from the signal, not from the head.
 */
export interface TimelineSegment extends Segment {
  /** The second likeliest of the head's labels (for `unknown`, the likeliest); absent for `silence` and `gap`. */
  readonly runnerUp?: LabelProbability;
  /** Mean probability of each of the head's labels; empty for `silence` and `gap`. */
  readonly probabilities: Readonly<Record<string, number>>;
  /**
   * Share of the segment's time, 0 to 1, in which each of the head's labels is present, also below
   * another one: speech over music shows both. By the head's presence readout where it has one, else by where the
   * label's probability reaches a tenth. Empty for `silence` and `gap`.
   */
  readonly presence: Readonly<Record<string, number>>;
  /** The head's label, where a person has corrected it; `probability` is 1 then. */
  readonly correctedFrom?: string;
}

/** Builds one segment frame by frame, in memory that does not grow with its length. */
export class SegmentAccumulator {
  readonly label: string;
  readonly startSeconds: number;
  readonly #labels: readonly string[];
  readonly #presenceThreshold: number;
  readonly #sums: Float64Array;
  readonly #present: Float64Array;
  #weight = 0;

  constructor(label: string, startSeconds: number, labels: readonly string[], presenceThreshold: number) {
    this.label = label;
    this.startSeconds = startSeconds;
    this.#labels = labels;
    this.#presenceThreshold = presenceThreshold;
    this.#sums = new Float64Array(labels.length);
    this.#present = new Float64Array(labels.length);
  }

  /**
   * One more stretch under these probabilities; `weight` is its duration in any unit, 0 to leave it out. What `presence`
   * gives is compared with the threshold.
   */
  add(probabilities: ArrayLike<number>, weight: number, presence: ArrayLike<number> = probabilities): void {
    this.#weight += weight;
    for (let k = 0; k < this.#sums.length; k++) {
      this.#sums[k] = (this.#sums[k] ?? 0) + weight * (probabilities[k] ?? 0);
      if ((presence[k] ?? 0) >= this.#presenceThreshold) this.#present[k] = (this.#present[k] ?? 0) + weight;
    }
  }

  /** Mean probabilities so far, in the head's order; all equal when nothing was added. */
  means(): Float64Array {
    return this.#sums.map((sum) => (this.#weight > 0 ? sum / this.#weight : 1 / this.#sums.length));
  }

  finish(endSeconds: number): TimelineSegment {
    const span = { startSeconds: this.startSeconds, endSeconds };
    if (this.label === SILENCE_LABEL || this.label === GAP_LABEL) return plainSegment(this.label, span);
    const means = this.means();
    const ranked = this.#labels
      .map((label, k) => ({ label, probability: means[k] ?? 0 }))
      .sort((a, b) => b.probability - a.probability);
    const own = this.label === UNKNOWN_LABEL ? ranked[0] : ranked.find(({ label }) => label === this.label);
    const runnerUp = this.label === UNKNOWN_LABEL ? ranked[0] : ranked.find((entry) => entry !== own);
    return {
      label: this.label,
      ...span,
      probability: own?.probability ?? 0,
      ...(runnerUp === undefined ? {} : { runnerUp }),
      probabilities: Object.fromEntries(this.#labels.map((label, k) => [label, means[k] ?? 0])),
      presence: Object.fromEntries(
        this.#labels.map((label, k) => [
          label,
          this.#weight > 0 ? (this.#present[k] ?? 0) / this.#weight : 0,
        ]),
      ),
    };
  }
}

/** A segment that follows from the signal alone: `silence` or `gap`. */
export function plainSegment(label: string, span: Span): TimelineSegment {
  return { label, ...span, probability: 1, probabilities: {}, presence: {} };
}

/** A whole recording in numbers. */
export interface TimelineTotals {
  /** Seconds from the first segment's start to the last one's end. */
  readonly durationSeconds: number;
  /** Seconds of each label that occurs. */
  readonly secondsByLabel: Readonly<Record<string, number>>;
  /** The same as shares of the duration; they sum to 1. */
  readonly shareByLabel: Readonly<Record<string, number>>;
  /** The label with the most seconds; `silence` and `gap` only when there is nothing else. */
  readonly dominantLabel: string;
  /** `probabilities[dominantLabel]`; for `unknown` the largest of them, and 1 for `silence` and `gap`. */
  readonly dominantProbability: number;
  /** Mean probability of each of the head's labels over all time that is neither `silence` nor `gap`. */
  readonly probabilities: Readonly<Record<string, number>>;
  /** Set when no label has more than half of that time: the recording is several things in turn. */
  readonly mixed?: true;
}

/** Sums segments up as they come, in constant memory. */
export class TotalsAccumulator {
  readonly #seconds = new Map<string, number>();
  readonly #probabilities = new Map<string, number>();
  #classifiedSeconds = 0;

  add(segment: TimelineSegment): void {
    const seconds = segment.endSeconds - segment.startSeconds;
    increase(this.#seconds, segment.label, seconds);
    const means = Object.entries(segment.probabilities);
    if (means.length > 0) this.#classifiedSeconds += seconds;
    for (const [label, mean] of means) increase(this.#probabilities, label, seconds * mean);
  }

  totals(): TimelineTotals {
    const durationSeconds = [...this.#seconds.values()].reduce((sum, seconds) => sum + seconds, 0);
    const isContent = (label: string): boolean => label !== SILENCE_LABEL && label !== GAP_LABEL;
    const ranked = [...this.#seconds].sort(
      ([a, aSeconds], [b, bSeconds]) => Number(isContent(b)) - Number(isContent(a)) || bSeconds - aSeconds,
    );
    const [dominantLabel, dominantSeconds] = ranked[0] ?? [SILENCE_LABEL, 0];
    const contentSeconds = ranked.reduce((sum, [label, own]) => sum + (isContent(label) ? own : 0), 0);
    const probabilities = mapValues(this.#probabilities, (sum) => sum / this.#classifiedSeconds);
    return {
      durationSeconds,
      secondsByLabel: Object.fromEntries(this.#seconds),
      shareByLabel: mapValues(this.#seconds, (seconds) =>
        durationSeconds > 0 ? seconds / durationSeconds : 0,
      ),
      dominantLabel,
      dominantProbability: isContent(dominantLabel)
        ? (probabilities[dominantLabel] ?? Math.max(0, ...Object.values(probabilities)))
        : 1,
      probabilities,
      ...(isContent(dominantLabel) && 2 * dominantSeconds <= contentSeconds ? { mixed: true } : {}),
    };
  }
}

/** Duration and share of each label, and the dominant one. */
export function summarize(segments: Iterable<TimelineSegment>): TimelineTotals {
  const accumulator = new TotalsAccumulator();
  for (const segment of segments) accumulator.add(segment);
  return accumulator.totals();
}

function increase(map: Map<string, number>, key: string, by: number): void {
  map.set(key, (map.get(key) ?? 0) + by);
}

function mapValues(map: Map<string, number>, change: (value: number) => number): Record<string, number> {
  return Object.fromEntries([...map].map(([key, value]) => [key, change(value)]));
}
