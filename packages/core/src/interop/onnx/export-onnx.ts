import { EcapaError } from '../../errors.js';
import { checkModel } from '../../heads/predict.js';
import { EMBEDDING } from '../../model/ecapa-graph.js';
import type { ModelInfo } from '../../model/model-file.js';
import { type OnnxNode, type OnnxTensor, writeOnnx } from '../../model/onnx-writer.js';
import { type Field, MessageWriter, readFields } from '../../model/protobuf.js';
import type { Head } from '../../types.js';

/** Name of the exported file's second output: batch x classes, in the order of the metadata's `labels`. */
export const PROBABILITIES = 'probabilities';

// Field numbers of onnx.proto.
const MODEL = { graph: 7, metadata: 14 } as const;
const GRAPH_NAME = 2;

/**
 * Model and head as one ONNX file: waveform (16 kHz, mono) in, `embedding` and `probabilities` out. The
 * head's nodes are appended to the model's graph; nothing else in it changes. The temperature is folded
 * in; a rejection rule is left out. Its metadata names `model`, `head` and `labels` (a JSON list).
 *
 * Throws `HEAD_MODEL_MISMATCH`, or `MODEL_INVALID` for bytes that are not an ONNX file.
 */
export function exportOnnx(head: Head, info: ModelInfo, onnx: Uint8Array): Uint8Array {
  checkModel(head, info.id, info.dimension);
  const fields = fieldsOf(onnx, info);
  const graph = new MessageWriter();
  graph.append(graphOf(fields, info));
  const { nodes, initializers } = headGraph(head);
  const tail = writeOnnx(
    {
      name: 'head',
      inputs: [],
      outputs: [{ name: PROBABILITIES, shape: ['batch', head.labels.length] }],
      nodes,
      initializers,
    },
    'ecapa',
  );
  for (const { field, raw } of readFields(graphOf(fieldsOf(tail, info), info))) {
    if (field !== GRAPH_NAME) graph.append(raw);
  }
  const file = new MessageWriter();
  for (const { field, raw } of fields) if (field !== MODEL.graph) file.append(raw);
  file.message(MODEL.graph, graph);
  const metadata = {
    model: head.modelId,
    head: head.id,
    labels: JSON.stringify(head.labels),
  };
  for (const [key, value] of Object.entries(metadata)) {
    file.message(MODEL.metadata, new MessageWriter().text(1, key).text(2, value));
  }
  return file.toBytes();
}

/** `softmax(n(embedding) W' + b')` as nodes, from the model's output to `probabilities`. */
function headGraph(head: Head): { nodes: OnnxNode[]; initializers: OnnxTensor[] } {
  const { dimension, labels, temperature } = head;
  const classes = labels.length;
  const transposed = new Float32Array(dimension * classes);
  for (let k = 0; k < classes; k++) {
    for (let j = 0; j < dimension; j++) {
      transposed[j * classes + k] = (head.weights[k * dimension + j] ?? 0) / temperature;
    }
  }
  const bias = Float32Array.from(head.bias, (value) => value / temperature);
  const norm = normNodes(head);
  return {
    nodes: [
      ...norm.nodes,
      { operator: 'Gemm', inputs: [norm.output, 'head/weights', 'head/bias'], outputs: ['head/logits'] },
      { operator: 'Softmax', inputs: ['head/logits'], outputs: [PROBABILITIES], attributes: { axis: -1 } },
    ],
    initializers: [
      ...norm.initializers,
      float32('head/weights', [dimension, classes], transposed),
      float32('head/bias', [classes], bias),
    ],
  };
}

function normNodes({ inputNorm }: Head): { nodes: OnnxNode[]; initializers: OnnxTensor[]; output: string } {
  if (inputNorm === 'none') return { nodes: [], initializers: [], output: EMBEDDING };
  const last = Buffer.alloc(8);
  last.writeBigInt64LE(-1n);
  const axes: OnnxTensor = { name: 'head/axes', type: 'int64', shape: [1], bytes: last };
  // The largest absolute value is what scikit-learn calls the max norm.
  const isMax = inputNorm === 'max';
  const operator = { l2: 'ReduceL2', l1: 'ReduceL1', max: 'ReduceMax' }[inputNorm];
  const source = isMax ? 'head/absolute' : EMBEDDING;
  return {
    nodes: [
      ...(isMax ? [{ operator: 'Abs', inputs: [EMBEDDING], outputs: ['head/absolute'] }] : []),
      { operator, inputs: [source, 'head/axes'], outputs: ['head/norm'], attributes: { keepdims: 1 } },
      // An embedding of zeros stays one.
      { operator: 'Max', inputs: ['head/norm', 'head/smallest'], outputs: ['head/divisor'] },
      { operator: 'Div', inputs: [EMBEDDING, 'head/divisor'], outputs: ['head/input'] },
    ],
    initializers: [axes, float32('head/smallest', [1], Float32Array.of(1e-30))],
    output: 'head/input',
  };
}

function float32(name: string, shape: readonly number[], values: Float32Array): OnnxTensor {
  const bytes = Buffer.alloc(values.length * 4);
  values.forEach((value, i) => {
    bytes.writeFloatLE(value, i * 4);
  });
  return { name, type: 'float32', shape, bytes };
}

function fieldsOf(onnx: Uint8Array, info: ModelInfo): Field[] {
  try {
    return [...readFields(onnx)];
  } catch (cause) {
    throw new EcapaError('MODEL_INVALID', `Model "${info.id}" is not an ONNX file. Import it again.`, {
      cause,
    });
  }
}

function graphOf(fields: readonly Field[], info: ModelInfo): Uint8Array {
  const graph = fields.find(({ field }) => field === MODEL.graph)?.bytes;
  if (graph === undefined) {
    throw new EcapaError('MODEL_INVALID', `Model "${info.id}" holds no graph. Import it again.`);
  }
  return graph;
}
