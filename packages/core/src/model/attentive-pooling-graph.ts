import {
  type Activation,
  type Affine,
  concatAffine,
  foldConv,
  type LinearLayer,
  normAffine,
} from './affine.js';
import type { EcapaWeights } from './ecapa-weights.js';
import type { LayerBuilder } from './layer-builder.js';

const VARIANCE_FLOOR = 1e-12;
/** Largest logit whose exponential, times a squared activation, still sums in float32 without overflow. */
const SAFE_LOGIT = 40;

/** Pooled statistics: rows [batch, 2 channels] and the affine they still want. */
export interface PooledStatistics extends Affine {
  readonly tensor: string;
}

/**
 * Attentive statistics pooling with global context: weights over frames, per channel, from each frame
 * beside the utterance's mean and deviation; then the weighted mean and deviation of each channel.
 *
 * Mean and deviation are the same for all frames, so their part of the first layer (two thirds of it)
 * is computed once per utterance and added as if it were a bias. The second layer's bias shifts a
 * channel's logits alike on all frames, which softmax ignores, and is left out.
 */
export function addAttentivePooling(
  layers: LayerBuilder,
  input: Activation,
  { tdnn, conv }: EcapaWeights['attention'],
): PooledStatistics {
  const { graph } = layers;
  const channels = input.shift.length;
  const floor = graph.scalar('pooling/variance_floor', VARIANCE_FLOOR);

  const frames = layers.timed('pooling/frames', input.tensor, channels);
  const mean = layers.mean('pooling/mean', frames);
  const centred = graph.node('Sub', 'pooling/centred', [frames, mean]);
  const squares = graph.node('Mul', 'pooling/squares', [centred, centred]);
  const variance = layers.mean('pooling/variance', squares);
  const deviation = graph.node('Sqrt', 'pooling/deviation', [
    graph.node('Max', 'pooling/floored_variance', [variance, floor]),
  ]);

  // Columns for the frame itself, then for the mean, then for the deviation, which has no sign or shift.
  const norm = normAffine(tdnn.norm);
  const deviationAffine = { scale: new Float64Array(channels).fill(1), shift: new Float64Array(channels) };
  const layer = foldConv(tdnn.conv, concatAffine([input, input, deviationAffine]), norm.scale.map(Math.abs));
  const attentionChannels = layer.outputs;
  // The bias is in the context's part.
  const { bias: _, ...frameLayer } = columns(layer, 0, channels);
  const framePart = layers.overRows('attention/frame', input.tensor, frameLayer);
  const context = graph.node('Concat', 'attention/context', [mean, deviation], { axis: 2 });
  const contextRows = layers.flat('attention/context', context, 2 * channels);
  const contextPart = layers.gemm('attention/context', contextRows, columns(layer, channels, 3 * channels));
  const sum = graph.node('Add', 'attention/sum', [
    layers.timed('attention/frame', framePart, attentionChannels),
    layers.overFrames('attention/context/over_frames', contextPart),
  ]);
  const rectified = graph.node('Relu', 'attention/relu', [sum]);
  // A tanh follows this normalisation, so its sign and shift cannot wait.
  const unsigned = layers.unsigned('attention', {
    tensor: rectified,
    scale: norm.scale.map((scale) => (scale < 0 ? -1 : 1)),
    shift: norm.shift,
  });
  const shift = graph.constant('attention/shift', [attentionChannels], Float32Array.from(unsigned.shift));
  const normalised = graph.node('Add', 'attention/normalised', [unsigned.tensor, shift]);
  const tanh = graph.node('Tanh', 'attention/tanh', [normalised]);
  const logitRows = layers.overRows(
    'attention/logits',
    layers.flat('attention/tanh', tanh, attentionChannels),
    { inputs: attentionChannels, outputs: channels, weight: conv.weight },
  );
  let logits = layers.timed('attention/logits', logitRows, channels);
  if (largestLogit(conv.weight, attentionChannels) > SAFE_LOGIT) {
    const largest = graph.node('ReduceMax', 'attention/largest', [logits, graph.integers([1])], {
      keepdims: 1,
    });
    logits = graph.node('Sub', 'attention/safe_logits', [logits, largest]);
  }
  const masses = graph.node('Exp', 'attention/masses', [logits]);
  const total = layers.sum('attention/total', masses);

  // Weighted statistics around the plain mean, which keeps the differences small.
  const weightedMean = (name: string, values: string): string => {
    const weighted = graph.node('Mul', `${name}/weighted`, [masses, values]);
    const weightedSum = layers.sum(`${name}/sum`, weighted);
    return graph.node('Div', name, [weightedSum, total]);
  };
  const offset = weightedMean('pooling/offset', centred);
  const pooledMean = graph.node('Add', 'pooling/weighted_mean', [mean, offset]);
  const recentred = graph.node('Sub', 'pooling/recentred', [centred, offset]);
  const pooledVariance = weightedMean(
    'pooling/weighted_variance',
    graph.node('Mul', 'pooling/recentred_squares', [recentred, recentred]),
  );
  const pooledDeviation = graph.node('Sqrt', 'pooling/weighted_deviation', [
    graph.node('Max', 'pooling/floored_weighted_variance', [pooledVariance, floor]),
  ]);
  const pooled = graph.node('Concat', 'pooling/statistics', [pooledMean, pooledDeviation], { axis: 2 });
  const tensor = layers.flat('pooling/statistics', pooled, 2 * channels);
  return { tensor, ...concatAffine([input, deviationAffine]) };
}

/** A layer that sees only the inputs [start, end) of another. */
function columns(layer: LinearLayer, start: number, end: number): LinearLayer {
  const inputs = end - start;
  const weight = new Float32Array(layer.outputs * inputs);
  for (let output = 0; output < layer.outputs; output++) {
    const row = output * layer.inputs;
    weight.set(layer.weight.subarray(row + start, row + end), output * inputs);
  }
  return { inputs, outputs: layer.outputs, weight, bias: layer.bias };
}

/** Upper bound of |W tanh(...)|: the largest sum of absolute weights in a row. */
function largestLogit(weight: Float32Array, rowLength: number): number {
  let largest = 0;
  for (let row = 0; row < weight.length; row += rowLength) {
    let sum = 0;
    for (let index = row; index < row + rowLength; index++) sum += Math.abs(weight[index] ?? 0);
    largest = Math.max(largest, sum);
  }
  return largest;
}
