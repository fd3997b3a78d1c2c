/** Frames by which silence at either end is found: 10 ms. */
const FRAME_SAMPLES = 160;
/** Frames so much under the loudest one are silence where they stand before or behind everything else. */
const SILENCE_DB = -50;
/** Level of the loudest frame that the network hears. */
const LOUDEST_RMS = 0.1;
/** How fast the mean that is taken away follows: 2.5 Hz, below anything that is heard. */
const FOLLOWING = 1e-3;
const KEPT = 1 - FOLLOWING;
/** Samples whose mean is the first that is taken away. */
const FIRST_SAMPLES = 16_000;

/**
 * Takes a constant or slowly drifting offset out of a stream of blocks, in order. New arrays; lengths stay.
 *
 * @returns what to call with each block
 */
export function createCentring(): (samples: Float32Array) => Float32Array {
  // An array, of which V8 knows that it holds a number: as a variable, the mean was a new object for every sample.
  const kept = new Float64Array(1);
  let hasBegun = false;
  return (samples) => {
    const centred = new Float32Array(samples.length);
    if (!hasBegun) kept[0] = meanOf(samples, 0, Math.min(samples.length, FIRST_SAMPLES));
    hasBegun = true;
    let mean = kept[0] as number;
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i] as number;
      // Not `mean += FOLLOWING * (sample - mean)`: each step waits for the one before it, and so waits shorter.
      mean = KEPT * mean + FOLLOWING * sample;
      centred[i] = sample - mean;
    }
    kept[0] = mean;
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
  const levels = new Float64Array(Math.ceil(samples.length / FRAME_SAMPLES));
  for (let frame = 0; frame < levels.length; frame++) {
    const start = frame * FRAME_SAMPLES;
    levels[frame] = deviationOf(samples, start, Math.min(samples.length, start + FRAME_SAMPLES));
  }
  const loudest = levels.reduce((most, level) => Math.max(most, level), 0);
  if (loudest === 0) return samples;
  const isHeard = (level: number): boolean => level > loudest * 10 ** (SILENCE_DB / 20);
  const first = levels.findIndex(isHeard) * FRAME_SAMPLES;
  const end = Math.min(samples.length, (levels.findLastIndex(isHeard) + 1) * FRAME_SAMPLES);
  const start = Math.max(0, Math.min(first, end - minimumSamples));
  const kept = samples.subarray(start, Math.max(end, Math.min(samples.length, start + minimumSamples)));
  const conditioned = createCentring()(kept);
  for (let i = 0; i < conditioned.length; i++)
    conditioned[i] = ((conditioned[i] as number) * LOUDEST_RMS) / loudest;
  return conditioned;
}

// Loops over indexes: iterators and views for each frame cost more than the arithmetic.

function meanOf(samples: Float32Array, start: number, end: number): number {
  let sum = 0;
  for (let i = start; i < end; i++) sum += samples[i] as number;
  return end === start ? 0 : sum / (end - start);
}

function deviationOf(samples: Float32Array, start: number, end: number): number {
  const mean = meanOf(samples, start, end);
  let squares = 0;
  for (let i = start; i < end; i++) squares += ((samples[i] as number) - mean) ** 2;
  return Math.sqrt(squares / (end - start));
}
