/** How loud a recording is and how wide its spectrum, whatever its content. */
export interface AudioMeasures {
  /** Root mean square in dB of full scale; -200 for digital silence. */
  readonly loudnessDb: number;
  /** Highest frequency whose average power is within 70 dB of the strongest one's. */
  readonly bandwidthHz: number;
}

const FFT_SAMPLES = 1024;
/** What a codec or a telephone line cuts off lies deeper than this; ordinary spectra do not. */
const FLOOR_RATIO = 1e-7;
const FLOOR_DB = -200;

/** @param samples mono, full scale 1 @param sampleRateHz of the samples */
export function measureAudio(samples: Float32Array, sampleRateHz: number): AudioMeasures {
  let squares = 0;
  for (const sample of samples) squares += sample * sample;
  const loudnessDb = squares === 0 ? FLOOR_DB : Math.max(FLOOR_DB, 10 * Math.log10(squares / samples.length));
  const power = averagePower(samples);
  const floor = FLOOR_RATIO * power.reduce((largest, value) => Math.max(largest, value), 0);
  let highest = 0;
  power.forEach((value, bin) => {
    if (value > floor) highest = bin;
  });
  return { loudnessDb, bandwidthHz: (highest * sampleRateHz) / FFT_SAMPLES };
}

/** Mean power in each of the lower half's bins, over Hann-windowed frames side by side (Welch 1967). */
function averagePower(samples: Float32Array): Float64Array {
  const power = new Float64Array(FFT_SAMPLES / 2);
  const real = new Float64Array(FFT_SAMPLES);
  const imaginary = new Float64Array(FFT_SAMPLES);
  // A frame that the end cuts off would look wider than it is; it counts only when there is no other.
  const last = Math.max(0, samples.length - FFT_SAMPLES);
  for (let start = 0; start <= last; start += FFT_SAMPLES) {
    for (let i = 0; i < FFT_SAMPLES; i++) {
      const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / FFT_SAMPLES);
      real[i] = (samples[start + i] ?? 0) * window;
      imaginary[i] = 0;
    }
    transform(real, imaginary);
    for (let bin = 0; bin < power.length; bin++) {
      power[bin] = (power[bin] as number) + (real[bin] as number) ** 2 + (imaginary[bin] as number) ** 2;
    }
  }
  return power;
}

/** The discrete Fourier transform in place, by radix-2 (Cooley and Tukey 1965). The length is a power of two. */
function transform(real: Float64Array, imaginary: Float64Array): void {
  const n = real.length;
  for (let i = 1, j = 0; i < n; i++) {
    let bit = n >> 1;
    for (; j & bit; bit >>= 1) j ^= bit;
    j ^= bit;
    if (i < j) {
      [real[i], real[j]] = [real[j] as number, real[i] as number];
      [imaginary[i], imaginary[j]] = [imaginary[j] as number, imaginary[i] as number];
    }
  }
  for (let length = 2; length <= n; length *= 2) {
    for (let k = 0; k < length / 2; k++) {
      const angle = (-2 * Math.PI * k) / length;
      const cosine = Math.cos(angle);
      const sine = Math.sin(angle);
      for (let a = k; a < n; a += length) {
        const b = a + length / 2;
        const re = (real[b] as number) * cosine - (imaginary[b] as number) * sine;
        const im = (real[b] as number) * sine + (imaginary[b] as number) * cosine;
        real[b] = (real[a] as number) - re;
        imaginary[b] = (imaginary[a] as number) - im;
        real[a] = (real[a] as number) + re;
        imaginary[a] = (imaginary[a] as number) + im;
      }
    }
  }
}
