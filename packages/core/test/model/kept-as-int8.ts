import type { OnnxGraph, OnnxNode, OnnxTensor } from '../../src/model/onnx-writer.js';

/**
 * A graph as `--quantize int8` wrote it before products were of integers: matrices as int8 with one scale for each
 * output, expanded to float32 when the runtime loads the file. Such files are still about.
 */
export function keptAsInt8(graph: OnnxGraph): OnnxGraph {
  const nodes: OnnxNode[] = [];
  const initializers = graph.initializers.flatMap((tensor): OnnxTensor[] => {
    if (!tensor.name.endsWith('/weight')) return [tensor];
    const stored = `${tensor.name}/int8`;
    const rows = tensor.shape[0] ?? 1;
    const values = new Float32Array(tensor.bytes.slice().buffer);
    const rowLength = values.length / rows;
    const scales = Float32Array.from({ length: rows }, (_, row) => {
      const weights = values.subarray(row * rowLength, (row + 1) * rowLength);
      return weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) / 127;
    });
    const integers = Int8Array.from(values, (value, index) =>
      Math.round(value / (scales[Math.floor(index / rowLength)] ?? 1)),
    );
    nodes.push(
      { operator: 'Cast', inputs: [stored], outputs: [`${stored}_cast`], attributes: { to: 1 } },
      { operator: 'Mul', inputs: [`${stored}_cast`, `${stored}_scale`], outputs: [tensor.name] },
    );
    return [
      { ...tensor, name: stored, type: 'int8', bytes: new Uint8Array(integers.buffer) },
      { name: `${stored}_scale`, type: 'float32', shape: [rows, 1], bytes: new Uint8Array(scales.buffer) },
    ];
  });
  return { ...graph, nodes: [...nodes, ...graph.nodes], initializers };
}
