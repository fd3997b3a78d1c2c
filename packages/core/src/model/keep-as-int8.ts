import type { OnnxGraph, OnnxNode, OnnxTensor } from './onnx-writer.js';

const ONNX_FLOAT = 1;
const LARGEST_INTEGER = 127;

/**
 * The same graph with the float32 matrices and kernels of its layers kept as int8, with one scale for each output. Nodes that the runtime
 * computes once, when it loads the file, expand them: the graph computes in float32 as before. With `Arithmetic`
 * int8, products over frames are of integers.
 */
export function keepAsInt8(graph: OnnxGraph): OnnxGraph {
  const nodes: OnnxNode[] = [];
  const initializers = graph.initializers.flatMap((tensor): OnnxTensor[] => {
    if (!/\/(weight|kernel)$/.test(tensor.name)) return [tensor];
    const stored = `${tensor.name}/int8`;
    const [rows = 1, ...others] = tensor.shape;
    const scaleShape = [rows, ...others.map(() => 1)];
    const values = new Float32Array(tensor.bytes.slice().buffer);
    const rowLength = values.length / rows;
    const scales = Float32Array.from({ length: rows }, (_, row) => {
      const weights = values.subarray(row * rowLength, (row + 1) * rowLength);
      return weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) / LARGEST_INTEGER;
    });
    const integers = Int8Array.from(values, (value, index) =>
      Math.round(value / (scales[Math.floor(index / rowLength)] || 1)),
    );
    nodes.push(
      {
        operator: 'Cast',
        inputs: [stored],
        outputs: [`${stored}/cast`],
        attributes: { to: ONNX_FLOAT },
      },
      { operator: 'Mul', inputs: [`${stored}/cast`, `${stored}/scale`], outputs: [tensor.name] },
    );
    return [
      { ...tensor, name: stored, type: 'int8', bytes: new Uint8Array(integers.buffer) },
      { name: `${stored}/scale`, type: 'float32', shape: scaleShape, bytes: new Uint8Array(scales.buffer) },
    ];
  });
  return { ...graph, nodes: [...nodes, ...graph.nodes], initializers };
}
