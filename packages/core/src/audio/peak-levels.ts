import { SAMPLE_RATE_HZ } from '../sample-rate.js';

// Peaks of a recording at several zoom levels, as a page draws them. Pure: used by the job that writes them and by the page.

/** Samples (16 kHz) in a bin of level 0: 2.5 ms. */
const BASE_BIN_SAMPLES = 40;
/** A bin of each level stands for so many of the level below. */
export const LEVEL_FACTOR = 16;
/** Zoom levels, the finest first. */
export const LEVEL_COUNT = 3;
/** Bins that are asked for together. */
export const TILE_BINS = 4096;

/** Seconds in one bin of a level: 2.5 ms, 40 ms, 640 ms. */
export function binSeconds(level: number): number {
  return (BASE_BIN_SAMPLES / SAMPLE_RATE_HZ) * LEVEL_FACTOR ** level;
}

/** The coarsest level that still has a bin for each pixel; the finest where none has. */
export function levelFor(secondsPerPixel: number): number {
  for (let level = LEVEL_COUNT - 1; level > 0; level--)
    if (binSeconds(level) <= secondsPerPixel) return level;
  return 0;
}

interface LevelState {
  lowest: number;
  highest: number;
  /** Samples (level 0) or bins of the level below in the bin that is still open. */
  count: number;
  pairs: number[];
}

/** Collects lowest and highest sample of each bin of each level, in memory that does not grow when taken from. */
export class PeakLevels {
  readonly #levels: LevelState[] = Array.from({ length: LEVEL_COUNT }, () => ({
    lowest: 0,
    highest: 0,
    count: 0,
    pairs: [],
  }));

  /** Mono samples at 16 kHz, nominally -1 to 1. */
  push(samples: Float32Array): void {
    const base = this.#levels[0] as LevelState;
    for (const sample of samples) {
      if (base.count === 0 || sample < base.lowest) base.lowest = sample;
      if (base.count === 0 || sample > base.highest) base.highest = sample;
      if (++base.count === BASE_BIN_SAMPLES) this.#close(0);
    }
  }

  /** Ends the recording: bins that are not full are closed. */
  finish(): void {
    for (let level = 0; level < LEVEL_COUNT; level++)
      if ((this.#levels[level]?.count ?? 0) > 0) this.#close(level);
  }

  /** Pairs of lowest and highest value, -127 to 127, of each level's bins since the last call. */
  take(): Int8Array[] {
    return this.#levels.map((state) => {
      const pairs = Int8Array.from(state.pairs);
      state.pairs = [];
      return pairs;
    });
  }

  #close(level: number): void {
    const state = this.#levels[level] as LevelState;
    const { lowest, highest } = state;
    state.pairs.push(toByte(lowest), toByte(highest));
    state.count = 0;
    const above = this.#levels[level + 1];
    if (above === undefined) return;
    if (above.count === 0 || lowest < above.lowest) above.lowest = lowest;
    if (above.count === 0 || highest > above.highest) above.highest = highest;
    if (++above.count === LEVEL_FACTOR) this.#close(level + 1);
  }
}

function toByte(sample: number): number {
  return Math.round(127 * Math.max(-1, Math.min(1, sample)));
}
