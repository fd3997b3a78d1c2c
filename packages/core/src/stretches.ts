import type { Embedding } from './types.js';

/** Frames [start, end) of a stretch; pieces may overlap. */
export type Piece = readonly [startFrame: number, endFrame: number];

/**
 * Sums over one piece of a stretch, a view of what the trunk gave: the stretch's mean, then masses, firsts and seconds of all of
 * its pieces about that mean.
 */
export interface PieceSums {
  /** [1 + 3 pieceCount, channels], row-major. */
  readonly rows: Float32Array;
  readonly piece: number;
  readonly pieceCount: number;
}

/**
 * Embeddings of windows that overlap, from a trunk that is computed once: a recording is cut into stretches as long as a
 * window, each floored, centred and squeezed by itself, and a window is pooled from pieces of the one or two stretches that it
 * lies in (docs/decisions/2026-11-30-shared-trunk.md).
 */
export interface StretchEmbedder {
  /**
   * Sums over pieces of stretches. The stretches are equally long, one after the other in `values` (stretches x frames x 80).
   * Throws `MODEL_INVALID`, `INFERENCE_FAILED` and `CLOSED`.
   */
  sum(
    values: Float32Array,
    pieces: readonly (readonly Piece[])[],
  ): Promise<readonly (readonly PieceSums[])[]>;
  /** The embedding of each window, given the pieces that it consists of. Throws `INFERENCE_FAILED` and `CLOSED`. */
  pool(windows: readonly (readonly PieceSums[])[]): Promise<readonly Embedding[]>;
}
