import type { Piece, PieceSums } from '../stretches.js';
import { EMBEDDING } from './ecapa-graph.js';
import { MEL_BANDS } from './fbank.js';
import { LOG_MEL } from './front-end-graph.js';
import { PIECE_ENDS, PIECE_STARTS, PIECE_SUMS, STATISTICS, type TrunkParts } from './piece-sums-graph.js';
import { poolPieces } from './pooled-pieces.js';
import type { FloatTensor, Runtime, Session } from './session/session.js';

/** A network in two parts, between which windows are pooled from pieces; see `StretchEmbedder`. */
export class StretchNetwork {
  readonly #trunk: Session;
  readonly #projection: Session;

  private constructor(trunk: Session, projection: Session) {
    this.#trunk = trunk;
    this.#projection = projection;
  }

  /** Rejects with the runtime's own error. */
  static async open(runtime: Runtime, parts: TrunkParts, threads: number): Promise<StretchNetwork> {
    const trunk = await runtime.open(parts.trunk, threads);
    try {
      return new StretchNetwork(trunk, await runtime.open(parts.projection, 1));
    } catch (cause) {
      await trunk.release();
      throw cause;
    }
  }

  /** Rejects with the runtime's own error. */
  async sum(values: Float32Array, pieces: readonly (readonly Piece[])[]): Promise<PieceSums[][]> {
    const stretches = pieces.length;
    const frames = values.length / (stretches * MEL_BANDS);
    // All stretches have as many pieces: those that fewer are wanted of get empty ones behind them.
    const most = pieces.reduce((count, { length }) => Math.max(count, length), 1);
    const shares = (bound: 0 | 1): FloatTensor => {
      const shares = new Float32Array(stretches * most);
      for (const [stretch, own] of pieces.entries()) {
        for (const [i, piece] of own.entries()) shares[stretch * most + i] = piece[bound] / frames;
      }
      return { values: shares, shape: [stretches, most, 1] };
    };
    const inputs = {
      [LOG_MEL]: { values, shape: [stretches, frames, MEL_BANDS] },
      [PIECE_STARTS]: shares(0),
      [PIECE_ENDS]: shares(1),
    };
    const sums = await this.#trunk.run(inputs, PIECE_SUMS);
    const size = sums.length / stretches;
    return pieces.map((own, stretch) => {
      const rows = sums.subarray(stretch * size, (stretch + 1) * size);
      return own.map((_, piece) => ({ rows, piece, pieceCount: most }));
    });
  }

  /** Embeddings, one after the other. Rejects with the runtime's own error. */
  async pool(windows: readonly (readonly PieceSums[])[]): Promise<Float32Array> {
    const rows = windows.map(poolPieces);
    const size = rows[0]?.length ?? 0;
    const values = new Float32Array(windows.length * size);
    for (const [window, row] of rows.entries()) values.set(row, window * size);
    return this.#projection.run({ [STATISTICS]: { values, shape: [windows.length, size] } }, EMBEDDING);
  }

  async release(): Promise<void> {
    await this.#trunk.release();
    await this.#projection.release();
  }
}
