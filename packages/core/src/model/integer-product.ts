import type { LinearLayer } from './affine.js';
import type { GraphBuilder } from './graph-builder.js';

/** float32 among ONNX's data types. */
const ONNX_FLOAT = 1;
/**
 * Largest weight. Processors with AVX2 and no VNNI add two products of a byte (to 255) and a weight in 16 bits and cut
 * off what is larger; up to 64 they never do, and so all processors and both runtimes add up the same numbers.
 */
const LARGEST_WEIGHT = 64;

/**
 * Rows [n, inputs] to rows [n, outputs], multiplied as integers: the rows as bytes between their own smallest and largest
 * value, found as they come, and the weights as bytes with a scale for each output. A layer's bias is added where there
 * is one. These five nodes are what the runtime fuses into one.
 */
export function addIntegerProduct(
  graph: GraphBuilder,
  name: string,
  rows: string,
  layer: Omit<LinearLayer, 'bias'> & { readonly bias?: Float32Array },
): string {
  const { inputs, outputs } = layer;
  const { integers, scales } = integerWeights(layer);
  const weight = graph.integerConstant(`${name}/weight/int8`, [inputs, outputs], integers);
  const weightScales = graph.constant(`${name}/weight/scale`, [outputs], scales);
  const [bytes = '', rowScale = '', zero = ''] = graph.split('DynamicQuantizeLinear', `${name}/bytes`, 3, [
    rows,
  ]);
  const sums = graph.node('MatMulInteger', `${name}/sums`, [bytes, weight, zero]);
  const exact = graph.node('Cast', `${name}/exact`, [sums], { to: ONNX_FLOAT });
  const scale = graph.node('Mul', `${name}/scale`, [rowScale, weightScales]);
  const product = graph.node('Mul', `${name}/product`, [exact, scale]);
  if (layer.bias === undefined) return product;
  return graph.node('Add', `${name}/biased`, [
    product,
    graph.constant(`${name}/bias`, [outputs], layer.bias),
  ]);
}

/** Weights as integers, inputs x outputs (transposed), and what one is worth for each output. */
function integerWeights({ inputs, outputs, weight }: Omit<LinearLayer, 'bias'>): {
  integers: Int8Array;
  scales: Float32Array;
} {
  const integers = new Int8Array(weight.length);
  const scales = new Float32Array(outputs);
  for (let output = 0; output < outputs; output++) {
    const row = weight.subarray(output * inputs, (output + 1) * inputs);
    const largest = row.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const scale = Math.fround(largest / LARGEST_WEIGHT);
    scales[output] = scale;
    if (scale === 0) continue;
    row.forEach((value, input) => {
      integers[input * outputs + output] = Math.round(value / scale);
    });
  }
  return { integers, scales };
}
