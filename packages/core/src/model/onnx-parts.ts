import { nodeMessage, type OnnxGraph, type OnnxValue, tensorMessage, valueMessage } from './onnx-writer.js';
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

/** Where a part of a graph begins and ends, and what is computed in it that the file does not. */
export interface OnnxPart {
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
  /** Nodes beside the file's own, and their constants. */
  readonly added?: Pick<OnnxGraph, 'nodes' | 'initializers'>;
  /** The nodes from this tensor on, by what depends on it, take other inputs: new names by those in the file. */
  readonly rewired?: { readonly from: string; readonly inputs: ReadonlyMap<string, string> };
}

/** An ONNX file that was read, to be taken apart. Nodes and constants are copied as they are, each into the parts that need it. */
export class OnnxFile {
  readonly #graph: ReadGraph;
  readonly #others: readonly Field[];

  /** Throws `RangeError` or `TypeError` when the bytes are not an ONNX file. */
  constructor(model: Uint8Array) {
    const fields = [...readFields(model)];
    const graphField = fields.find(({ field }) => field === MODEL_GRAPH);
    if (graphField?.bytes === undefined) throw new RangeError('no graph in it');
    this.#graph = readGraph(graphField.bytes);
    this.#others = fields.filter((field) => field !== graphField);
  }

  /** Whether a node gives this tensor. */
  has(tensor: string): boolean {
    return this.#graph.nodes.some(({ outputs }) => outputs.includes(tensor));
  }

  /** From the file's inputs to a tensor. Throws `RangeError` when no node makes it. */
  upTo(end: OnnxValue): Uint8Array {
    const part = partialGraph(this.#graph, [end.name], this.#graph.inputNames);
    for (const input of this.#graph.inputs) part.bytes(GRAPH.input, input);
    part.message(GRAPH.output, valueMessage(end));
    return modelOf(part, this.#others);
  }

  /** From a tensor to the file's outputs. Throws `RangeError` when they need more of what is before it. */
  from(start: OnnxValue): Uint8Array {
    const names = this.#graph.outputs.map(({ name }) => name);
    const part = partialGraph(this.#graph, names, new Set([start.name]));
    part.message(GRAPH.input, valueMessage(start));
    for (const output of this.#graph.outputs) part.bytes(GRAPH.output, output.raw);
    return modelOf(part, this.#others);
  }

  /** From some tensors to others. Throws `RangeError` when the latter need more of what is before the former. */
  between({ inputs, outputs, added, rewired }: OnnxPart): Uint8Array {
    const names = (values: readonly OnnxValue[]): string[] => values.map(({ name }) => name);
    const part = partialGraph(
      withAdded(rewired === undefined ? this.#graph : rewire(this.#graph, rewired), added),
      names(outputs),
      new Set(names(inputs)),
    );
    for (const input of inputs) part.message(GRAPH.input, valueMessage(input));
    for (const output of outputs) part.message(GRAPH.output, valueMessage(output));
    return modelOf(part, this.#others);
  }
}

function withAdded(graph: ReadGraph, added: OnnxPart['added']): ReadGraph {
  if (added === undefined) return graph;
  const nodes = added.nodes.map((node) => readNode(nodeMessage(node).toBytes()));
  const constants = added.initializers.map(
    (tensor) => [tensor.name, tensorMessage(tensor).toBytes()] as const,
  );
  return {
    ...graph,
    nodes: inOrder([...graph.nodes, ...nodes]),
    initializers: new Map([...graph.initializers, ...constants]),
  };
}

/** Nodes in an order in which they can run, as near to the given one as that allows. */
function inOrder(nodes: readonly ReadNode[]): ReadNode[] {
  const makers = new Map(nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const ordered = new Set<ReadNode>();
  const place = (node: ReadNode): void => {
    if (ordered.has(node)) return;
    for (const name of node.inputs) {
      const maker = makers.get(name);
      if (maker !== undefined) place(maker);
    }
    ordered.add(node);
  };
  for (const node of nodes) place(node);
  return [...ordered];
}

function rewire(graph: ReadGraph, { from, inputs }: NonNullable<OnnxPart['rewired']>): ReadGraph {
  const dependent = new Set([from]);
  const nodes = graph.nodes.map((node) => {
    if (!node.outputs.includes(from) && !node.inputs.some((name) => dependent.has(name))) return node;
    for (const name of node.outputs) dependent.add(name);
    return readNode(withInputs(node, inputs));
  });
  return { ...graph, nodes };
}

/** A `NodeProto` that takes some of its inputs from elsewhere. */
function withInputs(node: ReadNode, names: ReadonlyMap<string, string>): Uint8Array {
  const message = new MessageWriter();
  for (const name of node.inputs) message.text(NODE.input, names.get(name) ?? name);
  for (const { field, raw } of readFields(node.raw)) if (field !== NODE.input) message.append(raw);
  return message.toBytes();
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
    if (initializer === undefined) throw new RangeError(`nothing in this part gives "${name}"`);
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
