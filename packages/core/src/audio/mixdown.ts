/**
 * Averages channels into one (SpeechBrain's `torch.mean` over channels): a sum would be louder and could
 * clip, and FFmpeg's own downmix weighs channels by their place.
 *
 * @param channels at least one, all of one length
 * @returns mono samples; the very array that was given when there is one channel
 */
export function mixdown(channels: readonly Float32Array[]): Float32Array {
  const [first, ...others] = channels;
  if (first === undefined) throw new RangeError('channels must hold at least one channel');
  if (others.length === 0) return first;
  const sum = new Float64Array(first);
  for (const channel of others) {
    if (channel.length !== first.length) throw new RangeError('channels must all have one length');
    for (let i = 0; i < channel.length; i++) sum[i] = (sum[i] as number) + (channel[i] as number);
  }
  const mono = new Float32Array(first.length);
  for (let i = 0; i < mono.length; i++) mono[i] = (sum[i] as number) / channels.length;
  return mono;
}

/**
 * The largest magnitude taken for a sample: 2^32, what 32-bit integers stored as floats may reach.
 * Anything larger is a broken file, and its square would overflow float32 in the power spectrum.
 */
export const MAX_MAGNITUDE = 2 ** 32;

/** Index of the first sample that is NaN, infinite or absurdly large; -1 if all are usable. */
export function findUnusableSample(samples: Float32Array): number {
  for (let i = 0; i < samples.length; i++) {
    if (!(Math.abs(samples[i] ?? 0) <= MAX_MAGNITUDE)) return i;
  }
  return -1;
}
