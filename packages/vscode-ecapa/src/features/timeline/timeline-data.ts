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

/** The answers for all windows: their middles in seconds, and windows x labels probabilities. */
export interface WindowsOfTimeline {
  readonly centresSeconds: Float32Array;
  readonly probabilities: Float32Array;
}

/** What is shown of a timeline, with what a person has put right. */
export interface ShownLabels {
  readonly segments: readonly TimelineSegment[];
  readonly tracks: Tracks | undefined;
  /** A person has been over the lanes as well. */
  readonly areLanesCorrected: boolean;
}

/**
 * As exports see it; `file` is what they call it. Where a person has put segments right but no lane, what the head heard
 * is left out: it would contradict them.
 */
export function reportOf(
  { durationSeconds, labels, identity, isPartial }: TimelineData,
  file: string,
  { segments, tracks, areLanesCorrected }: ShownLabels,
): TimelineReport {
  const { modelId: model, headId: head } = identity;
  const isContradicted =
    segments.some(({ correctedFrom }) => correctedFrom !== undefined) && !areLanesCorrected;
  const lanes = tracks === undefined || isContradicted ? undefined : tracks;
  return {
    file,
    durationSeconds,
    segments,
    ...(lanes !== undefined && { tracks: lanes }),
    labels: [...new Set([...labels, ...Object.keys(lanes ?? {})])],
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
