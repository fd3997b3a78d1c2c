import type { EngineIdentity, FileStamp } from '@ecapa/core/host';
import type {
  TimelineReport,
  TimelineSegment,
  TimelineSketch,
  Tracks,
  WindowProbabilities,
} from '@ecapa/core/timeline';

/** A finished timeline and what it depends on. */
export interface TimelineData {
  readonly stamp: FileStamp;
  readonly identity: EngineIdentity;
  /** The head's, in its order. */
  readonly labels: readonly string[];
  readonly durationSeconds: number;
  readonly isPartial: boolean;
  readonly segments: readonly TimelineSegment[];
  /** Where each label can be heard; absent when the head has no presence readout. */
  readonly tracks?: Tracks;
  readonly windows: WindowsOfTimeline;
  /** For pictures. */
  readonly sketch: TimelineSketch;
}

/** What all windows say: their middles in seconds, and windows x labels probabilities. */
export interface WindowsOfTimeline {
  readonly centresSeconds: Float32Array;
  readonly probabilities: Float32Array;
}

/**
 * As exports see it; `file` is what they call it, `segments` are the ones to write. Where a person has put labels right,
 * what the head heard beneath them is left out: it would contradict them.
 */
export function reportOf(
  { durationSeconds, labels, identity, isPartial, tracks }: TimelineData,
  file: string,
  segments: readonly TimelineSegment[],
): TimelineReport {
  const { modelId: model, headId: head } = identity;
  const isCorrected = segments.some(({ correctedFrom }) => correctedFrom !== undefined);
  return {
    file,
    durationSeconds,
    segments,
    ...(tracks === undefined || isCorrected ? {} : { tracks }),
    labels,
    model,
    head,
    ...(isPartial ? { partial: true } : {}),
  };
}

/** Grows by pieces, without copying everything each time. */
export class WindowBuffer {
  readonly #labelCount: number;
  #count = 0;
  #centres = new Float32Array(1024);
  #probabilities: Float32Array;

  constructor(labelCount: number) {
    this.#labelCount = labelCount;
    this.#probabilities = new Float32Array(1024 * labelCount);
  }

  get count(): number {
    return this.#count;
  }

  add({ centresSeconds, probabilities }: WindowProbabilities): void {
    const needed = this.#count + centresSeconds.length;
    if (needed > this.#centres.length) {
      this.#centres = grown(this.#centres, 2 * needed);
      this.#probabilities = grown(this.#probabilities, 2 * needed * this.#labelCount);
    }
    this.#centres.set(centresSeconds, this.#count);
    this.#probabilities.set(probabilities, this.#count * this.#labelCount);
    this.#count = needed;
  }

  /** Copies from one index on. */
  from(index: number): WindowsOfTimeline {
    return {
      centresSeconds: this.#centres.slice(index, this.#count),
      probabilities: this.#probabilities.slice(index * this.#labelCount, this.#count * this.#labelCount),
    };
  }
}

function grown(array: Float32Array, length: number): Float32Array<ArrayBuffer> {
  const larger = new Float32Array(length);
  larger.set(array);
  return larger;
}
