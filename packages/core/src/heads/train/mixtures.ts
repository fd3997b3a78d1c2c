import { SAMPLE_RATE_HZ } from '../../sample-rate.js';
import { seededRandom } from './seeded-random.js';

/** One sound of a mixture. */
export interface MixturePart {
  /** Index of the clip. */
  readonly clip: number;
  /** Where in its excerpt the part begins, as a share of what may be chosen from. */
  readonly start: number;
  /** Level in dB relative to the first part, which has 0. */
  readonly levelDb: number;
}

/** Sounds laid over one another; the first is the loudest. */
export interface Mixture {
  readonly parts: readonly MixturePart[];
  readonly seconds: number;
}

/** A mixture with its embedding. */
export interface EmbeddedMixture extends Mixture {
  readonly embedding: Float32Array;
}

/** How many mixtures to plan, and which classes never to mix. */
export interface MixturePlanOptions {
  /** How many mixtures, sounds by themselves included. Default: 16 a clip, from 120 to 480. */
  readonly count?: number;
  /** Pairs of labels that are never mixed. */
  readonly exclusive?: readonly (readonly [string, string])[];
}

const MIXTURES_PER_CLIP = 16;
const FEWEST = 120;
const MOST = 480;
const SECONDS = [1.5, 3] as const;
/** By how much the second and third sound are under the first. */
const MOST_UNDER_DB = 15;
/** Of all mixtures, how many are one sound by itself, and how many are three (where three classes may meet). */
const ALONE_SHARE = 0.35;
const THREE_SHARE = 0.15;
const SEED = 20261128;

/**
 * Which clips to lay over one another, and how: each class alone and with each other one, the second and third sound 0
 * to 15 dB under the first, for 1.5 to 3 s. The same clips give the same plan.
 */
export function planMixtures(labels: readonly string[], options: MixturePlanOptions = {}): Mixture[] {
  const classes = [...new Set(labels)].sort();
  const clipsOf = classes.map((label) => labels.flatMap((own, clip) => (own === label ? [clip] : [])));
  const excluded = (a: number, b: number): boolean =>
    (options.exclusive ?? []).some(
      ([first, second]) =>
        (first === classes[a] && second === classes[b]) || (first === classes[b] && second === classes[a]),
    );
  const count = options.count ?? Math.min(MOST, Math.max(FEWEST, MIXTURES_PER_CLIP * labels.length));
  const random = seededRandom(SEED);
  const pick = <T>(items: readonly T[]): T | undefined => items[Math.floor(random() * items.length)];
  // Every clip is used about as often as the others of its class.
  const turns = clipsOf.map(() => [] as number[]);
  const nextClip = (k: number): number => {
    const turn = turns[k] ?? [];
    if (turn.length === 0) turn.push(...shuffled(clipsOf[k] ?? [], random));
    return turn.pop() ?? 0;
  };
  return Array.from({ length: count }, (_, i) => {
    const share = random();
    const wanted = share < ALONE_SHARE ? 1 : share < 1 - THREE_SHARE ? 2 : 3;
    const chosen = [i % classes.length];
    while (chosen.length < wanted) {
      const others = classes.flatMap((_, k) =>
        chosen.includes(k) || chosen.some((one) => excluded(one, k)) ? [] : [k],
      );
      const other = pick(others);
      if (other === undefined) break;
      chosen.push(other);
    }
    return {
      parts: chosen.map((k, at) => ({
        clip: nextClip(k),
        start: random(),
        levelDb: at === 0 ? 0 : -MOST_UNDER_DB * random(),
      })),
      seconds: SECONDS[0] + (SECONDS[1] - SECONDS[0]) * random(),
    };
  });
}

function shuffled(items: readonly number[], random: () => number): number[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j] ?? 0, result[i] ?? 0];
  }
  return result;
}

/** A part is placed where its root mean square is within so much of the clip's loudest place. */
const QUIETEST_PLACE_DB = 15;
const PLACES = 8;
const LEVEL = 0.05;
const PEAK = 0.99;

/**
 * The samples of a mixture (16 kHz, mono). `excerpts` are what is kept of each clip; shorter ones are repeated. Levels are
 * those of the parts' root mean squares over the mixture.
 */
export function mixSamples(mixture: Mixture, excerpts: readonly ArrayLike<number>[]): Float32Array {
  const length = Math.round(mixture.seconds * SAMPLE_RATE_HZ);
  const samples = new Float32Array(length);
  for (const { clip, start, levelDb } of mixture.parts) {
    const excerpt = excerpts[clip] ?? [];
    const from = placeOf(excerpt, length, start);
    const level = rootMeanSquare(excerpt, from, length);
    if (level === 0) continue;
    const gain = (LEVEL * 10 ** (levelDb / 20)) / level;
    for (let i = 0; i < length; i++) {
      samples[i] = (samples[i] ?? 0) + gain * (excerpt[(from + i) % excerpt.length] ?? 0);
    }
  }
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  return peak > PEAK ? samples.map((sample) => (sample * PEAK) / peak) : samples;
}

/** Where a part of `length` begins: one of a few places that are not much quieter than the loudest of them. */
function placeOf(excerpt: ArrayLike<number>, length: number, start: number): number {
  const room = Math.max(0, excerpt.length - length);
  if (room === 0) return Math.floor(start * excerpt.length);
  const places = Array.from({ length: PLACES }, (_, i) => Math.round((i * room) / (PLACES - 1)));
  const levels = places.map((from) => rootMeanSquare(excerpt, from, length));
  const least = Math.max(...levels) * 10 ** (-QUIETEST_PLACE_DB / 20);
  const allowed = places.filter((_, i) => (levels[i] ?? 0) >= least);
  return allowed[Math.floor(start * allowed.length)] ?? 0;
}

function rootMeanSquare(values: ArrayLike<number>, from: number, length: number): number {
  if (values.length === 0) return 0;
  let sum = 0;
  for (let i = 0; i < length; i++) sum += (values[(from + i) % values.length] ?? 0) ** 2;
  return Math.sqrt(sum / length);
}
