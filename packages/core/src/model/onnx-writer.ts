import { MessageWriter } from './protobuf.js';

/** Element types we write, with their numbers in ONNX's `TensorProto.DataType`. */
const DATA_TYPES = { float32: 1, int8: 3, int64: 7, float16: 10 } as const;
export type OnnxDataType = keyof typeof DATA_TYPES;

const IR_VERSION = 8;
/** The operator set all our nodes are written against (ONNX 1.13, March 2023). */
export const OPSET_VERSION = 18;

/** A constant. `bytes` holds the elements row-major and little-endian. */
export interface OnnxTensor {
  readonly name: string;
  readonly type: OnnxDataType;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** `{ float: 1 }` distinguishes a float attribute from an integer one; the other kinds are evident. */
export type OnnxAttribute = number | string | readonly number[] | { readonly float: number };

export interface OnnxNode {
  readonly operator: string;
  /** Names of tensors; an empty name leaves an optional input out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, OnnxAttribute>>;
}

/** A float32 input or output. A string in `shape` names a dimension known only at run time. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

/** A graph of float32 computation, nodes in an order in which they can run. */
export interface OnnxGraph {
  readonly name: string;
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
}

/** An ONNX file. Field numbers are those of onnx.proto (ONNX 1.13, IR version 8). */
export function writeOnnx(graph: OnnxGraph, producer: string): Uint8Array {
  const message = new MessageWriter();
  for (const node of graph.nodes) message.message(1, nodeMessage(node));
  message.text(2, graph.name);
  for (const tensor of graph.initializers) message.message(5, tensorMessage(tensor));
  for (const value of graph.inputs) message.message(11, valueMessage(value));
  for (const value of graph.outputs) message.message(12, valueMessage(value));
  return new MessageWriter()
    .integer(1, IR_VERSION)
    .text(2, producer)
    .message(7, message)
    .message(8, new MessageWriter().text(1, '').integer(2, OPSET_VERSION))
    .toBytes();
}

/** A `ValueInfoProto` of a float32 tensor. */
export function valueMessage(value: OnnxValue): MessageWriter {
  const shape = new MessageWriter();
  for (const size of value.shape) {
    const dimension = new MessageWriter();
    if (typeof size === 'number') dimension.integer(1, size);
    else dimension.text(2, size);
    shape.message(1, dimension);
  }
  const tensorType = new MessageWriter().integer(1, DATA_TYPES.float32).message(2, shape);
  return new MessageWriter().text(1, value.name).message(2, new MessageWriter().message(1, tensorType));
}

/** A `NodeProto`. */
export function nodeMessage(node: OnnxNode): MessageWriter {
  const message = new MessageWriter();
  for (const name of node.inputs) message.text(1, name);
  for (const name of node.outputs) message.text(2, name);
  // Node names appear in the runtime's profiles and error messages.
  message.text(3, node.outputs[0] ?? '').text(4, node.operator);
  for (const [name, value] of Object.entries(node.attributes ?? {})) {
    message.message(5, attributeMessage(name, value));
  }
  return message;
}

function attributeMessage(name: string, value: OnnxAttribute): MessageWriter {
  const message = new MessageWriter().text(1, name);
  if (typeof value === 'number') return message.signedInteger(3, value).integer(20, 2);
  if (typeof value === 'string') return message.text(4, value).integer(20, 3);
  if ('float' in value) return message.float(2, value.float).integer(20, 1);
  for (const item of value) message.signedInteger(8, item);
  return message.integer(20, 7);
}

/** A `TensorProto`. */
export function tensorMessage(tensor: OnnxTensor): MessageWriter {
  const message = new MessageWriter();
  for (const size of tensor.shape) message.integer(1, size);
  return message.integer(2, DATA_TYPES[tensor.type]).text(8, tensor.name).bytes(9, tensor.bytes);
}
