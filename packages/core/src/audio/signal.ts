/** Frames of 25 ms at 16 kHz, as the front end's. */
const FRAME_SAMPLES = 400;
/** -80 dBFS: three steps of 16-bit audio. Dither and converter noise stay under it, whispers do not. */
export const SILENCE_FLOOR = 1e-4;

/**
 * True when no 25 ms of the audio rise above -80 dBFS (root mean square, each frame's own mean taken
 * away, so that a constant offset is not a signal). The front end measures level relative to the loudest
 * frame: without this question, the rounding noise of an empty recording would be classified.
 *
 * @param samples mono at 16 kHz, full scale 1
 */
export function isSilent(samples: Float32Array): boolean {
  for (let start = 0; start < samples.length; start += FRAME_SAMPLES) {
    const frame = samples.subarray(start, start + FRAME_SAMPLES);
    let sum = 0;
    let squares = 0;
    for (const sample of frame) {
      sum += sample;
      squares += sample * sample;
    }
    const mean = sum / frame.length;
    if (squares / frame.length - mean * mean > SILENCE_FLOOR * SILENCE_FLOOR) return false;
  }
  return true;
}
