import type { OnnxGraph, OnnxNode, OnnxTensor } from './onnx-writer.js';

const ONNX_FLOAT = 1;

/**
 * The same graph with the float32 matrices of its layers kept as float16. Nodes that the runtime computes once, when it
 * loads the file, expand them: the graph computes as before. Biases and the front end stay as they are.
 */
export function keepAsFloat16(graph: OnnxGraph): OnnxGraph {
  const nodes: OnnxNode[] = [];
  const initializers = graph.initializers.map((tensor): OnnxTensor => {
    if (!tensor.name.endsWith('/weight')) return tensor;
    const name = `${tensor.name}/fp16`;
    nodes.push({ operator: 'Cast', inputs: [name], outputs: [tensor.name], attributes: { to: ONNX_FLOAT } });
    const { buffer, byteOffset, byteLength } = tensor.bytes;
    const values = new Float32Array(buffer.slice(byteOffset, byteOffset + byteLength));
    const bytes = new Uint8Array(Uint16Array.from(values, toFloat16).buffer);
    return { ...tensor, name, type: 'float16', bytes };
  });
  return { ...graph, nodes: [...nodes, ...graph.nodes], initializers };
}

const floatBits = new Float32Array(1);
const intBits = new Uint32Array(floatBits.buffer);

/** IEEE 754 half precision, rounded to nearest, ties to even; beyond 65504 the largest half is used. */
export function toFloat16(value: number): number {
  floatBits[0] = Math.max(-65504, Math.min(65504, value));
  const bits = intBits[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  const fraction = bits & 0x7fffff;
  if (exponent >= 1) return sign | roundedShift((exponent << 23) | fraction, 13);
  if (exponent < -10) return sign;
  return sign | roundedShift(fraction | 0x800000, 14 - exponent);
}

function roundedShift(value: number, shift: number): number {
  const quotient = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && quotient % 2 === 1) ? quotient + 1 : quotient;
}
