import { EcapaError } from '../errors.js';
import { FrameHistory } from './frame-history.js';
import { frameLevels } from './silence.js';
import { FRAME_SAMPLES } from './windows.js';

/**
 * Log-mel frames of a stretch of audio by itself: 1 + floor(samples / 160) frames x `MEL_BANDS`, row-major, dB. The samples
 * are a view that is valid until more are pushed.
 */
export type FrontEnd = (samples: Float32Array) => Promise<Float32Array>;

export const MEL_BANDS = 80;
/** A frame reaches 200 samples to either side of its centre: two frames at the start of a stretch see its edge. */
const LEAD_FRAMES = 2;
const REACH_SAMPLES = 200;

/** Frames computed at once, however many are due: bounds memory when a source sends an hour in one block. */
const MOST_FRAMES = 3000;

/** Consecutive frames: a level in dBFS and `MEL_BANDS` log-mel values (dB) for each. */
export interface FrameChunk {
  readonly levels: Float32Array;
  readonly logMel: Float32Array;
}

/**
 * Turns blocks of samples into frames, each computed once and equal to what the front end gives for the
 * whole recording at once: stretches are handed to it with enough samples around them.
 *
 * Frame k has its level from samples [160 k, 160 k + 160) and its spectrum around sample 160 k.
 */
export class FrameStream {
  readonly #frontEnd: FrontEnd;
  readonly #samples = new FrameHistory(1);
  /** Frames handed out. */
  #done = 0;

  constructor(frontEnd: FrontEnd) {
    this.#frontEnd = frontEnd;
  }

  /** Samples pushed so far. */
  get sampleCount(): number {
    return this.#samples.end;
  }

  /** Whole frames that `read` would hand out now. */
  get readyFrames(): number {
    const reached = Math.floor((this.sampleCount - REACH_SAMPLES) / FRAME_SAMPLES) + 1;
    const filled = Math.floor(this.sampleCount / FRAME_SAMPLES);
    return Math.max(0, Math.min(reached, filled) - this.#done);
  }

  push(block: Float32Array): void {
    this.#samples.append(block);
  }

  /** The frames that are complete. */
  async read(): Promise<FrameChunk> {
    return this.#compute(this.readyFrames);
  }

  /** The rest, the last frame filled up with zeros as the front end does at a recording's end. */
  async finish(): Promise<FrameChunk> {
    return this.#compute(Math.max(0, Math.ceil(this.sampleCount / FRAME_SAMPLES) - this.#done));
  }

  async #compute(count: number): Promise<FrameChunk> {
    if (count > 0 && count <= MOST_FRAMES) return this.#computeAtOnce(count);
    const levels = new Float32Array(count);
    const logMel = new Float32Array(count * MEL_BANDS);
    for (let from = 0; from < count; from += MOST_FRAMES) {
      const chunk = await this.#computeAtOnce(Math.min(MOST_FRAMES, count - from));
      levels.set(chunk.levels, from);
      logMel.set(chunk.logMel, from * MEL_BANDS);
    }
    return { levels, logMel };
  }

  async #computeAtOnce(count: number): Promise<FrameChunk> {
    const skip = Math.min(LEAD_FRAMES, this.#done);
    const firstSample = (this.#done - skip) * FRAME_SAMPLES;
    const end = this.#done + count;
    // Up to the reach of the last frame wanted; at the recording's end there may be less.
    const spectrum = await this.#frontEnd(
      this.#samples.slice(firstSample, (end - 1) * FRAME_SAMPLES + REACH_SAMPLES),
    );
    const logMel = spectrum.subarray(skip * MEL_BANDS, (skip + count) * MEL_BANDS);
    if (logMel.length !== count * MEL_BANDS) {
      throw new EcapaError(
        'INFERENCE_FAILED',
        `The model's front end gave ${spectrum.length / MEL_BANDS} frames where ${skip + count} were due. Check the model with "ecapa models".`,
      );
    }
    const levels = frameLevels(this.#samples.slice(this.#done * FRAME_SAMPLES, end * FRAME_SAMPLES));
    if (levels.some(Number.isNaN)) {
      throw new EcapaError(
        'NON_FINITE_SAMPLES',
        'The audio holds NaN or infinite samples. Check what produces it, its sample format above all.',
      );
    }
    this.#done = end;
    this.#samples.forgetBefore((end - LEAD_FRAMES) * FRAME_SAMPLES);
    return { levels, logMel };
  }
}
