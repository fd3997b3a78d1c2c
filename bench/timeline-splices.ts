/** Recordings with known boundaries, spliced from clips; the same numbers give the same recordings. */

export const RATE_HZ = 16_000;

export interface SourceClip {
  readonly label: string;
  readonly source: string;
  readonly samples: Float32Array;
}

/** A stretch of a spliced recording. */
export interface TrueSegment {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** What dominates. */
  readonly label: string;
  /** The quieter class below it, if any. */
  readonly below?: string;
}

export interface Splice {
  readonly samples: Float32Array;
  readonly segments: readonly TrueSegment[];
}

export interface SpliceOptions {
  readonly segments: number;
  readonly shortestSeconds: number;
  readonly longestSeconds: number;
  /** Level of the dominant class over the one below, in dB; without it nothing is below. */
  readonly overlapDb?: number;
}

/** Park and Miller's generator, 0 to 1: small, and the same everywhere. */
export function randomSource(seed: number): () => number {
  let state = (seed * 48_271 + 11) % 2_147_483_647;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

/**
 * One recording: stretches of 3 to 30 s (evenly spread in their logarithm), each of one class and one source,
 * never the same class twice in a row, cut hard from one to the next, at levels from -30 to -18 dBFS.
 */
export function makeSplice(
  clips: readonly SourceClip[],
  options: SpliceOptions,
  random: () => number,
): Splice {
  const labels = [...new Set(clips.map((clip) => clip.label))].sort();
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const parts: Float32Array[] = [];
  const segments: TrueSegment[] = [];
  let length = 0;
  let previous: string | undefined;
  for (let index = 0; index < options.segments; index++) {
    const label = pick(labels.filter((other) => other !== previous));
    const ratio = options.longestSeconds / options.shortestSeconds;
    const seconds = options.shortestSeconds * ratio ** random();
    const count = Math.round(seconds * RATE_HZ);
    const levelDb = -30 + 12 * random();
    const part = stretch(clips, label, count, levelDb, random, pick);
    let below: string | undefined;
    if (options.overlapDb !== undefined) {
      below = pick(labels.filter((other) => other !== label));
      const quieter = stretch(clips, below, count, levelDb - options.overlapDb, random, pick);
      for (let i = 0; i < count; i++) part[i] = (part[i] ?? 0) + (quieter[i] ?? 0);
    }
    parts.push(part);
    segments.push({
      startSeconds: length / RATE_HZ,
      endSeconds: (length + count) / RATE_HZ,
      label,
      ...(below === undefined ? {} : { below }),
    });
    length += count;
    previous = label;
  }
  const samples = new Float32Array(length);
  let at = 0;
  for (const part of parts) {
    samples.set(part, at);
    at += part.length;
  }
  return { samples, segments };
}

/**
 * A clip without the quiet at its ends (40 dB under its loudest 25 ms). Joined clips would have silences
 * that belong to no programme, and splices would have edges whose position is unknown.
 */
export function withoutQuietEnds(samples: Float32Array): Float32Array {
  const step = 400;
  const levels = Array.from({ length: Math.ceil(samples.length / step) }, (_, i) =>
    rootMeanSquare(samples.subarray(i * step, (i + 1) * step)),
  );
  const threshold = Math.max(...levels) / 100;
  const first = levels.findIndex((level) => level > threshold);
  const last = levels.findLastIndex((level) => level > threshold);
  return first < 0 ? samples.slice(0, 0) : samples.slice(first * step, (last + 1) * step);
}

/** Clips of one source end to end, each once before any twice, at a level; sources count alike, however many clips they have. */
export function stretch(
  clips: readonly SourceClip[],
  label: string,
  count: number,
  levelDb: number,
  random: () => number,
  pick: <T>(items: readonly T[]) => T,
): Float32Array {
  const members = clips.filter((clip) => clip.label === label);
  const source = pick([...new Set(members.map((clip) => clip.source))]);
  const own = members.filter((clip) => clip.source === source);
  const result = new Float32Array(count);
  let bag: SourceClip[] = [];
  for (let at = 0; at < count; ) {
    if (bag.length === 0) bag = [...own];
    const [clip] = bag.splice(Math.floor(random() * bag.length), 1);
    if (clip === undefined) break;
    const gain = 10 ** (levelDb / 20) / Math.max(1e-4, rootMeanSquare(clip.samples));
    for (let i = 0; i < clip.samples.length && at < count; i++, at++)
      result[at] = gain * (clip.samples[i] ?? 0);
  }
  return result;
}

function rootMeanSquare(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / Math.max(1, samples.length));
}
