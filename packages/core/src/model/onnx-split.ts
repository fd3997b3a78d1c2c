import { type OnnxValue, valueMessage } from './onnx-writer.js';
import { type Field, MessageWriter, readFields, readText } from './protobuf.js';

// Field numbers of onnx.proto.
const MODEL_GRAPH = 7;
const GRAPH = { node: 1, name: 2, initializer: 5, input: 11, output: 12 } as const;
const NODE = { input: 1, output: 2 } as const;
const TENSOR_NAME = 8;

interface ReadNode {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly raw: Uint8Array;
}

interface ReadGraph {
  readonly nodes: readonly ReadNode[];
  readonly initializers: ReadonlyMap<string, Uint8Array>;
  readonly inputs: readonly Uint8Array[];
  readonly outputs: readonly { readonly name: string; readonly raw: Uint8Array }[];
  readonly inputNames: ReadonlySet<string>;
}

/**
 * Cuts an ONNX file at one tensor into two: from the file's inputs to `cut`, and from `cut` to the
 * file's outputs. Nodes and constants are copied as they are, each into the part that needs it.
 *
 * Throws `RangeError` or `TypeError` when the bytes are not an ONNX file, when no node makes `cut`, and
 * when the second part needs more of the first than `cut`.
 */
export function splitOnnx(model: Uint8Array, cut: OnnxValue): { before: Uint8Array; after: Uint8Array } {
  const fields = [...readFields(model)];
  const graphField = fields.find(({ field }) => field === MODEL_GRAPH);
  if (graphField?.bytes === undefined) throw new RangeError('no graph in it');
  const graph = readGraph(graphField.bytes);
  const cutMessage = valueMessage(cut);
  const outputNames = graph.outputs.map(({ name }) => name);

  const before = partialGraph(graph, [cut.name], graph.inputNames);
  for (const input of graph.inputs) before.bytes(GRAPH.input, input);
  before.message(GRAPH.output, cutMessage);
  const after = partialGraph(graph, outputNames, new Set([cut.name]));
  after.message(GRAPH.input, cutMessage);
  for (const output of graph.outputs) after.bytes(GRAPH.output, output.raw);

  const others = fields.filter((field) => field !== graphField);
  return { before: modelOf(before, others), after: modelOf(after, others) };
}

/** The nodes and constants that `wanted` tensors need, given the tensors in `available`. */
function partialGraph(
  graph: ReadGraph,
  wanted: readonly string[],
  available: ReadonlySet<string>,
): MessageWriter {
  const needed = new Set(wanted);
  const nodes: ReadNode[] = [];
  // Nodes come in an order in which they can run, so one walk from the end finds all that is needed.
  for (const node of [...graph.nodes].reverse()) {
    if (!node.outputs.some((name) => needed.has(name) && !available.has(name))) continue;
    nodes.push(node);
    for (const name of node.outputs) needed.delete(name);
    for (const name of node.inputs) if (name !== '') needed.add(name);
  }
  const message = new MessageWriter();
  for (const node of nodes.reverse()) message.bytes(GRAPH.node, node.raw);
  message.text(GRAPH.name, 'part');
  for (const name of needed) {
    if (available.has(name)) continue;
    const initializer = graph.initializers.get(name);
    if (initializer === undefined) throw new RangeError(`nothing before the cut gives "${name}"`);
    message.bytes(GRAPH.initializer, initializer);
  }
  return message;
}

function modelOf(graph: MessageWriter, others: readonly Field[]): Uint8Array {
  const model = new MessageWriter();
  for (const { raw } of others) model.append(raw);
  return model.message(MODEL_GRAPH, graph).toBytes();
}

function readGraph(bytes: Uint8Array): ReadGraph {
  const nodes: ReadNode[] = [];
  const initializers = new Map<string, Uint8Array>();
  const inputs: Uint8Array[] = [];
  const outputs: { name: string; raw: Uint8Array }[] = [];
  for (const { field, bytes: value } of readFields(bytes)) {
    if (value === undefined) continue;
    if (field === GRAPH.node) nodes.push(readNode(value));
    else if (field === GRAPH.initializer) initializers.set(nameIn(value, TENSOR_NAME), value);
    else if (field === GRAPH.input) inputs.push(value);
    else if (field === GRAPH.output) outputs.push({ name: nameIn(value, 1), raw: value });
  }
  const inputNames = new Set(inputs.map((input) => nameIn(input, 1)));
  return { nodes, initializers, inputs, outputs, inputNames };
}

function readNode(raw: Uint8Array): ReadNode {
  const inputs: string[] = [];
  const outputs: string[] = [];
  for (const { field, bytes } of readFields(raw)) {
    if (field === NODE.input) inputs.push(readText(bytes));
    else if (field === NODE.output) outputs.push(readText(bytes));
  }
  return { inputs, outputs, raw };
}

function nameIn(message: Uint8Array, nameField: number): string {
  for (const { field, bytes } of readFields(message)) if (field === nameField) return readText(bytes);
  throw new RangeError('a tensor without a name');
}
