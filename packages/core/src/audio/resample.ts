/**
 * torchaudio's `Resample` with its defaults (windowed sinc, Hann window, lowpass_filter_width 6,
 * rolloff 0.99), as SpeechBrain uses it. With o = from / gcd, n = to / gcd, base = 0.99 min(o, n) and
 * width = ceil(6 o / base), output sample m = f n + i is
 *
 *   sum over j in [0, 2 width + o) of  kernel[i][j] * x[f o + j - width]      (x is 0 outside the input)
 *   kernel[i][j] = (base / o) cos(pi t / 12)^2 sinc(t),  t = clamp((-i/n + (j - width)/o) base, -6, 6)
 *
 * and ceil(n length / o) samples come out. Coefficients are computed in float64, but for -i/n, which
 * torchaudio rounds to float32, and then stored as float32. Most of them are zero: only the others are kept.
 */
const LOWPASS_FILTER_WIDTH = 6;
const ROLLOFF = 0.99;

interface Phases {
  /** n x taps, row-major. */
  readonly coefficients: Float32Array;
  readonly taps: number;
  /** n: where each phase's first tap lies, relative to input sample f o. */
  readonly offsets: Int32Array;
  /** Input samples per turn. */
  readonly o: number;
  /** Output samples per turn. */
  readonly n: number;
}

/** A resampler for one stream: give it blocks in order, then `finish` it once. */
export interface Resampler {
  /** Output that the input so far decides. The array is the caller's. */
  push(samples: Float32Array): Float32Array;
  /** The rest, as if zeros followed. */
  finish(): Float32Array;
}

/** @param fromHz, toHz whole numbers of hertz, at least 1 */
export function createResampler(fromHz: number, toHz: number): Resampler {
  requireRate('fromHz', fromHz);
  requireRate('toHz', toHz);
  if (fromHz === toHz) return { push: (samples) => samples, finish: () => new Float32Array(0) };
  return streamThrough(phasesOf(fromHz, toHz));
}

/** Resamples a whole signal. */
export function resample(samples: Float32Array, fromHz: number, toHz: number): Float32Array {
  const resampler = createResampler(fromHz, toHz);
  const body = resampler.push(samples);
  const tail = resampler.finish();
  if (tail.length === 0) return body;
  const whole = new Float32Array(body.length + tail.length);
  whole.set(body);
  whole.set(tail, body.length);
  return whole;
}

function requireRate(field: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`${field} must be a whole number of hertz, at least 1, not ${value}`);
  }
}

function phasesOf(fromHz: number, toHz: number): Phases {
  const divisor = greatestCommonDivisor(fromHz, toHz);
  const o = fromHz / divisor;
  const n = toHz / divisor;
  const base = Math.min(o, n) * ROLLOFF;
  const width = Math.ceil((LOWPASS_FILTER_WIDTH * o) / base);
  // |t| < 6 holds for fewer than 12 o / base neighbouring taps; torchaudio's other taps are zeros.
  const needed = Math.ceil((2 * LOWPASS_FILTER_WIDTH * o) / base) + 1;
  const taps = needed + (needed % 2);
  const coefficients = new Float32Array(n * taps);
  const offsets = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const shift = Math.fround(-i / n);
    const first = Math.max(-width, Math.ceil((-LOWPASS_FILTER_WIDTH / base - shift) * o));
    offsets[i] = first;
    for (let tap = 0; tap < taps; tap++) {
      const t = (shift + (first + tap) / o) * base;
      coefficients[i * taps + tap] = (base / o) * windowedSinc(t);
    }
  }
  return { coefficients, taps, offsets, o, n };
}

function windowedSinc(t: number): number {
  if (Math.abs(t) >= LOWPASS_FILTER_WIDTH) return 0;
  const window = Math.cos((Math.PI * t) / LOWPASS_FILTER_WIDTH / 2) ** 2;
  return t === 0 ? window : (window * Math.sin(Math.PI * t)) / (Math.PI * t);
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function streamThrough({ coefficients, taps, offsets, o, n }: Phases): Resampler {
  const lookBehind = Math.max(0, -offsets.reduce((least, offset) => Math.min(least, offset), 0));
  const lookAhead = offsets.reduce((most, offset) => Math.max(most, offset), 0) + taps;
  // `held` is input from sample `heldStart` on; the zeros before the input are held like any others.
  let held = new Float32Array(lookBehind);
  let heldStart = -lookBehind;
  let inputLength = 0;
  let made = 0;

  const append = (samples: Float32Array): void => {
    const keepFrom = Math.min(held.length, Math.max(0, Math.floor(made / n) * o - lookBehind - heldStart));
    const joined = new Float32Array(held.length - keepFrom + samples.length);
    joined.set(held.subarray(keepFrom));
    joined.set(samples, held.length - keepFrom);
    held = joined;
    heldStart += keepFrom;
  };

  const makeUntil = (end: number): Float32Array => {
    const output = new Float32Array(Math.max(0, end - made));
    let turn = Math.floor(made / n);
    let phase = made - turn * n;
    for (let k = 0; k < output.length; k++) {
      const from = turn * o + (offsets[phase] ?? 0) - heldStart;
      const row = phase * taps;
      // Two sums at once: each addition alone would wait for the one before it. `taps` is even.
      let even = 0;
      let odd = 0;
      for (let tap = 0; tap < taps; tap += 2) {
        even += (coefficients[row + tap] as number) * (held[from + tap] as number);
        odd += (coefficients[row + tap + 1] as number) * (held[from + tap + 1] as number);
      }
      output[k] = even + odd;
      if (++phase === n) {
        phase = 0;
        turn++;
      }
    }
    made += output.length;
    return output;
  };

  return {
    push(samples) {
      append(samples);
      inputLength += samples.length;
      // Turn f is decided once all of its taps have their input.
      const turns = Math.floor((inputLength - lookAhead) / o) + 1;
      return makeUntil(Math.max(0, turns) * n);
    },
    finish() {
      append(new Float32Array(lookAhead + o));
      return makeUntil(Math.ceil((n * inputLength) / o));
    },
  };
}
