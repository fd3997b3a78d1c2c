/** Mixtures of known content, from clips; the same numbers give the same mixtures. */
import { RATE_HZ, type SourceClip, stretch } from './timeline-splices.js';

/** How far the second class lies under the first, in dB. */
export const LEVELS_DB = [0, 5, 10, 15];

const LOUDEST_DB = -20;
/** Each class alone is mixed this many times as often as each pair at each level: there are far fewer of them. */
const ALONE_SHARE = 3;

export interface Mixture {
  readonly samples: Float32Array;
  /** The louder class first. */
  readonly present: readonly string[];
  /** How far the second class lies under the first; none when there is one alone. */
  readonly underDb?: number;
}

/** `each` mixtures of every ordered pair of classes at every level, and `ALONE_SHARE` times `each` of every class alone. */
export function* makeMixtures(
  clips: readonly SourceClip[],
  each: number,
  seconds: number,
  random: () => number,
): Generator<Mixture> {
  const labels = [...new Set(clips.map((clip) => clip.label))].sort();
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  const count = Math.round(seconds * RATE_HZ);
  const part = (label: string, underDb: number): Float32Array =>
    stretch(clips, label, count, LOUDEST_DB - underDb, random, pick);
  for (const label of labels) {
    for (let i = 0; i < ALONE_SHARE * each; i++) yield { samples: part(label, 0), present: [label] };
  }
  for (const underDb of LEVELS_DB) {
    for (const first of labels) {
      for (const second of labels.filter((label) => label !== first)) {
        for (let i = 0; i < each; i++) {
          const below = part(second, underDb);
          const samples = part(first, 0).map((value, at) => value + (below[at] ?? 0));
          yield { samples, present: [first, second], underDb };
        }
      }
    }
  }
}
