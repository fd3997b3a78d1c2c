/**
 * The presence readout of a head from plain numbers.
 * @param {{ weights: number[][], bias: number[], inputNorm: string, temperature: number }} fitted
 */
export function presenceReadout({ weights, bias, inputNorm, temperature }) {
  return {
    weights: Float64Array.from(weights.flat()),
    bias: Float64Array.from(bias),
    inputNorm,
    temperature,
    exclusive: [],
  };
}
