import type {
  ConvWeights,
  EcapaWeights,
  NormWeights,
  ResidualBlockWeights,
  StemLayerWeights,
  TdnnWeights,
} from '../../src/model/ecapa-weights.js';

/**
 * An ECAPA-TDNN written down as its definition reads, in float64, one loop a layer, nothing folded.
 * It shares no code with the graph builder and so can judge it. Signals are channels of frames.
 */
type Signal = readonly Float64Array[];

/** The embedding of log-mel features [frames x 80] that were floored and centred already. */
export function plainEcapa(weights: EcapaWeights, features: Float32Array): Float64Array {
  const aggregated = plainTrunk(weights, features, 1);
  return project(weights, pool(aggregated, logitsOf(weights, aggregated)));
}

/**
 * The embedding of a window that consists of pieces of stretches: each stretch goes through the network by itself, and the
 * window's statistics are those of the pieces' frames, by the masses that these have in their own stretch. A piece is given as
 * shares of its stretch, and every `step`-th frame of the aggregation counts.
 */
export function plainWindow(
  weights: EcapaWeights,
  pieces: readonly { readonly stretch: Float32Array; readonly from: number; readonly to: number }[],
  step: number,
): Float64Array {
  const parts = pieces.map(({ stretch, from, to }) => {
    const aggregated = plainTrunk(weights, stretch, step);
    const cut = (x: Signal): Signal =>
      x.map((row) =>
        row.filter((_, frame) => {
          const place = (frame + 0.5) / row.length;
          return place >= from && place < to;
        }),
      );
    return { aggregated: cut(aggregated), logits: cut(logitsOf(weights, aggregated)) };
  });
  const joined = (signals: readonly Signal[]): Signal =>
    (signals[0] ?? []).map((_, c) => Float64Array.from(signals.flatMap((x) => [...(x[c] ?? [])])));
  return project(
    weights,
    pool(joined(parts.map(({ aggregated }) => aggregated)), joined(parts.map(({ logits }) => logits))),
  );
}

/** What the pooling sees: every `step`-th frame. */
function plainTrunk(weights: EcapaWeights, features: Float32Array, step: number): Signal {
  const frames = features.length / 80;
  const input = Array.from({ length: 80 }, (_, band) =>
    Float64Array.from({ length: frames }, (_unused, frame) => features[frame * 80 + band] ?? Number.NaN),
  );
  const first = weights.stem
    .reduce<readonly Signal[]>((images, layer) => stemLayer(layer, images), [bandsOfFrames(input)])
    .flatMap(bandsOfFrames);
  let hidden = tdnn(weights.input, first);
  const outputs = weights.residualBlocks.map((block) => {
    hidden = residualBlock(block, hidden);
    return hidden;
  });
  const joined = outputs.flat().map((row) => row.filter((_, frame) => frame % step === 0));
  return weights.aggregation === undefined ? joined : tdnn(weights.aggregation, joined);
}

function project(weights: EcapaWeights, statistics: Signal): Float64Array {
  const pooled = norm(weights.pooledNorm, statistics);
  return Float64Array.from(conv(weights.output, 1, pooled), (row) => row[0] ?? Number.NaN);
}

/** Rows to columns. */
function bandsOfFrames(rows: Signal): Signal {
  const [{ length } = []] = rows;
  return Array.from({ length }, (_, column) => Float64Array.from(rows, (row) => row[column] ?? Number.NaN));
}

/** Channels of images, each frames of bands. */
function stemLayer(layer: StemLayerWeights, images: readonly Signal[]): readonly Signal[] {
  const { inputs, outputs, kernelSize, kernel, stride, norm: statistics } = layer;
  const reach = (kernelSize - 1) / 2;
  const frames = images[0]?.length ?? 0;
  const bands = images[0]?.[0]?.length ?? 0;
  const pixel = (output: number, frame: number, band: number): number => {
    let sum = 0;
    for (let channel = 0; channel < inputs; channel++)
      for (let i = 0; i < kernelSize; i++)
        for (let j = 0; j < kernelSize; j++) {
          const weight =
            kernel[((output * inputs + channel) * kernelSize + i) * kernelSize + j] ?? Number.NaN;
          const [atFrame, atBand] = [frame * stride + i - reach, band * 2 + j - reach];
          const isInside = atFrame >= 0 && atFrame < frames && atBand >= 0 && atBand < bands;
          if (isInside) sum += weight * at(images[channel] ?? [], atFrame, atBand);
        }
    return sum;
  };
  return Array.from({ length: outputs }, (_, output) =>
    Array.from({ length: Math.ceil(frames / stride) }, (_unused, frame) => {
      const row = Float64Array.from({ length: Math.ceil(bands / 2) }, (_none, band) =>
        pixel(output, frame, band),
      );
      const centre = statistics.mean[output] ?? Number.NaN;
      const deviation = Math.sqrt((statistics.variance[output] ?? Number.NaN) + 1e-5);
      const [gamma, beta] = [statistics.gamma[output] ?? Number.NaN, statistics.beta[output] ?? Number.NaN];
      return row.map((value) => Math.max(0, ((value - centre) / deviation) * gamma + beta));
    }),
  );
}

function conv(
  { inputs, outputs, kernelSize, weight, bias }: ConvWeights,
  dilation: number,
  x: Signal,
): Signal {
  const frames = x[0]?.length ?? 0;
  const reach = ((kernelSize - 1) / 2) * dilation;
  const mirrored = (frame: number): number => {
    if (frame < 0) return -frame;
    return frame < frames ? frame : 2 * (frames - 1) - frame;
  };
  return Array.from({ length: outputs }, (_, output) => {
    const row = new Float64Array(frames).fill(bias[output] ?? Number.NaN);
    for (let channel = 0; channel < inputs; channel++) {
      for (let tap = 0; tap < kernelSize; tap++) {
        const value = weight[(output * inputs + channel) * kernelSize + tap] ?? Number.NaN;
        for (let frame = 0; frame < frames; frame++) {
          row[frame] = (row[frame] ?? 0) + value * at(x, channel, mirrored(frame + tap * dilation - reach));
        }
      }
    }
    return row;
  });
}

function norm({ gamma, beta, mean, variance }: NormWeights, x: Signal): Signal {
  return x.map((row, c) =>
    row.map(
      (value) =>
        ((value - (mean[c] ?? 0)) / Math.sqrt((variance[c] ?? 0) + 1e-5)) * (gamma[c] ?? 0) + (beta[c] ?? 0),
    ),
  );
}

function tdnn(weights: TdnnWeights, x: Signal): Signal {
  return norm(weights.norm, relu(conv(weights.conv, weights.dilation, x)));
}

function residualBlock(block: ResidualBlockWeights, x: Signal): Signal {
  const expanded = tdnn(block.tdnn1, x);
  const width = expanded.length / (block.res2net.length + 1);
  const group = (index: number): Signal => expanded.slice(index * width, (index + 1) * width);
  const results = [group(0)];
  block.res2net.forEach((weights, index) => {
    const next = group(index + 1);
    const previous = results[index] ?? [];
    results.push(tdnn(weights, index === 0 ? next : add(next, previous)));
  });
  const combined = tdnn(block.tdnn2, results.flat());
  const squeezed = combined.map((row) => Float64Array.of(mean(row)));
  const gate = conv(block.excite, 1, relu(conv(block.squeeze, 1, squeezed)));
  const gated = combined.map((row, c) => row.map((value) => value / (1 + Math.exp(-at(gate, c, 0)))));
  return add(gated, block.shortcut === undefined ? x : conv(block.shortcut, 1, x));
}

function logitsOf({ attention }: EcapaWeights, x: Signal): Signal {
  const frames = x[0]?.length ?? 0;
  const constant = (value: number): Float64Array => new Float64Array(frames).fill(value);
  const deviation = (row: Float64Array): number => {
    const centre = mean(row);
    return Math.sqrt(Math.max(1e-12, mean(row.map((value) => (value - centre) ** 2))));
  };
  const context = [...x, ...x.map((row) => constant(mean(row))), ...x.map((row) => constant(deviation(row)))];
  return conv(
    attention.conv,
    1,
    tdnn(attention.tdnn, context).map((row) => row.map(Math.tanh)),
  );
}

function pool(x: Signal, logits: Signal): Signal {
  const means: Float64Array[] = [];
  const deviations: Float64Array[] = [];
  x.forEach((row, c) => {
    const largest = Math.max(...(logits[c] ?? []));
    const masses = (logits[c] ?? new Float64Array()).map((logit) => Math.exp(logit - largest));
    const total = masses.reduce((sum, mass) => sum + mass, 0);
    const expectation = (value: (x: number) => number): number =>
      row.reduce((sum, x, frame) => sum + ((masses[frame] ?? 0) / total) * value(x), 0);
    const weightedMean = expectation((value) => value);
    const variance = expectation((value) => (value - weightedMean) ** 2);
    means.push(Float64Array.of(weightedMean));
    deviations.push(Float64Array.of(Math.sqrt(Math.max(1e-12, variance))));
  });
  return [...means, ...deviations];
}

function relu(x: Signal): Signal {
  return x.map((row) => row.map((value) => Math.max(0, value)));
}

function add(a: Signal, b: Signal): Signal {
  return a.map((row, c) => row.map((value, frame) => value + at(b, c, frame)));
}

function at(x: Signal, channel: number, frame: number): number {
  return x[channel]?.[frame] ?? Number.NaN;
}

function mean(row: Float64Array): number {
  return row.reduce((sum, value) => sum + value, 0) / row.length;
}
