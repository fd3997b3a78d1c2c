/** Frames by which silence at either end is found: 10 ms. */
const FRAME_SAMPLES = 160;
/** Frames so much under the loudest one are silence where they stand before or behind everything else. */
const SILENCE_DB = -50;
/** Level of the loudest frame that the network hears. */
const LOUDEST_RMS = 0.1;
/** How fast the mean that is taken away follows: 2.5 Hz, below anything that is heard. */
const FOLLOWING = 1e-3;
/** Samples whose mean is the first that is taken away. */
const FIRST_SAMPLES = 16_000;

/**
 * Takes a constant or slowly drifting offset out of a stream of blocks, in order. New arrays; lengths stay.
 *
 * @returns what to call with each block
 */
export function createCentring(): (samples: Float32Array) => Float32Array {
  let mean: number | undefined;
  return (samples) => {
    mean ??= meanOf(samples.subarray(0, FIRST_SAMPLES));
    const centred = new Float32Array(samples.length);
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i] as number;
      mean += FOLLOWING * (sample - mean);
      centred[i] = sample - mean;
    }
    return centred;
  };
}

/**
 * A clip without what must not matter for what it is: offset, level, and silence before and behind the rest. What is
 * left is at least `minimumSamples` long where the clip is.
 *
 * @param samples mono at 16 kHz
 */
export function conditionClip(samples: Float32Array, minimumSamples: number): Float32Array {
  // About each frame's own mean: an offset that ends where silence begins is not a sound, and must leave none behind.
  const levels = Float64Array.from({ length: Math.ceil(samples.length / FRAME_SAMPLES) }, (_, frame) =>
    deviationOf(samples.subarray(frame * FRAME_SAMPLES, (frame + 1) * FRAME_SAMPLES)),
  );
  const loudest = levels.reduce((most, level) => Math.max(most, level), 0);
  if (loudest === 0) return samples;
  const isHeard = (level: number): boolean => level > loudest * 10 ** (SILENCE_DB / 20);
  const first = levels.findIndex(isHeard) * FRAME_SAMPLES;
  const end = Math.min(samples.length, (levels.findLastIndex(isHeard) + 1) * FRAME_SAMPLES);
  const start = Math.max(0, Math.min(first, end - minimumSamples));
  const kept = samples.subarray(start, Math.max(end, Math.min(samples.length, start + minimumSamples)));
  return createCentring()(kept).map((sample) => (sample * LOUDEST_RMS) / loudest);
}

function meanOf(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample;
  return samples.length === 0 ? 0 : sum / samples.length;
}

function deviationOf(samples: Float32Array): number {
  const mean = meanOf(samples);
  let squares = 0;
  for (const sample of samples) squares += (sample - mean) ** 2;
  return Math.sqrt(squares / samples.length);
}
