import { EMBEDDING } from './ecapa-graph.js';
import { MEL_BANDS } from './fbank.js';
import { LOG_MEL } from './front-end-graph.js';
import { GraphBuilder } from './graph-builder.js';
import type { OnnxFile } from './onnx-parts.js';
import type { OnnxValue } from './onnx-writer.js';

/** Names of the inputs [batch, pieces, 1]: where each piece of a stretch begins and ends, as shares of the stretch. */
export const PIECE_STARTS = 'piece_starts';
export const PIECE_ENDS = 'piece_ends';
/** Name of the output [batch, 1 + 3 pieces, channels]. */
export const PIECE_SUMS = 'piece_sums';
/** The pooled statistics of `addAttentivePooling`, rows [batch, 2 channels]. */
export const STATISTICS = 'pooling/statistics/flat';

// Other tensors of that pooling, of what leads to it, and of `LayerBuilder`.
const AGGREGATION_INPUT = 'aggregation/input';
const BATCH = 'batch';
const MEAN = 'pooling/mean';
const CENTRED = 'pooling/centred';
const MASSES = 'attention/masses';
const WEIGHTED = 'pooling/offset/weighted';
const SAFE_LOGITS = 'attention/safe_logits';
const ONES = 'ones';
const FRAME_COUNT = 'frame_count/float';

/** float32 among ONNX's data types. */
const ONNX_FLOAT = 1;

/**
 * Of the frames behind the blocks, one in so many makes the statistics: neighbours, 20 ms apart, are much alike, and the shipped
 * network was trained so (docs/decisions/2026-11-30-shared-trunk.md).
 */
const FRAME_STEP = 2;

/** A network in two parts, so that windows which overlap share what is computed for each frame. */
export interface TrunkParts {
  /** Log-mel frames and pieces to sums over pieces: for each stretch its mean, then masses, firsts and seconds of its pieces. */
  readonly trunk: Uint8Array;
  /** Pooled statistics to embeddings. */
  readonly projection: Uint8Array;
}

/**
 * Cuts a network of `buildEcapaGraph` at its attentive pooling. A window's weighted mean and deviation follow from sums over
 * its frames: of the attention's masses, and of those times x and x squared. Here these sums are taken over pieces of a
 * stretch instead, with the stretch as the attention's context, and about the stretch's mean, which keeps them small.
 *
 * What follows the blocks looks at single frames and their statistics, for which every `FRAME_STEP`-th is enough.
 *
 * Throws `RangeError` for other networks, and for those whose masses are scaled by a window's largest logit.
 */
export function splitAtPooling(file: OnnxFile): TrunkParts {
  if (file.has(SAFE_LOGITS)) throw new RangeError('its attention is scaled window by window');
  const graph = new GraphBuilder();
  const { rows, ones, frameCount } = addFrameStep(graph);
  addPieceSums(graph, ones, frameCount);
  const bound = (name: string): OnnxValue => ({ name, shape: ['batch', 'pieces', 1] });
  return {
    trunk: file.between({
      inputs: [
        { name: LOG_MEL, shape: ['batch', 'frames', MEL_BANDS] },
        bound(PIECE_STARTS),
        bound(PIECE_ENDS),
      ],
      outputs: [{ name: PIECE_SUMS, shape: ['batch', 'sums', 'channels'] }],
      added: graph.build('pieces', [], []),
      rewired: {
        from: AGGREGATION_INPUT,
        inputs: new Map([
          [AGGREGATION_INPUT, rows],
          [ONES, ones],
          [FRAME_COUNT, frameCount],
        ]),
      },
    }),
    projection: file.between({
      inputs: [{ name: STATISTICS, shape: ['batch', 'statistics'] }],
      outputs: [{ name: EMBEDDING, shape: ['batch', 'dimension'] }],
    }),
  };
}

/** Every `FRAME_STEP`-th of the rows that go into the aggregation, and what `LayerBuilder` needs to count their frames. */
function addFrameStep(graph: GraphBuilder): { rows: string; ones: string; frameCount: string } {
  const shape = graph.node('Shape', 'step/rows_shape', [AGGREGATION_INPUT]);
  const channels = graph.node('Slice', 'step/channels', [shape, graph.integers([1]), graph.integers([2])]);
  const timed = graph.node('Reshape', 'step/timed', [
    AGGREGATION_INPUT,
    graph.node('Concat', 'step/timed_shape', [BATCH, graph.integers([-1]), channels], { axis: 0 }),
  ]);
  const taken = graph.node('Slice', 'step/taken', [
    timed,
    graph.integers([0]),
    graph.integers([Number.MAX_SAFE_INTEGER]),
    graph.integers([1]),
    graph.integers([FRAME_STEP]),
  ]);
  const rows = graph.node('Reshape', 'step/rows', [
    taken,
    graph.node('Concat', 'step/rows_taken_shape', [graph.integers([-1]), channels], { axis: 0 }),
  ]);
  const count = graph.node('Shape', 'step/frame_count', [taken], { start: 1, end: 2 });
  return {
    rows,
    ones: graph.node('Expand', 'step/ones', [
      graph.constant('step/one', [1, 1], Float32Array.of(1)),
      graph.node('Concat', 'step/ones_shape', [graph.integers([1]), count], { axis: 0 }),
    ]),
    frameCount: graph.node('Cast', 'step/frame_count/float', [count], { to: ONNX_FLOAT }),
  };
}

function addPieceSums(graph: GraphBuilder, ones: string, frameCount: string): void {
  const ends = graph.node('CumSum', 'pieces/frame_ends', [ones, graph.integers([1])]);
  const middles = graph.node('Sub', 'pieces/middles', [ends, graph.scalar('pieces/half', 0.5)]);
  const places = graph.node('Div', 'pieces/places', [middles, frameCount]);
  const isIn = graph.node('And', 'pieces/is_in', [
    graph.node('GreaterOrEqual', 'pieces/is_begun', [places, PIECE_STARTS]),
    graph.node('Less', 'pieces/is_before_end', [places, PIECE_ENDS]),
  ]);
  const pieces = graph.node('Cast', 'pieces/mask', [isIn], { to: ONNX_FLOAT });
  const seconds = graph.node('Mul', 'pieces/weighted_squares', [WEIGHTED, CENTRED]);
  graph.node(
    'Concat',
    PIECE_SUMS,
    [
      MEAN,
      graph.node('MatMul', 'pieces/masses', [pieces, MASSES]),
      graph.node('MatMul', 'pieces/firsts', [pieces, WEIGHTED]),
      graph.node('MatMul', 'pieces/seconds', [pieces, seconds]),
    ],
    { axis: 1 },
  );
}
