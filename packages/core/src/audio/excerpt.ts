/** Seconds of a recording that are enough to mix it with others. */
export const EXCERPT_SECONDS = 4;
const FULL_SCALE = 32_767;
const STEP_SECONDS = 0.25;

/**
 * The loudest stretch of a recording, 4 s or all of it, as 16-bit integers that use the whole range: what it takes to
 * mix a clip with others without decoding it again. Empty for silence.
 */
export function loudestExcerpt(samples: Float32Array, sampleRateHz: number): Int16Array {
  const length = Math.min(samples.length, Math.round(EXCERPT_SECONDS * sampleRateHz));
  const step = Math.round(STEP_SECONDS * sampleRateHz);
  const energies: number[] = [];
  for (let from = 0; from < samples.length; from += step) {
    let sum = 0;
    for (let i = from; i < Math.min(from + step, samples.length); i++) sum += (samples[i] ?? 0) ** 2;
    energies.push(sum);
  }
  const span = Math.ceil(length / step);
  let best = 0;
  let bestEnergy = -1;
  for (let at = 0; at + span <= energies.length; at++) {
    const energy = energies.slice(at, at + span).reduce((sum, one) => sum + one, 0);
    if (energy > bestEnergy) {
      bestEnergy = energy;
      best = at;
    }
  }
  const from = Math.min(best * step, samples.length - length);
  const excerpt = samples.subarray(from, from + length);
  let peak = 0;
  for (const sample of excerpt) peak = Math.max(peak, Math.abs(sample));
  if (!(peak > 0)) return new Int16Array(0);
  return Int16Array.from(excerpt, (sample) => Math.round((sample / peak) * FULL_SCALE));
}
