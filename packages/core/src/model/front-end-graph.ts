import {
  ENERGY_FLOOR,
  FRAME_SAMPLES,
  foldedWindow,
  HOP_SAMPLES,
  MEL_BANDS,
  melFilters,
  onePeriod,
  SPECTRUM_BINS,
} from './fbank.js';
import type { GraphBuilder } from './graph-builder.js';

/** Name of the tensor between front end and network: [batch, frames, 80], decibels, before the floor. */
export const LOG_MEL = 'log_mel';

/** Samples before a frame's middle one. */
const HALF = FRAME_SAMPLES / 2;

/**
 * Waveform [batch, samples] at 16 kHz to log-mel frames [batch, 1 + floor(samples / 160), 80].
 *
 * Each frame depends on its own 400 samples only, so the frames of a long recording can be computed
 * once and shared by windows that overlap. The short-time Fourier transform is two matrix products over folded frames:
 * seen from the middle of a frame the window is symmetric, so samples equally far from it share their cosines, and
 * their sines but for the sign. That halves the work; where a frame's middle lies changes phases alone.
 */
export function addFrontEnd(graph: GraphBuilder, waveform: string): string {
  const { even, odd } = addFoldedFrames(graph, waveform);
  const steps = addSteps(graph);
  const { cosine, sine } = onePeriod();
  const { sums, differences } = foldedWindow();
  const squares = (name: string, folded: string, period: Float32Array, window: Float32Array): string => {
    const waves = graph.node('Gather', `${name}/waves`, [
      graph.constant(`${name}/period`, [FRAME_SAMPLES], period),
      steps,
    ]);
    const weight = graph.node('Mul', `${name}/dft`, [
      waves,
      graph.constant(`${name}/window`, [HALF + 1], window),
    ]);
    const flat = graph.node('Reshape', `${name}/flat`, [folded, graph.integers([-1, HALF + 1])]);
    const spectrum = graph.node('Gemm', `${name}/spectrum`, [flat, weight], { transB: 1 });
    return graph.node('Mul', `${name}/squared`, [spectrum, spectrum]);
  };
  const power = graph.node('Add', 'stft/power', [
    squares('stft/even', even, cosine, sums),
    squares('stft/odd', odd, sine, differences),
  ]);

  const mel = graph.constant('mel/filters', [MEL_BANDS, SPECTRUM_BINS], melFilters());
  const energy = graph.node('Gemm', 'mel/energy', [power, mel], { transB: 1 });
  const raised = graph.node('Max', 'mel/raised', [energy, graph.scalar('mel/energy_floor', ENERGY_FLOOR)]);
  const natural = graph.node('Log', 'mel/natural', [raised]);
  const decibels = graph.node('Mul', 'mel/decibels', [
    natural,
    graph.scalar('mel/decibels_per_neper', 10 / Math.LN10),
  ]);

  const batch = graph.node('Shape', 'mel/batch', [waveform], { start: 0, end: 1 });
  const shape = graph.node('Concat', 'mel/shape', [batch, graph.integers([-1, MEL_BANDS])], { axis: 0 });
  return graph.node('Reshape', LOG_MEL, [decibels, shape]);
}

/**
 * Where in its period each bin's wave is at each distance from the middle: [SPECTRUM_BINS, HALF + 1]. The runtime makes the DFT's
 * matrices of it once, when it loads the file, which need not hold them.
 */
function addSteps(graph: GraphBuilder): string {
  const scalar = (value: number): string =>
    graph.node('Squeeze', `stft/scalar_${value}`, [graph.integers([value])]);
  const numbers = graph.node('Range', 'stft/numbers', [scalar(0), scalar(SPECTRUM_BINS), scalar(1)]);
  const column = graph.node('Unsqueeze', 'stft/column', [numbers, graph.integers([1])]);
  // Reducing the product keeps the angle, and so the sines, exact.
  const products = graph.node('Mul', 'stft/products', [column, numbers]);
  return graph.node('Mod', 'stft/steps', [products, graph.integers([FRAME_SAMPLES])]);
}

/**
 * [batch, samples] to sums and differences of what lies equally far before and behind each frame's middle, nearest
 * first: [batch, frames, HALF + 1]. Zeros continue the waveform beyond both ends.
 */
function addFoldedFrames(graph: GraphBuilder, waveform: string): { even: string; odd: string } {
  const shape = graph.node('Shape', 'frame/waveform_shape', [waveform]);
  const batch = graph.node('Slice', 'frame/batch', [shape, graph.integers([0]), graph.integers([1])]);
  const samples = graph.node('Slice', 'frame/samples', [shape, graph.integers([1]), graph.integers([2])]);
  const hop = graph.integers([HOP_SAMPLES]);

  // Frames need two rows more than there are frames: floor(samples / hop) + 3 rows in all.
  const partial = graph.node('Mod', 'frame/partial_hop', [samples, hop]);
  const rowShape = graph.node('Concat', 'frame/row_shape', [batch, graph.integers([-1, HOP_SAMPLES])], {
    axis: 0,
  });
  /** The waveform in rows of a hop, of which the first begins so many samples before it. */
  const rowsFrom = (name: string, before: number): string => {
    const after = graph.node('Sub', `${name}/zeros_after`, [
      graph.integers([3 * HOP_SAMPLES - before]),
      partial,
    ]);
    const pads = graph.node('Concat', `${name}/pads`, [graph.integers([0, before, 0]), after], { axis: 0 });
    const padded = graph.node('Pad', `${name}/padded`, [waveform, pads]);
    return graph.node('Reshape', name, [padded, rowShape]);
  };
  /** Of the rows from `row` on, one for each frame, the samples [start, end). */
  const cut = (name: string, rows: string, row: number, start: number, end: number): string =>
    graph.node('Slice', name, [
      rows,
      graph.integers([row, start]),
      graph.integers([row === 2 ? Number.MAX_SAFE_INTEGER : row - 2, end]),
      graph.integers([1, 2]),
    ]);

  const rows = rowsFrom('frame/rows', HALF);
  const first = cut('frame/first', rows, 0, 0, 1);
  const nothing = graph.node('Sub', 'frame/nothing', [first, first]);
  const middle = HALF - HOP_SAMPLES;
  const behind = graph.node(
    'Concat',
    'frame/behind',
    [
      cut('frame/behind/near', rows, 1, middle, HOP_SAMPLES),
      cut('frame/behind/far', rows, 2, 0, FRAME_SAMPLES - 2 * HOP_SAMPLES),
      nothing,
    ],
    { axis: 2 },
  );
  // One sample later, and backwards: the middle itself comes first, and a frame's first sample is left over.
  const mirrored = graph.node('Slice', 'frame/mirrored', [
    rowsFrom('frame/later', HALF - 1),
    graph.integers([-1]),
    graph.integers([-HOP_SAMPLES - 1]),
    graph.integers([2]),
    graph.integers([-1]),
  ]);
  const before = graph.node(
    'Concat',
    'frame/before',
    [
      cut('frame/before/near', mirrored, 1, HOP_SAMPLES - middle, HOP_SAMPLES),
      cut('frame/before/far', mirrored, 0, 0, HOP_SAMPLES),
      first,
    ],
    { axis: 2 },
  );
  return {
    even: graph.node('Add', 'frame/even', [before, behind]),
    odd: graph.node('Sub', 'frame/odd', [before, behind]),
  };
}
