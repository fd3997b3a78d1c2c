import type { PieceSums } from '../stretches.js';

const VARIANCE_FLOOR = 1e-12;

/** The weighted mean and deviation of each channel over a window that these pieces make up: [2 channels]. */
export function poolPieces(pieces: readonly PieceSums[]): Float32Array {
  const [first] = pieces;
  if (first === undefined) throw new RangeError('pieces: none');
  const channels = first.rows.length / (1 + 3 * first.pieceCount);
  const statistics = new Float32Array(2 * channels);
  for (let channel = 0; channel < channels; channel++) {
    let mass = 0;
    let sum = 0;
    let squares = 0;
    for (const { rows, piece, pieceCount } of pieces) {
      // Of m, of m d and of m d^2, where d = x - mean; then of m x and of m x^2.
      const mean = rows[channel] as number;
      const at = (1 + piece) * channels + channel;
      const m = rows[at] as number;
      const md = rows[at + pieceCount * channels] as number;
      const mdd = rows[at + 2 * pieceCount * channels] as number;
      mass += m;
      sum += md + mean * m;
      squares += mdd + mean * (2 * md + mean * m);
    }
    const mean = sum / mass;
    statistics[channel] = mean;
    statistics[channels + channel] = Math.sqrt(Math.max(VARIANCE_FLOOR, squares / mass - mean * mean));
  }
  return statistics;
}
