import { EcapaError } from '../../errors.js';
import { checkModel } from '../../heads/predict.js';
import { EMBEDDING } from '../../model/ecapa-graph.js';
import type { ModelInfo } from '../../model/model-file.js';
import { type OnnxNode, type OnnxTensor, writeOnnx } from '../../model/onnx-writer.js';
import { type Field, MessageWriter, readFields } from '../../model/protobuf.js';
import type { Head, InputNorm } from '../../types.js';

/** Name of the exported file's second output: batch x classes, in the order of the metadata's `labels`. */
export const PROBABILITIES = 'probabilities';
/** And of its third, for heads with a presence readout: the same shape, each label by itself. */
export const PRESENCE = 'presence';

// Field numbers of onnx.proto.
const MODEL = { graph: 7, metadata: 14 } as const;
const GRAPH_NAME = 2;

/**
 * Model and head as one ONNX file: waveform (16 kHz, mono) in, `embedding`, `probabilities` and, where the head has that
 * readout, `presence` out. The
 * head's nodes are appended to the model's graph; nothing else in it changes. The temperature is folded
 * in; a rejection rule is left out, and so is what conditions a clip (`ModelInfo.conditioned`). Its metadata names `model`,
 * `head`, `labels` (a JSON list) and, where clips were to be conditioned first, `conditioned`.
 *
 * Throws `HEAD_MODEL_MISMATCH`, or `MODEL_INVALID` for bytes that are not an ONNX file.
 */
export function exportOnnx(head: Head, info: ModelInfo, onnx: Uint8Array): Uint8Array {
  checkModel(head, info.id, info.dimension);
  const fields = fieldsOf(onnx, info);
  const graph = new MessageWriter();
  graph.append(graphOf(fields, info));
  const { nodes, initializers } = headGraph(head);
  const names = head.presence === undefined ? [PROBABILITIES] : [PROBABILITIES, PRESENCE];
  const tail = writeOnnx(
    {
      name: 'head',
      inputs: [],
      outputs: names.map((name) => ({ name, shape: ['batch', head.labels.length] })),
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
  const metadata: Readonly<Record<string, string>> = {
    ...(info.conditioned === true && { conditioned: 'true' }),
    model: head.modelId,
    head: head.id,
    labels: JSON.stringify(head.labels),
  };
  for (const [key, value] of Object.entries(metadata)) {
    file.message(MODEL.metadata, new MessageWriter().text(1, key).text(2, value));
  }
  return file.toBytes();
}

interface GraphPart {
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
}

/** `softmax(n(embedding) W' + b')` as nodes, from the model's output to `probabilities`; presence beside it. */
function headGraph(head: Head): GraphPart {
  const softmax = { operator: 'Softmax', attributes: { axis: -1 } };
  const verdict = readoutGraph(head, head, { prefix: 'head', output: PROBABILITIES, last: softmax });
  if (head.presence === undefined) return verdict;
  const sigmoid = { operator: 'Sigmoid' };
  const presence = readoutGraph(head, head.presence, { prefix: 'presence', output: PRESENCE, last: sigmoid });
  return {
    nodes: [...verdict.nodes, ...presence.nodes],
    initializers: [...verdict.initializers, ...presence.initializers],
  };
}

interface ReadoutPlace {
  /** How its tensors' names begin. */
  readonly prefix: string;
  readonly output: string;
  /** What turns logits into probabilities. */
  readonly last: Pick<OnnxNode, 'operator' | 'attributes'>;
}

function readoutGraph(
  { dimension, labels }: Head,
  readout: Pick<Head, 'weights' | 'bias' | 'temperature' | 'inputNorm'>,
  { prefix, output, last }: ReadoutPlace,
): GraphPart {
  const { temperature } = readout;
  const classes = labels.length;
  const transposed = new Float32Array(dimension * classes);
  for (let k = 0; k < classes; k++) {
    for (let j = 0; j < dimension; j++) {
      transposed[j * classes + k] = (readout.weights[k * dimension + j] ?? 0) / temperature;
    }
  }
  const bias = Float32Array.from(readout.bias, (value) => value / temperature);
  const norm = normNodes(readout.inputNorm, prefix);
  const [weights, biases, logits] = [`${prefix}/weights`, `${prefix}/bias`, `${prefix}/logits`];
  return {
    nodes: [
      ...norm.nodes,
      { operator: 'Gemm', inputs: [norm.output, weights, biases], outputs: [logits] },
      { ...last, inputs: [logits], outputs: [output] },
    ],
    initializers: [
      ...norm.initializers,
      float32(weights, [dimension, classes], transposed),
      float32(biases, [classes], bias),
    ],
  };
}

function normNodes(inputNorm: InputNorm, prefix: string): GraphPart & { readonly output: string } {
  if (inputNorm === 'none') return { nodes: [], initializers: [], output: EMBEDDING };
  const name = (part: string): string => `${prefix}/${part}`;
  const last = Buffer.alloc(8);
  last.writeBigInt64LE(-1n);
  const axes: OnnxTensor = { name: name('axes'), type: 'int64', shape: [1], bytes: last };
  // The largest absolute value is what scikit-learn calls the max norm.
  const isMax = inputNorm === 'max';
  const operator = { l2: 'ReduceL2', l1: 'ReduceL1', max: 'ReduceMax' }[inputNorm];
  const source = isMax ? name('absolute') : EMBEDDING;
  return {
    nodes: [
      ...(isMax ? [{ operator: 'Abs', inputs: [EMBEDDING], outputs: [source] }] : []),
      { operator, inputs: [source, axes.name], outputs: [name('norm')], attributes: { keepdims: 1 } },
      // An embedding of zeros stays one.
      { operator: 'Max', inputs: [name('norm'), name('smallest')], outputs: [name('divisor')] },
      { operator: 'Div', inputs: [EMBEDDING, name('divisor')], outputs: [name('input')] },
    ],
    initializers: [axes, float32(name('smallest'), [1], Float32Array.of(1e-30))],
    output: name('input'),
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
