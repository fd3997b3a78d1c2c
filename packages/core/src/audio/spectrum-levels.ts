import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import { RealFft } from './fft.js';

// The spectrogram of a recording at several zoom levels, as a page draws it. Pure: used by the job that writes it and by the page.

/** Samples from one frame of level 0 to the next (20 ms), and in the window of each (32 ms). */
const HOP_SAMPLES = 320;
const WINDOW_SAMPLES = 512;
/** Mel bands from 0 to 8 kHz, the lowest first. */
export const SPECTRUM_BANDS = 80;
/** A frame of each level stands for so many of the level below: the loudest of each band. */
const LEVEL_FACTOR = 8;
/** Zoom levels, the finest first. */
export const SPECTRUM_LEVELS = 3;
/** Frames that are asked for together. */
export const SPECTRUM_TILE_FRAMES = 512;
/** Decibels of full scale that 0 stands for. */
export const LOWEST_DB = -100;
/** Decibels of full scale that 255 stands for. */
export const HIGHEST_DB = 0;

/** Seconds in one frame of a level: 20 ms, 160 ms, 1.28 s. */
export function frameSeconds(level: number): number {
  return (HOP_SAMPLES / SAMPLE_RATE_HZ) * LEVEL_FACTOR ** level;
}

/** The coarsest level that still has a frame for each pixel; the finest where none has. */
export function spectrumLevelFor(secondsPerPixel: number): number {
  for (let level = SPECTRUM_LEVELS - 1; level > 0; level--)
    if (frameSeconds(level) <= secondsPerPixel) return level;
  return 0;
}

/** HTK's mel scale: 0 for 0 Hz, 1 for 8 kHz. */
export function melShare(hertz: number): number {
  return mel(hertz) / mel(SAMPLE_RATE_HZ / 2);
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

/** Collects log-mel frames of each level, in memory that does not grow when taken from. */
export class SpectrumLevels {
  readonly #fft = new RealFft(WINDOW_SAMPLES);
  readonly #hann = Float64Array.from(
    { length: WINDOW_SAMPLES },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / WINDOW_SAMPLES),
  );
  readonly #triangles = triangles();
  readonly #window = new Float64Array(WINDOW_SAMPLES);
  readonly #spectrum = new Float64Array(2 * WINDOW_SAMPLES);
  /** The first frame is centred on the middle of the first hop. */
  #pending = new Float32Array((WINDOW_SAMPLES - HOP_SAMPLES) / 2);
  #samples = 0;
  #frames = 0;
  readonly #levels: Level[] = Array.from({ length: SPECTRUM_LEVELS }, () => ({
    open: new Uint8Array(SPECTRUM_BANDS),
    count: 0,
    bytes: [],
  }));

  /** Mono samples at 16 kHz, nominally -1 to 1. */
  push(samples: Float32Array): void {
    this.#samples += samples.length;
    this.#add(samples);
  }

  /** Ends the recording: there is a frame for each hop that has begun. */
  finish(): void {
    const frames = Math.ceil(this.#samples / HOP_SAMPLES);
    this.#add(new Float32Array(WINDOW_SAMPLES), frames);
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

  #add(samples: Float32Array, mostFrames = Number.POSITIVE_INFINITY): void {
    const all = new Float32Array(this.#pending.length + samples.length);
    all.set(this.#pending);
    all.set(samples, this.#pending.length);
    let at = 0;
    for (; at + WINDOW_SAMPLES <= all.length && this.#frames < mostFrames; at += HOP_SAMPLES) {
      this.#frame(all.subarray(at, at + WINDOW_SAMPLES));
      this.#frames++;
    }
    this.#pending = all.slice(at);
  }

  #frame(samples: Float32Array): void {
    for (let i = 0; i < WINDOW_SAMPLES; i++) this.#window[i] = (samples[i] ?? 0) * (this.#hann[i] ?? 0);
    this.#fft.transform(this.#spectrum, this.#window);
    const frame = new Uint8Array(SPECTRUM_BANDS);
    for (const [band, { from, weights }] of this.#triangles.entries()) {
      let power = 0;
      for (const [i, weight] of weights.entries()) {
        const re = this.#spectrum[2 * (from + i)] ?? 0;
        const im = this.#spectrum[2 * (from + i) + 1] ?? 0;
        power += weight * (re * re + im * im);
      }
      frame[band] = toByte(power);
    }
    this.#put(0, frame);
  }

  #put(level: number, frame: Uint8Array): void {
    const own = this.#levels[level];
    if (own === undefined) return;
    if (level === 0) {
      for (const value of frame) own.bytes.push(value);
      this.#put(1, frame);
      return;
    }
    for (const [band, value] of frame.entries()) if (value > (own.open[band] ?? 0)) own.open[band] = value;
    if (++own.count === LEVEL_FACTOR) this.#close(level);
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
function toByte(power: number): number {
  const decibels = 10 * Math.log10(power / (WINDOW_SAMPLES / 4) ** 2 + 1e-12);
  const share = (decibels - LOWEST_DB) / (HIGHEST_DB - LOWEST_DB);
  return Math.round(255 * Math.min(1, Math.max(0, share)));
}

/** Triangles of equal height, each from its lower neighbour's middle to its upper one's; at least one bin wide. */
function triangles(): Triangle[] {
  const hertz = (share: number): number => 700 * (10 ** ((share * mel(SAMPLE_RATE_HZ / 2)) / 2595) - 1);
  const bin = SAMPLE_RATE_HZ / WINDOW_SAMPLES;
  return Array.from({ length: SPECTRUM_BANDS }, (_, band) => {
    const [low, middle, high] = [0, 1, 2].map((i) => hertz((band + i) / (SPECTRUM_BANDS + 1)) / bin) as [
      number,
      number,
      number,
    ];
    const from = Math.max(0, Math.ceil(low));
    const to = Math.min(WINDOW_SAMPLES / 2, Math.floor(high));
    if (to < from || to - from < 1) {
      const nearest = Math.min(WINDOW_SAMPLES / 2, Math.round(middle));
      return { from: nearest, weights: Float64Array.of(1) };
    }
    const weights = Float64Array.from({ length: to - from + 1 }, (_, i) => {
      const at = from + i;
      return Math.max(0, at <= middle ? (at - low) / (middle - low) : (high - at) / (high - middle));
    });
    return { from, weights };
  });
}
