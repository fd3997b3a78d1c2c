import { ANY, checkOptions } from '../check-options.js';
import { FRAME_SAMPLES, requireNumber, secondsToFrames } from './windows.js';

/** When audio counts as silent: level in dBFS, durations in seconds. */
export interface SilenceOptions {
  /** Frames at or below this level are silent whatever surrounds them. dBFS, root mean square. */
  readonly floorDbfs: number;
  /** Frames so many dB below the running level are silent too ... */
  readonly belowLevelDb: number;
  /** ... but never frames above this level, however loud the rest is. dBFS. */
  readonly ceilingDbfs: number;
  /** Silence ends only when the level rises so many dB above where it began: no flutter at the threshold. */
  readonly hysteresisDb: number;
  /** A shorter quiet stretch is a pause, not silence. */
  readonly minSilenceSeconds: number;
  /** A shorter loud stretch (a click) does not end silence. */
  readonly minActiveSeconds: number;
}

/**
 * -60 dBFS is under the noise of a quiet room through a microphone, and over that of an idle converter.
 * 45 dB under the programme's level is where listeners call a recording of speech or music silent.
 */
export const DEFAULT_SILENCE: SilenceOptions = {
  floorDbfs: -60,
  belowLevelDb: 45,
  ceilingDbfs: -45,
  hysteresisDb: 4,
  minSilenceSeconds: 0.8,
  minActiveSeconds: 0.1,
};

const CHECKED_HERE = Object.fromEntries(Object.keys(DEFAULT_SILENCE).map((name) => [name, ANY]));

/** What digital silence measures: low enough to be under any floor, finite so that it can be averaged. */
export const LOWEST_DBFS = -120;

/** With defaults for what is left open. Throws TypeError, RangeError naming the field that makes no sense. */
export function checkSilenceOptions(given: Partial<SilenceOptions> = {}): SilenceOptions {
  checkOptions(given, CHECKED_HERE, 'silence');
  const options = { ...DEFAULT_SILENCE, ...given };
  requireNumber('floorDbfs', options.floorDbfs, LOWEST_DBFS, 0);
  requireNumber('belowLevelDb', options.belowLevelDb, 6, -LOWEST_DBFS);
  requireNumber('ceilingDbfs', options.ceilingDbfs, options.floorDbfs, 0);
  requireNumber('hysteresisDb', options.hysteresisDb, 0, 40);
  requireNumber('minSilenceSeconds', options.minSilenceSeconds, 0.02, 60);
  requireNumber('minActiveSeconds', options.minActiveSeconds, 0.01, 10);
  return options;
}

/**
 * Level of each 10 ms frame in dBFS (root mean square about the frame's own mean, so that a constant
 * offset is not a signal); a full-scale square wave is 0 dBFS. A shorter last frame counts as one.
 *
 * @param samples mono at 16 kHz; blocks of a stream must begin at multiples of 160 samples
 */
export function frameLevels(samples: Float32Array): Float32Array {
  const levels = new Float32Array(Math.ceil(samples.length / FRAME_SAMPLES));
  for (let frame = 0; frame < levels.length; frame++) {
    const from = frame * FRAME_SAMPLES;
    const to = Math.min(from + FRAME_SAMPLES, samples.length);
    let sum = 0;
    let squares = 0;
    for (let i = from; i < to; i++) {
      const sample = samples[i] ?? 0;
      sum += sample;
      squares += sample * sample;
    }
    const mean = sum / (to - from);
    const power = squares / (to - from) - mean * mean;
    levels[frame] = power <= 1e-12 ? LOWEST_DBFS : Math.max(LOWEST_DBFS, 10 * Math.log10(power));
  }
  return levels;
}

/** The running level rises towards louder frames within about a second and sinks within half a minute. */
const RISE_PER_FRAME = 1 - Math.exp(-1 / 100);
const SINK_PER_FRAME = 1 - Math.exp(-1 / 3000);

/**
 * Finds silence in a stream of frame levels: a threshold on local energy with hysteresis and minimum
 * durations, in constant memory.
 *
 * The threshold is `max(floor, min(ceiling, running level - belowLevel))`. The running level follows the
 * frames that are not silent, in dB, quickly upwards and slowly downwards. A frame's flag is final after
 * `max(minSilence, minActive)` at most: until then it may turn out to belong to a pause or a click.
 */
export class SilenceDetector {
  readonly #options: SilenceOptions;
  readonly #minSilenceFrames: number;
  readonly #minActiveFrames: number;
  #level: number | undefined;
  #isSilent = false;
  /** Frames in a row that contradict the present state. */
  #contrary = 0;

  constructor(options: SilenceOptions = DEFAULT_SILENCE) {
    this.#options = checkSilenceOptions(options);
    this.#minSilenceFrames = Math.max(1, secondsToFrames(options.minSilenceSeconds));
    this.#minActiveFrames = Math.max(1, secondsToFrames(options.minActiveSeconds));
  }

  /** Frames by which flags lag behind levels, at most. */
  get delayFrames(): number {
    return Math.max(this.#minSilenceFrames, this.#minActiveFrames);
  }

  /** Levels of the next frames in; flags (1 = silent) of the next frames that are decided out. */
  push(levelsDbfs: Float32Array): Uint8Array {
    const flags = new Uint8Array(this.#contrary + levelsDbfs.length);
    let count = 0;
    for (const level of levelsDbfs) {
      if (this.#isQuiet(level) === this.#isSilent) {
        // What seemed a change was none: those frames take the state around them.
        count = fill(flags, count, this.#contrary + 1, this.#isSilent);
        this.#contrary = 0;
      } else if (++this.#contrary >= (this.#isSilent ? this.#minActiveFrames : this.#minSilenceFrames)) {
        this.#isSilent = !this.#isSilent;
        count = fill(flags, count, this.#contrary, this.#isSilent);
        this.#contrary = 0;
      }
    }
    return flags.subarray(0, count);
  }

  /**
   * Flags of the frames still undecided when the stream ends. Quiet at the very end is called silence
   * from a fifth of the minimum on, since it might have lasted; a click at the end
   * of silence is not sound.
   */
  finish(): Uint8Array {
    const isLongEnough = !this.#isSilent && this.#contrary * 5 >= this.#minSilenceFrames;
    const flags = new Uint8Array(this.#contrary);
    flags.fill(this.#isSilent || isLongEnough ? 1 : 0);
    this.#contrary = 0;
    return flags;
  }

  #isQuiet(levelDbfs: number): boolean {
    const { floorDbfs, belowLevelDb, ceilingDbfs, hysteresisDb } = this.#options;
    const relative =
      this.#level === undefined ? floorDbfs : Math.min(ceilingDbfs, this.#level - belowLevelDb);
    const threshold = Math.max(floorDbfs, relative) + (this.#isSilent ? hysteresisDb : 0);
    const isQuiet = levelDbfs <= threshold;
    if (!isQuiet) {
      const step = levelDbfs - (this.#level ?? levelDbfs);
      this.#level = (this.#level ?? levelDbfs) + step * (step > 0 ? RISE_PER_FRAME : SINK_PER_FRAME);
    }
    return isQuiet;
  }
}

function fill(flags: Uint8Array, from: number, count: number, isSilent: boolean): number {
  flags.fill(isSilent ? 1 : 0, from, from + count);
  return from + count;
}
