import { type Activation, compose, foldConv, normAffine, plain } from './affine.js';
import { addAttentivePooling } from './attentive-pooling-graph.js';
import type { EcapaWeights, ResidualBlockWeights, TdnnWeights } from './ecapa-weights.js';
import { DYNAMIC_RANGE_DECIBELS, HOP_SAMPLES } from './fbank.js';
import { addFrontEnd } from './front-end-graph.js';
import { GraphBuilder } from './graph-builder.js';
import { type Arithmetic, LayerBuilder } from './layer-builder.js';
import type { OnnxGraph } from './onnx-writer.js';
import { addStem } from './stem-graph.js';

/** Name of the graph's input: [batch, samples], mono, 16 kHz, nominally in [-1, 1]. */
export const WAVEFORM = 'waveform';
/** Name of the graph's output: [batch, dimension], not L2-normalised. */
export const EMBEDDING = 'embedding';

/**
 * An ECAPA-TDNN (Desplanques et al. 2020) with SpeechBrain's front end as one graph, waveform to
 * embedding: what SpeechBrain's `encode_batch` gives for each waveform alone. Batch and length are free.
 *
 * Every layer behind the stem is a matrix product over frames with a constant right-hand side, which the runtime packs
 * once and runs near the processor's peak; the windows of a batch share one product. With `int8` the products over
 * frames multiply integers; the front end, the stem and what is computed once a window stay in float32.
 */
export function buildEcapaGraph(weights: EcapaWeights, arithmetic: Arithmetic = 'float32'): OnnxGraph {
  const graph = new GraphBuilder();
  const logMel = addFrontEnd(graph, WAVEFORM);
  const normalised = addUtteranceNorm(graph, logMel);
  const features = weights.stem.length === 0 ? normalised : addStem(graph, normalised, weights.stem);
  const layers = new LayerBuilder(graph, features, arithmetic);

  const width = weights.input.conv.inputs;
  let hidden = layers.tdnn('input', plain(layers.flat('input', features, width), width), weights.input);
  const outputs = weights.residualBlocks.map((block, index) => {
    hidden = addResidualBlock(layers, `block${index + 1}`, hidden, block);
    return hidden;
  });
  const joined = layers.concatChannels('aggregation/input', outputs);
  const { aggregation } = weights;
  const aggregated = aggregation === undefined ? joined : layers.tdnn('aggregation', joined, aggregation);
  const pooled = addAttentivePooling(layers, aggregated, weights.attention);

  const last = foldConv(weights.output, compose(normAffine(weights.pooledNorm), pooled));
  const bias = graph.constant('output/bias', [last.outputs], last.bias);
  graph.node('Gemm', EMBEDDING, [pooled.tensor, layers.weight('output', last), bias], { transB: 1 });
  return graph.build(
    'ecapa-tdnn',
    [{ name: WAVEFORM, shape: ['batch', 'samples'] }],
    [{ name: EMBEDDING, shape: ['batch', last.outputs] }],
  );
}

/** The fewest samples the network takes: a mirrored edge must be shorter than the signal. */
export function minimumSampleCount(weights: EcapaWeights): number {
  const reachOf = ({ conv, dilation }: TdnnWeights): number => ((conv.kernelSize - 1) / 2) * dilation;
  const reaches = [
    reachOf(weights.input),
    ...weights.residualBlocks.flatMap((block) => block.res2net.map(reachOf)),
    ...(weights.aggregation === undefined ? [] : [reachOf(weights.aggregation)]),
  ];
  const framesToOne = weights.stem.reduce((product, { stride }) => product * stride, 1);
  return Math.max(1, ...reaches.map((reach) => reach * framesToOne * HOP_SAMPLES));
}

/** Raises quiet values to 80 dB under the utterance's loudest, then removes each band's mean. */
function addUtteranceNorm(graph: GraphBuilder, logMel: string): string {
  const loudest = graph.node('ReduceMax', 'norm/loudest', [logMel, graph.integers([1, 2])], { keepdims: 1 });
  const range = graph.scalar('norm/range', DYNAMIC_RANGE_DECIBELS);
  const floor = graph.node('Sub', 'norm/floor', [loudest, range]);
  const raised = graph.node('Max', 'norm/raised', [logMel, floor]);
  const mean = graph.node('ReduceMean', 'norm/mean', [raised, graph.integers([1])], { keepdims: 1 });
  return graph.node('Sub', 'norm/features', [raised, mean]);
}

/** SERes2NetBlock: 1x1 TDNN, Res2Net over groups of channels, 1x1 TDNN, squeeze-excitation, residual. */
function addResidualBlock(
  layers: LayerBuilder,
  name: string,
  input: Activation,
  block: ResidualBlockWeights,
): Activation {
  const { graph } = layers;
  const expanded = layers.tdnn(`${name}/tdnn1`, input, block.tdnn1);
  const [first, ...groups] = layers.splitChannels(`${name}/group`, expanded, block.res2net.length + 1);
  if (first === undefined) throw new RangeError(`${name}: no channel groups`);
  // Group 0 passes through, group 1 is convolved, each later one after adding the result before it.
  const results = [first];
  block.res2net.forEach((tdnn, index) => {
    const group = groups[index];
    const previous = results[index];
    if (group === undefined || previous === undefined) throw new RangeError(`${name}: group ${index}`);
    const at = `${name}/res2net${index + 1}`;
    const sum = index === 0 ? group : layers.add(`${at}/sum`, group, previous);
    results.push(layers.tdnn(at, sum, tdnn));
  });
  const joined = layers.concatChannels(`${name}/res2net`, results);
  const combined = layers.unsigned(`${name}/combined`, layers.tdnn(`${name}/tdnn2`, joined, block.tdnn2));

  // Squeeze-excitation: one factor per channel from the mean over frames.
  const channels = combined.shift.length;
  const frames = layers.timed(`${name}/combined`, combined.tensor, channels);
  const squeezed = layers.flat(`${name}/se/mean`, layers.mean(`${name}/se/mean`, frames), channels);
  const squeeze = layers.gemm(`${name}/se/squeeze`, squeezed, foldConv(block.squeeze, combined));
  const rectified = graph.node('Relu', `${name}/se/relu`, [squeeze]);
  const excite = layers.gemm(
    `${name}/se/excite`,
    rectified,
    foldConv(block.excite, plain('', block.excite.inputs)),
  );
  const gate = layers.overFrames(`${name}/se/gate`, graph.node('Sigmoid', `${name}/se/sigmoid`, [excite]));

  const residual =
    block.shortcut === undefined
      ? layers.unsigned(`${name}/residual`, input)
      : layers.pointwise(`${name}/shortcut`, input, block.shortcut);
  // gate (combined + shift) + residual + its shift: what does not change over frames is added once.
  const vector = (label: string, values: Float64Array): string =>
    graph.constant(`${name}/${label}`, [channels], Float32Array.from(values));
  const gatedShift = graph.node('Mul', `${name}/gated_shift`, [gate, vector('shift', combined.shift)]);
  const steady = graph.node('Add', `${name}/steady`, [gatedShift, vector('residual_shift', residual.shift)]);
  const gated = graph.node('Mul', `${name}/gated`, [frames, gate]);
  const steadied = graph.node('Add', `${name}/steadied`, [gated, steady]);
  const output = graph.node('Add', `${name}/output`, [
    layers.flat(`${name}/steadied`, steadied, channels),
    residual.tensor,
  ]);
  return plain(output, channels);
}
