import type { PresenceReadout } from '../../types.js';
import { affineLogits, normalizeInput } from '../affine.js';
import { areaUnderCurve } from '../evaluate/cues.js';
import { type PresenceScores, type ScoredMixture, scorePresence } from '../evaluate/presence-scores.js';
import { sigmoid } from '../presence.js';
import { fitTemperature } from './calibrate.js';
import type { EmbeddedMixture, Mixture } from './mixtures.js';
import { type FitOptions, trainHead } from './train.js';

export interface PresenceFitOptions {
  /** Which labels are never present at once: these pairs, or `auto` for the inseparable ones. Default: none. */
  readonly exclusive?: 'auto' | readonly (readonly [string, string])[];
  readonly signal?: AbortSignal;
}

/** How well presence is detected on mixtures of clips that the head had not heard. */
export interface PresenceReport {
  readonly mixtures: number;
  /** Parts that the recordings were dealt into; no mixture is scored by a head that heard one of its parts. */
  readonly folds: number;
  /** Undefined when no class has two recordings. */
  readonly scores?: PresenceScores;
  readonly temperature: number;
  readonly exclusive: readonly (readonly [string, string])[];
  /** Whether `exclusive` was given or found. */
  readonly choseExclusive: 'given' | 'found';
  /**
   * Pairs whose mixtures could not be separated from one of them alone: they may be states of one thing that exclude one
   * another, or need more clips.
   */
  readonly inseparable: readonly (readonly [string, string])[];
}

/** The penalty's C on embeddings of length 1. Set on five clips a class of held-out sources (bench/presence-few-clips.ts). */
const C = 3;
/** Cross-validation does not take the last digits. */
const COARSE_TOLERANCE = 1e-5;
const MOST_FOLDS = 5;
const ABSENT = 'absent';
const PRESENT = 'present';

interface Point {
  readonly embedding: Float32Array;
  /** Indices of the classes that sound. */
  readonly sounding: ReadonlySet<number>;
  readonly folds: ReadonlySet<number>;
}

/**
 * Fits a presence readout to mixtures: one logistic regression per label (binary relevance, Tsoumakas and Katakis 2007)
 * on embeddings of length 1, with one temperature for all from held-out logits.
 *
 * `labels` are the head's, `clipLabels` and `groups` give the class of each clip and which clips belong together. For the
 * score, recordings are dealt into up to five parts, one of each class to each; a mixture is scored by readouts that were
 * fitted to the mixtures without any recording of the parts that its sounds come from.
 */
export async function fitPresence(
  labels: readonly string[],
  clipLabels: readonly string[],
  groups: readonly number[],
  mixtures: readonly EmbeddedMixture[],
  options: PresenceFitOptions = {},
): Promise<{ readonly presence: PresenceReadout; readonly report: PresenceReport }> {
  const wanted = options.exclusive ?? [];
  const folds = dealFolds(clipLabels, groups);
  const given = wanted === 'auto' ? [] : wanted;
  let used = mixtures.filter((mixture) => !mixesExcluded(mixture, clipLabels, given));
  let held = await heldOutLogits(labels, clipLabels, folds, used, options);
  const inseparable = inseparablePairs(labels, scored(used, clipLabels, held, 1));
  let exclusive = given;
  if (wanted === 'auto') {
    exclusive = inseparable;
    if (exclusive.length > 0) {
      used = mixtures.filter((mixture) => !mixesExcluded(mixture, clipLabels, exclusive));
      held = await heldOutLogits(labels, clipLabels, folds, used, options);
    }
  }
  const temperature = temperatureOf(labels, used, clipLabels, held);
  const points = pointsOf(labels, clipLabels, folds, used);
  const fitted = await fitLabels(labels, points, options.signal);
  const tested = scored(used, clipLabels, held, temperature);
  const isTested = tested.some(({ presence }) => presence.some((p) => p !== undefined));
  const dimension = mixtures[0]?.embedding.length ?? 0;
  const weights = new Float64Array(labels.length * dimension);
  // A label that always or never sounds has nothing to be learnt from: as likely as not.
  const bias = new Float64Array(labels.length);
  for (const [k, one] of fitted.entries()) {
    if (one === undefined) continue;
    weights.set(one.weights, k * dimension);
    bias[k] = one.bias;
  }
  return {
    presence: { weights, bias, inputNorm: 'l2', temperature, exclusive },
    report: {
      mixtures: used.length,
      folds: Math.max(0, ...folds) + 1,
      ...(isTested && { scores: scorePresence(labels, tested) }),
      temperature,
      exclusive,
      choseExclusive: wanted === 'auto' ? 'found' : 'given',
      inseparable,
    },
  };
}

/** Deals the recordings of each class into as many parts as the largest class can fill, five at most. */
function dealFolds(clipLabels: readonly string[], groups: readonly number[]): number[] {
  const groupsOf = new Map<string, number[]>();
  for (const [clip, label] of clipLabels.entries()) {
    const own = groupsOf.get(label) ?? [];
    const group = groups[clip] ?? clip;
    if (!own.includes(group)) own.push(group);
    groupsOf.set(label, own);
  }
  const folds = Math.min(MOST_FOLDS, Math.max(...[...groupsOf.values()].map((own) => own.length)));
  return clipLabels.map((label, clip) => (groupsOf.get(label)?.indexOf(groups[clip] ?? clip) ?? 0) % folds);
}

function pointsOf(
  labels: readonly string[],
  clipLabels: readonly string[],
  folds: readonly number[],
  mixtures: readonly EmbeddedMixture[],
): Point[] {
  return mixtures.map(({ parts, embedding }) => ({
    embedding,
    sounding: new Set(parts.map(({ clip }) => labels.indexOf(clipLabels[clip] ?? ''))),
    folds: new Set(parts.map(({ clip }) => folds[clip] ?? 0)),
  }));
}

interface BinaryFit {
  readonly weights: Float64Array;
  readonly bias: number;
}

/** One logistic regression per label; undefined for a label that sounds in all points or in none. */
async function fitLabels(
  labels: readonly string[],
  points: readonly Point[],
  signal: AbortSignal | undefined,
  tolerance?: number,
): Promise<(BinaryFit | undefined)[]> {
  const fits: (BinaryFit | undefined)[] = [];
  for (const [k] of labels.entries()) {
    const examples = points.map(({ embedding, sounding }) => ({
      embedding,
      label: sounding.has(k) ? PRESENT : ABSENT,
    }));
    if (new Set(examples.map(({ label }) => label)).size < 2) {
      fits.push(undefined);
      continue;
    }
    const options: FitOptions = {
      C,
      inputNorm: 'l2',
      ...(tolerance && { tolerance }),
      ...(signal && { signal }),
    };
    const { head } = await trainHead(examples, { ...options, id: 'presence', modelId: 'presence' });
    // Two rows of a binary fit, `absent` first: their difference is the logit of presence.
    const { dimension, weights, bias } = head;
    fits.push({
      weights: Float64Array.from(
        { length: dimension },
        (_, j) => (weights[dimension + j] ?? 0) - (weights[j] ?? 0),
      ),
      bias: (bias[1] ?? 0) - (bias[0] ?? 0),
    });
  }
  return fits;
}

/** Logits of each mixture from fits to mixtures without its folds. */
async function heldOutLogits(
  labels: readonly string[],
  clipLabels: readonly string[],
  folds: readonly number[],
  mixtures: readonly EmbeddedMixture[],
  { signal }: PresenceFitOptions,
): Promise<(number | undefined)[][]> {
  const points = pointsOf(labels, clipLabels, folds, mixtures);
  const logits: (number | undefined)[][] = mixtures.map(() => labels.map(() => undefined));
  const keyOf = (point: Point): string => [...point.folds].sort().join(',');
  for (const key of new Set(points.map(keyOf))) {
    const left = new Set(key.split(',').map(Number));
    const part = points.filter((point) => ![...point.folds].some((fold) => left.has(fold)));
    const fits = part.length === 0 ? [] : await fitLabels(labels, part, signal, COARSE_TOLERANCE);
    for (const [i, point] of points.entries()) {
      if (keyOf(point) !== key) continue;
      const input = normalizeInput(point.embedding, 'l2');
      logits[i] = labels.map((_, k) => {
        const fit = fits[k];
        return fit && affineLogits(fit.weights, Float64Array.of(fit.bias), input)[0];
      });
    }
  }
  return logits;
}

/** `sigmoid(z / T)` is `softmax([0, z] / T)`, so that the verdict's temperature fit serves here as well. */
function temperatureOf(
  labels: readonly string[],
  mixtures: readonly EmbeddedMixture[],
  clipLabels: readonly string[],
  logits: readonly (readonly (number | undefined)[])[],
): number {
  const rows: number[][] = [];
  const targets: number[] = [];
  for (const [i, { parts }] of mixtures.entries()) {
    for (const [k, label] of labels.entries()) {
      const logit = logits[i]?.[k];
      if (logit === undefined) continue;
      rows.push([0, logit]);
      targets.push(parts.some(({ clip }) => clipLabels[clip] === label) ? 1 : 0);
    }
  }
  return fitTemperature(rows, targets);
}

function scored(
  mixtures: readonly EmbeddedMixture[],
  clipLabels: readonly string[],
  logits: readonly (readonly (number | undefined)[])[],
  temperature: number,
): ScoredMixture[] {
  return mixtures.map(({ parts }, i) => ({
    sounds: parts.map(({ clip, levelDb }) => ({ clip, levelDb, label: clipLabels[clip] ?? '' })),
    presence: (logits[i] ?? []).map((logit) =>
      logit === undefined ? undefined : sigmoid(logit / temperature),
    ),
  }));
}

function mixesExcluded(
  { parts }: Mixture,
  clipLabels: readonly string[],
  exclusive: readonly (readonly [string, string])[],
): boolean {
  const labels = parts.map(({ clip }) => clipLabels[clip]);
  return exclusive.some(([first, second]) => labels.includes(first) && labels.includes(second));
}

/** Chance has an area under the ROC curve of 0.5; pairs that do not clearly exceed it are taken to exclude one another. */
const LEAST_SEPARATION = 0.6;
/** From fewer mixtures and sounds alone nothing is concluded. */
const LEAST_CASES = 12;

/**
 * Pairs of classes whose mixtures cannot be separated from one of them alone, such as the states of one machine: the
 * less likely one of the two is no likelier in a mixture than where it is absent.
 */
function inseparablePairs(
  labels: readonly string[],
  mixtures: readonly ScoredMixture[],
): (readonly [string, string])[] {
  const has = ({ sounds }: ScoredMixture, label: string): boolean =>
    sounds.some((one) => one.label === label);
  return labels.flatMap((second, b) =>
    labels.slice(0, b).flatMap((first, a): (readonly [string, string])[] => {
      const lesser = ({ presence }: ScoredMixture): number[] => {
        const [p, q] = [presence[a], presence[b]];
        return p === undefined || q === undefined ? [] : [Math.min(p, q)];
      };
      const together = mixtures.filter((one) => has(one, first) && has(one, second)).flatMap(lesser);
      const alone = mixtures
        .filter((one) => one.sounds.length === 1 && (has(one, first) || has(one, second)))
        .flatMap(lesser);
      if (Math.min(together.length, alone.length) < LEAST_CASES) return [];
      return areaUnderCurve(alone, together) < LEAST_SEPARATION ? [[first, second]] : [];
    }),
  );
}
