import { SAMPLE_RATE_HZ } from '../sample-rate.js';
/** A recording small enough to draw, whatever its length. Times are in seconds from the recording's start. */
export interface TimelineSketch {
  readonly startSeconds: number;
  /** Highest absolute sample of each bin, 0 to 1, and how long a bin is. */
  readonly envelope: Float32Array;
  readonly envelopeBinSeconds: number;
  /** The head's labels, and bins x labels mean window probabilities, row-major; NaN where there is no window. */
  readonly labels: readonly string[];
  readonly curves: Float32Array;
  readonly curveBinSeconds: number;
}

/**
 * Collects values along time into at most `maxBins` bins: when they are full, neighbours merge and bins
 * become twice as long. Memory is constant, and so is the cost per value.
 */
export class AdaptiveBins {
  readonly #rowLength: number;
  readonly #maxBins: number;
  readonly #merge: 'max' | 'mean';
  readonly #values: Float64Array;
  readonly #weights: Float64Array;
  #binSeconds: number;
  #used = 0;

  constructor(options: { rowLength: number; maxBins: number; binSeconds: number; merge: 'max' | 'mean' }) {
    this.#rowLength = options.rowLength;
    this.#maxBins = 2 * Math.ceil(options.maxBins / 2);
    this.#merge = options.merge;
    this.#binSeconds = options.binSeconds;
    this.#values = new Float64Array(this.#maxBins * this.#rowLength);
    this.#weights = new Float64Array(this.#maxBins);
  }

  get binSeconds(): number {
    return this.#binSeconds;
  }

  /** One row of values at a moment, in seconds from 0; moments need not come in order. */
  add(seconds: number, row: ArrayLike<number>): void {
    while (seconds >= this.#maxBins * this.#binSeconds) this.#halve();
    const bin = Math.max(0, Math.floor(seconds / this.#binSeconds + EDGE));
    this.#used = Math.max(this.#used, bin + 1);
    this.#combine(bin, row, 1);
  }

  /** Bins up to the last one used; `empty` where nothing fell into a bin. */
  toRows(empty: number): Float32Array {
    const rows = new Float32Array(this.#used * this.#rowLength);
    for (let bin = 0; bin < this.#used; bin++) {
      const weight = this.#weights[bin] ?? 0;
      for (let k = 0; k < this.#rowLength; k++) {
        const value = this.#values[bin * this.#rowLength + k] ?? 0;
        rows[bin * this.#rowLength + k] =
          weight === 0 ? empty : this.#merge === 'mean' ? value / weight : value;
      }
    }
    return rows;
  }

  #combine(bin: number, row: ArrayLike<number>, weight: number): void {
    const isFirst = this.#weights[bin] === 0;
    this.#weights[bin] = (this.#weights[bin] ?? 0) + weight;
    for (let k = 0; k < this.#rowLength; k++) {
      const at = bin * this.#rowLength + k;
      const old = this.#values[at] ?? 0;
      const value = row[k] ?? 0;
      this.#values[at] = isFirst ? value : this.#merge === 'max' ? Math.max(old, value) : old + value;
    }
  }

  #halve(): void {
    const pairs = Math.ceil(this.#used / 2);
    for (let pair = 0; pair < pairs; pair++) {
      const left = this.#take(2 * pair);
      const right = this.#take(2 * pair + 1);
      if (left.weight > 0) this.#combine(pair, left.row, left.weight);
      if (right.weight > 0) this.#combine(pair, right.row, right.weight);
    }
    this.#used = pairs;
    this.#binSeconds *= 2;
  }

  #take(bin: number): { row: Float64Array; weight: number } {
    const from = bin * this.#rowLength;
    const taken = { row: this.#values.slice(from, from + this.#rowLength), weight: this.#weights[bin] ?? 0 };
    this.#values.fill(0, from, from + this.#rowLength);
    this.#weights[bin] = 0;
    return taken;
  }
}

/** Moments that are bin edges but for rounding belong to the later bin. */
const EDGE = 1e-6;
const ENVELOPE_BINS = 2000;
const CURVE_BINS = 1000;

/** Gathers a `TimelineSketch` while a timeline is made. */
export class SketchBuilder {
  readonly #startSeconds: number;
  readonly #labels: readonly string[];
  readonly #envelope = new AdaptiveBins({
    rowLength: 1,
    maxBins: ENVELOPE_BINS,
    binSeconds: 0.01,
    merge: 'max',
  });
  readonly #curves: AdaptiveBins;

  constructor(labels: readonly string[], startSeconds: number, hopSeconds: number) {
    this.#labels = labels;
    this.#startSeconds = startSeconds;
    this.#curves = new AdaptiveBins({
      rowLength: labels.length,
      maxBins: CURVE_BINS,
      binSeconds: hopSeconds,
      merge: 'mean',
    });
  }

  /** Samples (16 kHz) from this moment on. */
  addSamples(seconds: number, samples: Float32Array): void {
    const step = 160;
    for (let from = 0; from < samples.length; from += step) {
      let peak = 0;
      for (let i = from; i < Math.min(from + step, samples.length); i++) {
        peak = Math.max(peak, Math.abs(samples[i] ?? 0));
      }
      this.#envelope.add(seconds - this.#startSeconds + from / SAMPLE_RATE_HZ, [Math.min(1, peak)]);
    }
  }

  /** A window's verdict, at its centre. */
  addProbabilities(seconds: number, probabilities: ArrayLike<number>): void {
    this.#curves.add(seconds - this.#startSeconds, probabilities);
  }

  finish(): TimelineSketch {
    return {
      startSeconds: this.#startSeconds,
      envelope: this.#envelope.toRows(0),
      envelopeBinSeconds: this.#envelope.binSeconds,
      labels: this.#labels,
      curves: this.#curves.toRows(Number.NaN),
      curveBinSeconds: this.#curves.binSeconds,
    };
  }
}
