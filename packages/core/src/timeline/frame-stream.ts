import { EcapaError } from '../errors.js';
import { frameLevels } from './silence.js';
import { FRAME_SAMPLES } from './windows.js';

/** Log-mel frames of a stretch of audio by itself: 1 + floor(samples / 160) frames x `MEL_BANDS`, row-major, dB. */
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
  /** Samples from frame `#bufferFrame` on. */
  #buffer = new Float32Array(0);
  #bufferFrame = 0;
  /** Frames handed out. */
  #done = 0;
  #samples = 0;

  constructor(frontEnd: FrontEnd) {
    this.#frontEnd = frontEnd;
  }

  /** Samples pushed so far. */
  get sampleCount(): number {
    return this.#samples;
  }

  /** Whole frames that `read` would hand out now. */
  get readyFrames(): number {
    const reached = Math.floor((this.#samples - REACH_SAMPLES) / FRAME_SAMPLES) + 1;
    const filled = Math.floor(this.#samples / FRAME_SAMPLES);
    return Math.max(0, Math.min(reached, filled) - this.#done);
  }

  push(block: Float32Array): void {
    const joined = new Float32Array(this.#buffer.length + block.length);
    joined.set(this.#buffer);
    joined.set(block, this.#buffer.length);
    this.#buffer = joined;
    this.#samples += block.length;
  }

  /** The frames that are complete. */
  async read(): Promise<FrameChunk> {
    return this.#compute(this.readyFrames);
  }

  /** The rest, the last frame filled up with zeros as the front end does at a recording's end. */
  async finish(): Promise<FrameChunk> {
    return this.#compute(Math.max(0, Math.ceil(this.#samples / FRAME_SAMPLES) - this.#done));
  }

  async #compute(count: number): Promise<FrameChunk> {
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
    const skip = this.#done - this.#bufferFrame;
    // Up to the reach of the last frame wanted; at the recording's end there may be less.
    const needed = (skip + count - 1) * FRAME_SAMPLES + REACH_SAMPLES;
    const spectrum = await this.#frontEnd(this.#buffer.slice(0, needed));
    const logMel = spectrum.slice(skip * MEL_BANDS, (skip + count) * MEL_BANDS);
    if (logMel.length !== count * MEL_BANDS) {
      throw new EcapaError(
        'INFERENCE_FAILED',
        `The model's front end gave ${spectrum.length / MEL_BANDS} frames where ${skip + count} were due. Check the model with "ecapa models".`,
      );
    }
    const levels = frameLevels(
      this.#buffer.subarray(
        skip * FRAME_SAMPLES,
        Math.min(this.#buffer.length, (skip + count) * FRAME_SAMPLES),
      ),
    );
    if (levels.some(Number.isNaN)) {
      throw new EcapaError(
        'NON_FINITE_SAMPLES',
        'The audio holds NaN or infinite samples. Check what produces it, its sample format above all.',
      );
    }
    this.#done += count;
    const keepFrom = Math.max(0, this.#done - LEAD_FRAMES);
    this.#buffer = this.#buffer.slice((keepFrom - this.#bufferFrame) * FRAME_SAMPLES);
    this.#bufferFrame = keepFrom;
    return { levels, logMel };
  }
}
