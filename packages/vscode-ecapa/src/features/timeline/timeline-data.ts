import type { TimelineReport, TimelineSegment, TimelineSketch, WindowProbabilities } from '@ecapa/core';
import type { EngineIdentity } from '../../platform/engine/engine.js';
import type { FileStamp } from '../classify/state/result.js';
import type { StaleReason } from './messages.js';

/** A finished timeline and what it depends on. */
export interface TimelineData {
  readonly stamp: FileStamp;
  readonly identity: EngineIdentity;
  /** The head's, in its order. */
  readonly labels: readonly string[];
  readonly durationSeconds: number;
  readonly isPartial: boolean;
  readonly segments: readonly TimelineSegment[];
  readonly windows: WindowsOfTimeline;
  /** For pictures. */
  readonly sketch: TimelineSketch;
}

/** What all windows say: their middles in seconds, and windows x labels probabilities. */
export interface WindowsOfTimeline {
  readonly centresSeconds: Float32Array;
  readonly probabilities: Float32Array;
}

/** As exports see it; `file` is what they call it, `segments` are the ones to write. */
export function reportOf(
  { durationSeconds, labels, identity, isPartial }: TimelineData,
  file: string,
  segments: readonly TimelineSegment[],
): TimelineReport {
  const { modelId: model, headId: head } = identity;
  return { file, durationSeconds, segments, labels, model, head, ...(isPartial ? { partial: true } : {}) };
}

/**
 * Why it is no longer true, by how the file looks and what is chosen now. What is not known now is taken to be as it
 * was `before`.
 */
export function staleReasonOf(
  { stamp, identity }: TimelineData,
  stampNow: FileStamp | undefined,
  identityNow: EngineIdentity | undefined,
  before?: StaleReason,
): StaleReason | undefined {
  if (stampNow === undefined) {
    if (before === 'file') return before;
  } else {
    const isSame = stampNow.sizeBytes === stamp.sizeBytes && stampNow.modifiedMs === stamp.modifiedMs;
    if (!isSame) return 'file';
  }
  if (identityNow === undefined) return before === 'file' ? undefined : before;
  if (identityNow.modelSha256 !== identity.modelSha256) return 'model';
  return identityNow.headSha256 === identity.headSha256 ? undefined : 'head';
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
