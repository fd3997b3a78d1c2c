import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import { RealFft } from './fft.js';
import { BandLevels, FREQUENCY_SCALES, type FrequencyScale, SPECTRUM_LEVELS } from './spectrum-bands.js';

// The spectrogram of a recording at several zoom levels, as a page draws it. Pure: used by the job that writes it and by the page.

/** Samples from one frame of level 0 to the next (20 ms), and in the window of each (32 ms). */
const HOP_SAMPLES = 320;
const WINDOW_SAMPLES = 512;
/** A frame of each level stands for so many of the level below: the loudest of each band. */
const LEVEL_FACTOR = 8;
/** Frames that are asked for together. */
export const SPECTRUM_TILE_FRAMES = 512;

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

/** Collects frames of each level on each scale, in memory that does not grow when taken from. */
export class SpectrumLevels {
  readonly #fft = new RealFft(WINDOW_SAMPLES);
  readonly #hann = Float64Array.from(
    { length: WINDOW_SAMPLES },
    (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * (i + 0.5)) / WINDOW_SAMPLES),
  );
  readonly #bands = {
    mel: new BandLevels('mel', WINDOW_SAMPLES, LEVEL_FACTOR),
    linear: new BandLevels('linear', WINDOW_SAMPLES, LEVEL_FACTOR),
  };
  readonly #window = new Float64Array(WINDOW_SAMPLES);
  readonly #spectrum = new Float64Array(2 * WINDOW_SAMPLES);
  /** The first frame is centred on the middle of the first hop. */
  #pending = new Float32Array((WINDOW_SAMPLES - HOP_SAMPLES) / 2);
  #samples = 0;
  #frames = 0;

  /** Mono samples at 16 kHz, nominally -1 to 1. */
  push(samples: Float32Array): void {
    this.#samples += samples.length;
    this.#add(samples);
  }

  /** Ends the recording: there is a frame for each hop that has begun. */
  finish(): void {
    const frames = Math.ceil(this.#samples / HOP_SAMPLES);
    this.#add(new Float32Array(WINDOW_SAMPLES), frames);
    for (const scale of FREQUENCY_SCALES) this.#bands[scale].finish();
  }

  /** Bytes of each level's frames since the last call, by scale: frames x bands. */
  take(): Record<FrequencyScale, Uint8Array[]> {
    return { mel: this.#bands.mel.take(), linear: this.#bands.linear.take() };
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
    for (const scale of FREQUENCY_SCALES) this.#bands[scale].add(this.#spectrum);
  }
}
