import { seededRandom } from '../train/seeded-random.js';
import { type Proportion, wilsonInterval } from './scores.js';

/** A mixture whose sounds are known, and the answer of a head that heard none of its clips. */
export interface ScoredMixture {
  /** What sounds, the loudest first, with its level relative to the loudest. */
  readonly sounds: readonly { readonly label: string; readonly levelDb: number; readonly clip: number }[];
  /** Of each label; undefined where the head could not be trained for it. */
  readonly presence: readonly (number | undefined)[];
}

/** How well one label's presence is detected. */
export interface PresenceClassScores {
  readonly label: string;
  /** Mixtures in which it sounds, of those it was scored on. */
  readonly present: number;
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
  readonly averagePrecision: number | null;
  /** Expected calibration error over ten equal bins of the probability that it is present. */
  readonly calibrationError: number;
}

/** How well presence is detected on mixtures of known sounds. */
export interface PresenceScores {
  readonly mixtures: number;
  readonly classes: readonly PresenceClassScores[];
  /** Mean F1 of the classes at a threshold of 0.5. */
  readonly macroF1: number;
  /** 95 % interval of it: clips drawn again, since mixtures of one clip are not independent (cluster bootstrap). */
  readonly macroF1Low: number;
  readonly macroF1High: number;
  readonly meanAveragePrecision: number;
  /** How often a sound under the loudest one is heard, by how far it is under it. */
  readonly quieterHeard: readonly {
    readonly fromDb: number;
    readonly toDb: number;
    readonly heard: Proportion;
  }[];
  /** How often of one sound by itself that one alone is heard. */
  readonly aloneHeardAlone: Proportion;
}

const THRESHOLD = 0.5;
const BINS = 10;
const BANDS_DB = [
  [0, 5],
  [5, 10],
  [10, 15],
] as const;
const REPLICATES = 400;

/** Scores presence on mixtures. Labels without any scored mixture count for nothing. */
export function scorePresence(labels: readonly string[], mixtures: readonly ScoredMixture[]): PresenceScores {
  const sounding = mixtures.map(({ sounds }) =>
    labels.map((label) => sounds.some((one) => one.label === label)),
  );
  const classes = labels.map((label, k) => classScores(label, k, mixtures, sounding));
  const f1s = f1Of(labels, mixtures, sounding, () => 1);
  const [low, high] = bootstrap(labels, mixtures, sounding);
  const precisions = classes.flatMap(({ averagePrecision }) => averagePrecision ?? []);
  const isPresent = (mixture: ScoredMixture, label: string): boolean | undefined => {
    const probability = mixture.presence[labels.indexOf(label)];
    return probability === undefined ? undefined : probability >= THRESHOLD;
  };
  return {
    mixtures: mixtures.length,
    classes,
    macroF1: mean(f1s),
    macroF1Low: low,
    macroF1High: high,
    meanAveragePrecision: mean(precisions),
    quieterHeard: BANDS_DB.map(([fromDb, toDb]) => {
      const heard = mixtures.flatMap((mixture) =>
        mixture.sounds
          .slice(1)
          .filter(({ levelDb }) => -levelDb >= fromDb && (-levelDb < toDb || toDb === BANDS_DB.at(-1)?.[1]))
          .flatMap(({ label }) => isPresent(mixture, label) ?? []),
      );
      return { fromDb, toDb, heard: wilsonInterval(heard.filter(Boolean).length, heard.length) };
    }),
    aloneHeardAlone: aloneHeardAlone(labels, mixtures),
  };
}

function aloneHeardAlone(labels: readonly string[], mixtures: readonly ScoredMixture[]): Proportion {
  const alone = mixtures.filter(
    ({ sounds, presence }) => sounds.length === 1 && !presence.some((p) => p === undefined),
  );
  const right = alone.filter(({ sounds, presence }) =>
    labels.every((label, k) => (presence[k] ?? 0) >= THRESHOLD === (label === sounds[0]?.label)),
  );
  return wilsonInterval(right.length, alone.length);
}

function classScores(
  label: string,
  k: number,
  mixtures: readonly ScoredMixture[],
  sounding: readonly (readonly boolean[])[],
): PresenceClassScores {
  const points = mixtures.flatMap(({ presence }, i) => {
    const probability = presence[k];
    return probability === undefined ? [] : { probability, sounds: sounding[i]?.[k] ?? false };
  });
  const present = points.filter(({ sounds }) => sounds).length;
  const called = points.filter(({ probability }) => probability >= THRESHOLD);
  const hits = called.filter(({ sounds }) => sounds).length;
  return {
    label,
    present,
    precision: called.length === 0 ? null : hits / called.length,
    recall: present === 0 ? null : hits / present,
    f1: called.length + present === 0 ? null : (2 * hits) / (called.length + present),
    averagePrecision: present === 0 ? null : averagePrecision(points),
    calibrationError: calibrationError(points),
  };
}

interface Point {
  readonly probability: number;
  readonly sounds: boolean;
}

/** Mean, over the mixtures in which a label sounds, of the precision down to each (area under the precision-recall curve). */
function averagePrecision(points: readonly Point[]): number {
  let hits = 0;
  let sum = 0;
  for (const [rank, { sounds }] of points.toSorted((a, b) => b.probability - a.probability).entries()) {
    if (!sounds) continue;
    hits++;
    sum += hits / (rank + 1);
  }
  return hits === 0 ? 0 : sum / hits;
}

function calibrationError(points: readonly Point[]): number {
  let error = 0;
  for (let bin = 0; bin < BINS; bin++) {
    const inside = points.filter(
      ({ probability }) => Math.min(BINS - 1, Math.floor(probability * BINS)) === bin,
    );
    const sounds = inside.filter((point) => point.sounds).length;
    const expected = inside.reduce((sum, { probability }) => sum + probability, 0);
    error += Math.abs(sounds - expected) / Math.max(1, points.length);
  }
  return error;
}

/** F1 of each label that can be scored, mixtures weighted. */
function f1Of(
  labels: readonly string[],
  mixtures: readonly ScoredMixture[],
  sounding: readonly (readonly boolean[])[],
  weightOf: (mixture: ScoredMixture) => number,
): number[] {
  const hits = labels.map(() => 0);
  const sums = labels.map(() => 0);
  for (const [i, mixture] of mixtures.entries()) {
    const weight = weightOf(mixture);
    if (weight === 0) continue;
    for (let k = 0; k < labels.length; k++) {
      const probability = mixture.presence[k];
      if (probability === undefined) continue;
      const called = probability >= THRESHOLD;
      const sounds = sounding[i]?.[k] ?? false;
      hits[k] = (hits[k] ?? 0) + (called && sounds ? 2 * weight : 0);
      sums[k] = (sums[k] ?? 0) + weight * (Number(called) + Number(sounds));
    }
  }
  return labels.flatMap((_, k) => ((sums[k] ?? 0) === 0 ? [] : (hits[k] ?? 0) / (sums[k] ?? 1)));
}

/** Percentiles 2.5 and 97.5 of the macro F1 when the clips of each class are drawn again, with replacement. */
function bootstrap(
  labels: readonly string[],
  mixtures: readonly ScoredMixture[],
  sounding: readonly (readonly boolean[])[],
): [number, number] {
  const clipsOf = labels.map((label) => [
    ...new Set(
      mixtures.flatMap(({ sounds }) => sounds.flatMap((one) => (one.label === label ? one.clip : []))),
    ),
  ]);
  const random = seededRandom(1);
  const values = Array.from({ length: REPLICATES }, () => {
    const drawn = new Map<number, number>();
    for (const clips of clipsOf) {
      for (const _ of clips) {
        const clip = clips[Math.floor(random() * clips.length)] ?? 0;
        drawn.set(clip, (drawn.get(clip) ?? 0) + 1);
      }
    }
    const weightOf = ({ sounds }: ScoredMixture): number =>
      sounds.reduce((product, { clip }) => product * (drawn.get(clip) ?? 0), 1);
    return mean(f1Of(labels, mixtures, sounding, weightOf));
  })
    .filter(Number.isFinite)
    .sort((a, b) => a - b);
  const at = (share: number): number => values[Math.round(share * (values.length - 1))] ?? Number.NaN;
  return [at(0.025), at(0.975)];
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
