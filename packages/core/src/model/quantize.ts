import type { Quantization } from './model-file.js';
import type { OnnxGraph, OnnxNode, OnnxTensor } from './onnx-writer.js';

const ONNX_FLOAT = 1;

/**
 * The same graph with the matrices of its layers kept in fewer bytes: float16, or int8 with one scale
 * per output channel (symmetric, to the largest weight). They are expanded to float32 by nodes that the
 * runtime computes once, when it loads the file; computation, biases and the front end stay as they are.
 */
export function quantizeWeights(graph: OnnxGraph, quantization: Quantization): OnnxGraph {
  if (quantization === 'none') return graph;
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  for (const tensor of graph.initializers) {
    if (!tensor.name.endsWith('/weight')) {
      initializers.push(tensor);
      continue;
    }
    const stored = `${tensor.name}/${quantization}`;
    const values = new Float32Array(
      tensor.bytes.buffer.slice(tensor.bytes.byteOffset, tensor.bytes.byteOffset + tensor.bytes.byteLength),
    );
    if (quantization === 'fp16') {
      const halves = new Uint16Array(values.length);
      for (let index = 0; index < values.length; index++) halves[index] = toFloat16(values[index] ?? 0);
      initializers.push({ ...tensor, name: stored, type: 'float16', bytes: new Uint8Array(halves.buffer) });
      nodes.push(cast(stored, tensor.name));
    } else {
      const rows = tensor.shape[0] ?? 1;
      const { integers, scales } = toInt8(values, rows);
      initializers.push(
        { ...tensor, name: stored, type: 'int8', bytes: new Uint8Array(integers.buffer) },
        { name: `${stored}_scale`, type: 'float32', shape: [rows, 1], bytes: new Uint8Array(scales.buffer) },
      );
      nodes.push(cast(stored, `${stored}_cast`), {
        operator: 'Mul',
        inputs: [`${stored}_cast`, `${stored}_scale`],
        outputs: [tensor.name],
      });
    }
  }
  return { ...graph, nodes: [...nodes, ...graph.nodes], initializers };
}

function cast(from: string, to: string): OnnxNode {
  return { operator: 'Cast', inputs: [from], outputs: [to], attributes: { to: ONNX_FLOAT } };
}

function toInt8(values: Float32Array, rows: number): { integers: Int8Array; scales: Float32Array } {
  const rowLength = values.length / rows;
  const integers = new Int8Array(values.length);
  const scales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const weights = values.subarray(row * rowLength, (row + 1) * rowLength);
    let largest = 0;
    for (const weight of weights) largest = Math.max(largest, Math.abs(weight));
    const scale = Math.fround(largest / 127);
    scales[row] = scale;
    if (scale === 0) continue;
    for (let index = 0; index < rowLength; index++) {
      integers[row * rowLength + index] = Math.round((weights[index] ?? 0) / scale);
    }
  }
  return { integers, scales };
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
