import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import { buildEcapaGraph, minimumSampleCount } from './ecapa-graph.js';
import type { EcapaWeights } from './ecapa-weights.js';
import { keepAsFloat16 } from './float16.js';
import { keepAsInt8 } from './keep-as-int8.js';
import { type ModelInfo, type Quantization, writeModelDirectory } from './model-file.js';
import { writeOnnx } from './onnx-writer.js';

/** Where a model is written, and with which weights, id and quantization. */
export interface WriteEcapaModelOptions {
  readonly directory: string;
  readonly weights: EcapaWeights;
  readonly id: string;
  readonly licence: string;
  /** Where the weights came from, for people. */
  readonly source: string;
  readonly quantize?: Quantization;
  /** See `ModelInfo.conditioned`. */
  readonly conditioned?: boolean;
  /** See `ModelInfo.sharedTrunk`. */
  readonly sharedTrunk?: boolean;
  /** Kept in model.json beside the network's widths. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** The ONNX file of a network, waveform to embedding. */
export function encodeEcapaModel(weights: EcapaWeights, quantize: Quantization = 'none'): Uint8Array {
  const graph = buildEcapaGraph(weights, quantize === 'int8' ? 'int8' : 'float32');
  if (quantize === 'none') return writeOnnx(graph, 'ecapa');
  return writeOnnx(quantize === 'int8-weights' ? keepAsInt8(graph) : keepAsFloat16(graph), 'ecapa');
}

/** Builds a model directory from a network's weights. Throws as `writeModelDirectory` does. */
export async function writeEcapaModel(options: WriteEcapaModelOptions): Promise<ModelInfo> {
  const { weights, quantize = 'none' } = options;
  return writeModelDirectory(options.directory, encodeEcapaModel(weights, quantize), {
    id: options.id,
    sampleRateHz: SAMPLE_RATE_HZ,
    dimension: weights.output.outputs,
    minimumSamples: minimumSampleCount(weights),
    licence: options.licence,
    source: options.source,
    quantization: quantize,
    ...(options.conditioned === undefined ? {} : { conditioned: options.conditioned }),
    ...(options.sharedTrunk === undefined ? {} : { sharedTrunk: options.sharedTrunk }),
    details: {
      channels: [
        weights.input.conv.outputs,
        ...weights.residualBlocks.map((block) => block.tdnn2.conv.outputs),
        ...(weights.aggregation === undefined ? [] : [weights.aggregation.conv.outputs]),
      ],
      attentionChannels: weights.attention.tdnn.conv.outputs,
      ...options.details,
    },
  });
}
