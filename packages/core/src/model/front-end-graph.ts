import {
  ENERGY_FLOOR,
  FRAME_SAMPLES,
  HOP_SAMPLES,
  MEL_BANDS,
  melFilters,
  SPECTRUM_BINS,
  windowedDft,
} from './fbank.js';
import type { GraphBuilder } from './graph-builder.js';

/** Name of the tensor between front end and network: [batch, frames, 80], decibels, before the floor. */
export const LOG_MEL = 'log_mel';

const CENTRE = FRAME_SAMPLES / 2;
const REMAINDER = FRAME_SAMPLES - 2 * HOP_SAMPLES;

/**
 * Waveform [batch, samples] at 16 kHz to log-mel frames [batch, 1 + floor(samples / 160), 80].
 *
 * Each frame depends on its own 400 samples only, so the frames of a long recording can be computed
 * once and shared by windows that overlap. The short-time Fourier transform is one matrix product:
 * frames are laid out by copying, as a row of 160 samples, the next row, and half the one after.
 */
export function addFrontEnd(graph: GraphBuilder, waveform: string): string {
  const frames = addFraming(graph, waveform);
  const dft = graph.constant('stft/dft', [2 * SPECTRUM_BINS, FRAME_SAMPLES], windowedDft());
  const flat = graph.node('Reshape', 'stft/flat', [frames, graph.integers([-1, FRAME_SAMPLES])]);
  const spectrum = graph.node('Gemm', 'stft/spectrum', [flat, dft], { transB: 1 });
  const squared = graph.node('Mul', 'stft/squared', [spectrum, spectrum]);

  // Real and imaginary parts pass the same filters, so their squares are added by the product itself.
  const filters = melFilters();
  const both = new Float32Array(2 * filters.length);
  for (let band = 0; band < MEL_BANDS; band++) {
    const row = filters.subarray(band * SPECTRUM_BINS, (band + 1) * SPECTRUM_BINS);
    both.set(row, 2 * band * SPECTRUM_BINS);
    both.set(row, (2 * band + 1) * SPECTRUM_BINS);
  }
  const mel = graph.constant('mel/filters', [MEL_BANDS, 2 * SPECTRUM_BINS], both);
  const energy = graph.node('Gemm', 'mel/energy', [squared, mel], { transB: 1 });
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

/** [batch, samples] to [batch, frames, FRAME_SAMPLES], with zeros beyond both ends. */
function addFraming(graph: GraphBuilder, waveform: string): string {
  const shape = graph.node('Shape', 'frame/waveform_shape', [waveform]);
  const batch = graph.node('Slice', 'frame/batch', [shape, graph.integers([0]), graph.integers([1])]);
  const samples = graph.node('Slice', 'frame/samples', [shape, graph.integers([1]), graph.integers([2])]);
  const hop = graph.integers([HOP_SAMPLES]);

  // Frames need two rows more than there are frames: floor(samples / hop) + 3 rows in all.
  const partial = graph.node('Mod', 'frame/partial_hop', [samples, hop]);
  const after = graph.node('Sub', 'frame/zeros_after', [graph.integers([3 * HOP_SAMPLES - CENTRE]), partial]);
  const pads = graph.node('Concat', 'frame/pads', [graph.integers([0, CENTRE, 0]), after], { axis: 0 });
  const padded = graph.node('Pad', 'frame/padded', [waveform, pads]);
  const rowShape = graph.node('Concat', 'frame/row_shape', [batch, graph.integers([-1, HOP_SAMPLES])], {
    axis: 0,
  });
  const rows = graph.node('Reshape', 'frame/rows', [padded, rowShape]);

  const slice = (name: string, start: number, end: number, width: number): string =>
    graph.node('Slice', name, [
      rows,
      graph.integers([start, 0]),
      graph.integers([end, width]),
      graph.integers([1, 2]),
    ]);
  const parts = [
    slice('frame/first', 0, -2, HOP_SAMPLES),
    slice('frame/second', 1, -1, HOP_SAMPLES),
    slice('frame/third', 2, Number.MAX_SAFE_INTEGER, REMAINDER),
  ];
  return graph.node('Concat', 'frame/frames', parts, { axis: 2 });
}
