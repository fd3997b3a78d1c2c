import { normAffine } from './affine.js';
import type { StemLayerWeights } from './ecapa-weights.js';
import type { GraphBuilder } from './graph-builder.js';

/**
 * Features [batch, frames, bands] through two-dimensional convolutions (the stem of Thienpondt, Desplanques,
 * Demuynck, "Integrating frequency translational invariance in TDNNs and frequency positional information in
 * 2D ResNets", 2021) to [batch, fewer frames, channels x bands left]. Zeros continue the features beyond their
 * edges. Each normalisation goes into the convolution before it.
 */
export function addStem(graph: GraphBuilder, features: string, stem: readonly StemLayerWeights[]): string {
  let image = graph.node('Unsqueeze', 'stem/image', [features, graph.integers([1])]);
  stem.forEach(({ inputs, outputs, kernelSize, kernel, norm, stride }, layer) => {
    const name = `stem/layer${layer + 1}`;
    const { scale, shift } = normAffine(norm);
    const size = kernel.length / outputs;
    const scaled = kernel.map((value, index) => value * (scale[Math.floor(index / size)] ?? 0));
    const reach = (kernelSize - 1) / 2;
    const convolved = graph.node(
      'Conv',
      `${name}/conv`,
      [
        image,
        graph.constant(`${name}/kernel`, [outputs, inputs, kernelSize, kernelSize], scaled),
        graph.constant(`${name}/bias`, [outputs], Float32Array.from(shift)),
      ],
      { strides: [stride, 2], pads: [reach, reach, reach, reach] },
    );
    image = graph.node('Relu', `${name}/relu`, [convolved]);
  });
  const frames = graph.node('Transpose', 'stem/frames', [image], { perm: [0, 2, 1, 3] });
  return graph.node('Reshape', 'stem/features', [frames, graph.integers([0, 0, -1])]);
}
