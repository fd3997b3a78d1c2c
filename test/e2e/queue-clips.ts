import { wav } from './sounds.js';

/** A WAV file like no other of another number: a tone with noise. */
export function clipOf(number: number, seconds: number): Buffer {
  let state = number + 1;
  return wav(seconds, (i) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    const noise = state / 2 ** 31 - 1;
    return 0.2 * Math.sin((2 * Math.PI * (110 + number) * i) / 16_000) + 0.1 * noise;
  });
}
