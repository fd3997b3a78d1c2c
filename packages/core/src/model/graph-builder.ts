import type {
  OnnxAttribute,
  OnnxDataType,
  OnnxGraph,
  OnnxNode,
  OnnxTensor,
  OnnxValue,
} from './onnx-writer.js';

/** Collects nodes and constants in the order in which they run; names are made unique here. */
export class GraphBuilder {
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: OnnxTensor[] = [];
  readonly #integers = new Map<string, string>();
  readonly #names = new Set<string>();

  /** A node with one output, whose name is returned. */
  node(
    operator: string,
    name: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): string {
    const output = this.#claim(name);
    this.#nodes.push({ operator, inputs, outputs: [output], attributes });
    return output;
  }

  /** A node with several outputs, named `name.0`, `name.1`, ... */
  split(
    operator: string,
    name: string,
    count: number,
    inputs: readonly string[],
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): readonly string[] {
    const outputs = Array.from({ length: count }, (_, index) => this.#claim(`${name}.${index}`));
    this.#nodes.push({ operator, inputs, outputs, attributes });
    return outputs;
  }

  /** A float32 constant. Throws `RangeError` when `values` does not fill `shape`. */
  constant(name: string, shape: readonly number[], values: Float32Array): string {
    return this.#add(name, 'float32', shape, values);
  }

  /** An int8 constant. Throws `RangeError` when `values` does not fill `shape`. */
  integerConstant(name: string, shape: readonly number[], values: Int8Array): string {
    return this.#add(name, 'int8', shape, values);
  }

  scalar(name: string, value: number): string {
    return this.constant(name, [], Float32Array.of(value));
  }

  /** A list of int64 constants (axes, shapes, bounds); equal lists share one tensor. */
  integers(values: readonly number[]): string {
    const name = `integers_${values.join('_')}`;
    const known = this.#integers.get(name);
    if (known !== undefined) return known;
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    this.#initializers.push({ name: this.#claim(name), type: 'int64', shape: [values.length], bytes });
    this.#integers.set(name, name);
    return name;
  }

  build(name: string, inputs: readonly OnnxValue[], outputs: readonly OnnxValue[]): OnnxGraph {
    return { name, inputs, outputs, nodes: this.#nodes, initializers: this.#initializers };
  }

  #add(name: string, type: OnnxDataType, shape: readonly number[], values: Float32Array | Int8Array): string {
    const size = shape.reduce((product, length) => product * length, 1);
    if (values.length !== size)
      throw new RangeError(`${name}: ${values.length} values for a shape of ${size}`);
    const output = this.#claim(name);
    const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.#initializers.push({ name: output, type, shape, bytes });
    return output;
  }

  #claim(name: string): string {
    if (this.#names.has(name)) throw new RangeError(`two tensors are called ${name}`);
    this.#names.add(name);
    return name;
  }
}
