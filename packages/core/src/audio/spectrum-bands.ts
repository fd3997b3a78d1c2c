import { SAMPLE_RATE_HZ } from '../sample-rate.js';

/** How frequencies lie on the axis: evenly as they are heard (HTK's mel), or evenly in hertz. */
export const FREQUENCY_SCALES = ['mel', 'linear'] as const;
/** One of `FREQUENCY_SCALES`. */
export type FrequencyScale = (typeof FREQUENCY_SCALES)[number];

/** Bands from 0 to 8 kHz, the lowest first. */
export const SPECTRUM_BANDS = 80;
/** Zoom levels, the finest first. */
export const SPECTRUM_LEVELS = 3;
/** Decibels of full scale that 0 stands for. */
export const LOWEST_DB = -100;
/** Decibels of full scale that 255 stands for. */
export const HIGHEST_DB = 0;

const HIGHEST_HZ = SAMPLE_RATE_HZ / 2;

/** Where a frequency lies on the axis: 0 for 0 Hz, 1 for 8 kHz. */
export function frequencyShare(scale: FrequencyScale, hertz: number): number {
  return scale === 'mel' ? mel(hertz) / mel(HIGHEST_HZ) : hertz / HIGHEST_HZ;
}

function frequencyAt(scale: FrequencyScale, share: number): number {
  return scale === 'mel' ? 700 * (10 ** ((share * mel(HIGHEST_HZ)) / 2595) - 1) : share * HIGHEST_HZ;
}

function mel(hertz: number): number {
  return 2595 * Math.log10(1 + hertz / 700);
}

interface Triangle {
  readonly from: number;
  readonly weights: Float64Array;
}

interface Level {
  open: Uint8Array;
  count: number;
  bytes: number[];
}

/** Collects frames of one scale at each level; a frame of each stands for `levelFactor` of the one below. */
export class BandLevels {
  readonly #triangles: readonly Triangle[];
  readonly #windowSamples: number;
  readonly #levelFactor: number;
  readonly #levels: Level[] = Array.from({ length: SPECTRUM_LEVELS }, () => ({
    open: new Uint8Array(SPECTRUM_BANDS),
    count: 0,
    bytes: [],
  }));

  constructor(scale: FrequencyScale, windowSamples: number, levelFactor: number) {
    this.#triangles = triangles(scale, windowSamples);
    this.#windowSamples = windowSamples;
    this.#levelFactor = levelFactor;
  }

  /** One frame: real and imaginary part of each bin. */
  add(spectrum: Float64Array): void {
    const frame = new Uint8Array(SPECTRUM_BANDS);
    for (const [band, { from, weights }] of this.#triangles.entries()) {
      let power = 0;
      for (let i = 0; i < weights.length; i++) {
        const re = spectrum[2 * (from + i)] ?? 0;
        const im = spectrum[2 * (from + i) + 1] ?? 0;
        power += (weights[i] ?? 0) * (re * re + im * im);
      }
      frame[band] = toByte(power, this.#windowSamples);
    }
    this.#put(0, frame);
  }

  /** Ends the recording: frames that are not full are closed. */
  finish(): void {
    for (let level = 1; level < SPECTRUM_LEVELS; level++) if (this.#levels[level]?.count) this.#close(level);
  }

  /** Bytes of each level's frames since the last call: frames x bands. */
  take(): Uint8Array[] {
    return this.#levels.map((level) => {
      const bytes = Uint8Array.from(level.bytes);
      level.bytes = [];
      return bytes;
    });
  }

  #put(level: number, frame: Uint8Array): void {
    const own = this.#levels[level];
    if (own === undefined) return;
    if (level === 0) {
      for (const value of frame) own.bytes.push(value);
      this.#put(1, frame);
      return;
    }
    for (let band = 0; band < SPECTRUM_BANDS; band++)
      own.open[band] = Math.max(own.open[band] ?? 0, frame[band] ?? 0);
    if (++own.count === this.#levelFactor) this.#close(level);
  }

  #close(level: number): void {
    const own = this.#levels[level];
    if (own === undefined) return;
    for (const value of own.open) own.bytes.push(value);
    const closed = own.open;
    own.open = new Uint8Array(SPECTRUM_BANDS);
    own.count = 0;
    this.#put(level + 1, closed);
  }
}

/** A sine at full scale is 0 dB: the window's gain for it is a quarter of its length. */
function toByte(power: number, windowSamples: number): number {
  const decibels = 10 * Math.log10(power / (windowSamples / 4) ** 2 + 1e-12);
  const share = (decibels - LOWEST_DB) / (HIGHEST_DB - LOWEST_DB);
  return Math.round(255 * Math.min(1, Math.max(0, share)));
}

/** Triangles of equal height, each from its lower neighbour's middle to its upper one's; at least one bin wide. */
function triangles(scale: FrequencyScale, windowSamples: number): Triangle[] {
  const bin = SAMPLE_RATE_HZ / windowSamples;
  return Array.from({ length: SPECTRUM_BANDS }, (_, band) => {
    const edge = (i: number): number => frequencyAt(scale, (band + i) / (SPECTRUM_BANDS + 1)) / bin;
    const [low, middle, high] = [edge(0), edge(1), edge(2)];
    const from = Math.max(0, Math.ceil(low));
    const to = Math.min(windowSamples / 2, Math.floor(high));
    if (to < from || to - from < 1) {
      const nearest = Math.min(windowSamples / 2, Math.round(middle));
      return { from: nearest, weights: Float64Array.of(1) };
    }
    const weights = Float64Array.from({ length: to - from + 1 }, (_, i) => {
      const at = from + i;
      return Math.max(0, at <= middle ? (at - low) / (middle - low) : (high - at) / (high - middle));
    });
    return { from, weights };
  });
}
