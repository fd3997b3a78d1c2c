/**
 * Fast Fourier transform (Cooley and Tukey, Mathematics of Computation 19, 1965; radix 2, in place) of real windows of
 * one length, a power of two. Small enough to have here: the packages for it ship no licence text.
 */
export class RealFft {
  readonly #size: number;
  readonly #reversed: Uint32Array;
  readonly #cos: Float64Array;
  readonly #sin: Float64Array;

  /** Throws RangeError for a size that is not a power of two. */
  constructor(size: number) {
    const bits = Math.log2(size);
    if (!Number.isInteger(bits) || bits < 1) throw new RangeError(`size: ${size} is not a power of two`);
    this.#size = size;
    this.#reversed = Uint32Array.from({ length: size }, (_, i) => {
      let reversed = 0;
      for (let bit = 0; bit < bits; bit++) reversed |= ((i >> bit) & 1) << (bits - 1 - bit);
      return reversed;
    });
    this.#cos = Float64Array.from({ length: size / 2 }, (_, i) => Math.cos((2 * Math.PI * i) / size));
    this.#sin = Float64Array.from({ length: size / 2 }, (_, i) => -Math.sin((2 * Math.PI * i) / size));
  }

  /** Writes real and imaginary parts by turns into `out`, which holds 2 x size. */
  transform(out: Float64Array, window: Float64Array): void {
    const size = this.#size;
    for (let i = 0; i < size; i++) {
      const to = 2 * (this.#reversed[i] ?? 0);
      out[to] = window[i] ?? 0;
      out[to + 1] = 0;
    }
    for (let half = 1; half < size; half *= 2) {
      const stride = size / (2 * half);
      for (let block = 0; block < size; block += 2 * half) {
        for (let k = 0; k < half; k++) {
          const [c, s] = [this.#cos[k * stride] ?? 0, this.#sin[k * stride] ?? 0];
          const a = 2 * (block + k);
          const b = a + 2 * half;
          const [re, im] = [out[b] ?? 0, out[b + 1] ?? 0];
          const [turnedRe, turnedIm] = [re * c - im * s, re * s + im * c];
          const [firstRe, firstIm] = [out[a] ?? 0, out[a + 1] ?? 0];
          out[b] = firstRe - turnedRe;
          out[b + 1] = firstIm - turnedIm;
          out[a] = firstRe + turnedRe;
          out[a + 1] = firstIm + turnedIm;
        }
      }
    }
  }
}
