import type { EcapaShape } from './random-weights.js';

/** Small, and unlike the usual shape wherever it may be: widths that change, kernels, scale, dimension. */
export const ODD_SHAPE: EcapaShape = {
  channels: [16, 24, 24, 32, 48],
  kernelSizes: [3, 3, 5, 3, 1],
  attentionChannels: 12,
  squeezeChannels: 10,
  res2netScale: 4,
  dimension: 20,
};
