import { eventLoopYielder } from '../../event-loop.js';
import type { Head, Rejection } from '../../types.js';
import { type Clip, findNearDuplicates, groupClips, refuseClipsInTwoClasses } from '../clip.js';
import { candidateCs, chooseC, crossValidate, type Split, splitGroups } from '../evaluate/cross-validate.js';
import { type ClipFacts, findTrivialCues } from '../evaluate/cues.js';
import { type Scores, scoreClips } from '../evaluate/scores.js';
import { findSuspects, type Suspect } from '../evaluate/suspects.js';
import { clipsToProvenance } from '../file/provenance.js';
import { argmax, softmax } from '../predict.js';
import { fitDistanceRejection, fitTemperature } from './calibrate.js';
import type { EmbeddedMixture } from './mixtures.js';
import { fitPresence, type PresenceReport } from './presence-fit.js';
import { teachingWarnings, type Warning } from './teaching-warnings.js';
import { classesOf, type FitOptions, trainHead } from './train.js';

/**
 * `FitOptions` with other defaults: input norm `l2` (ECAPA's training loss compares embeddings by angle) and
 * class weight `balanced` (how many clips one happens to have of a class says nothing about the next clip).
 */
export interface TeachOptions extends Omit<FitOptions, 'C'> {
  readonly id: string;
  readonly modelId: string;
  /** Of the model's weights, for the record. */
  readonly modelSha256?: string;
  /**
   * Default `auto`: by cross-validation when every class has ten clips or more, else
   * ten over the mean squared length of the embeddings.
   */
  readonly C?: number | 'auto';
  /** Whether and how the head answers `unknown`. Default `none`. */
  readonly reject?: 'none' | Rejection['rule'];
  /** Share of clips like these that the rejection rule lets pass. Default 0.95. */
  readonly keep?: number;
  /**
   * Mixtures of the clips, whose `clip` numbers are positions among them; with these the head learns presence too. See
   * `planMixtures` and `embedMixtures`.
   */
  readonly mixtures?: readonly EmbeddedMixture[];
  /**
   * Pairs of labels that are never present at once; `auto`: those whose mixtures cannot be distinguished from one of them alone.
   * Default none. Without mixtures it counts for nothing.
   */
  readonly exclusive?: 'auto' | readonly (readonly [string, string])[];
  /** What is known of the clips' files, to warn when the classes differ by it. */
  readonly facts?: readonly ClipFacts[];
}

/** What a head that was trained without a clip, and without copies of it, says of that clip. */
export interface HeldOutVerdict {
  readonly path: string;
  readonly sha256: string;
  /** Its own label. */
  readonly label: string;
  readonly verdict: string;
  readonly probability: number;
}

/** How well a head does on clips it has not heard, and what is doubtful about them. */
export interface TeachingReport {
  readonly classes: readonly { readonly label: string; readonly clips: number; readonly groups: number }[];
  readonly C: number;
  readonly choseC: 'given' | 'default' | 'cross-validation';
  /** Held-out scores; undefined when there are too few clips to leave one out. */
  readonly scores?: Scores;
  readonly split: Omit<Split, 'foldOf'>;
  /** Calibration error before the temperature was fitted. */
  readonly uncalibratedError?: number;
  readonly temperature: number;
  /** Of the presence readout, when mixtures were given. */
  readonly presence?: PresenceReport;
  /** Of each clip that could be left out, in their order. */
  readonly heldOut: readonly HeldOutVerdict[];
  readonly suspects: readonly Suspect[];
  /** Copies that were left out of training. */
  readonly copies: readonly { readonly path: string; readonly of: string }[];
  readonly warnings: readonly Warning[];
}

/** Clips of each class that C is chosen by cross-validation from; with fewer the choice is noise. */
const FEWEST_TO_CHOOSE_C = 10;
/** Held-out clips that a temperature is fitted from. */
const FEWEST_TO_CALIBRATE = 10;

/**
 * Trains a head on clips, with its temperature and rejection rule, and measures how good it is:
 * leave-one-out or grouped ten-fold scores, in which C is chosen again without the part under test. The
 * head itself is trained on all clips and keeps them, with their embeddings, in its provenance.
 *
 * Throws as `trainHead` does, and `CLIP_IN_TWO_CLASSES` when the same content carries two labels.
 */
export async function teachHead(
  clips: readonly Clip[],
  options: TeachOptions,
): Promise<{ readonly head: Head; readonly report: TeachingReport }> {
  const labels = classesOf(clips);
  refuseClipsInTwoClasses(clips);
  const { originals, copies } = leaveOutCopies(clips);
  const nearDuplicates = await findNearDuplicates(originals, eventLoopYielder(options.signal));
  const groups = groupClips(originals, nearDuplicates);
  const classes = labels.map((label) => {
    const own = originals.flatMap((clip, i) => (clip.label === label ? (groups[i] ?? []) : []));
    return { label, clips: own.length, groups: new Set(own).size };
  });
  const {
    C: wantedC = 'auto',
    classWeight = 'balanced',
    standardise = false,
    inputNorm = 'l2',
    tolerance,
    maxIterations,
    signal,
  } = options;
  const fit: FitOptions = {
    standardise,
    inputNorm,
    classWeight,
    ...(tolerance !== undefined && { tolerance }),
    ...(maxIterations !== undefined && { maxIterations }),
    ...(signal && { signal }),
  };
  const examples = originals;
  const { grid, usual } = candidateCs(examples, fit);
  const choosable = classes.every((one) => one.groups >= FEWEST_TO_CHOOSE_C);
  const choseC = wantedC !== 'auto' ? 'given' : choosable ? 'cross-validation' : 'default';
  const choose = (indices: readonly number[]) => {
    if (wantedC !== 'auto') return Promise.resolve(wantedC);
    return choosable ? chooseC(examples, groups, indices, grid, fit) : Promise.resolve(usual);
  };

  const C = await choose(examples.map((_, i) => i));
  const training = await trainHead(examples, { ...fit, C, id: options.id, modelId: options.modelId });
  const split = splitGroups(
    examples.map(({ label }) => label),
    groups,
  );
  const { logits } = await crossValidate(examples, labels, split, fit, choose);
  const tested = examples.flatMap((clip, i) => {
    const row = logits[i];
    return row === undefined ? [] : { clip, label: clip.label, row };
  });
  const temperature =
    tested.length < FEWEST_TO_CALIBRATE
      ? 1
      : fitTemperature(
          tested.map(({ row }) => row),
          tested.map(({ label }) => labels.indexOf(label)),
        );
  const scoresAt = (t: number) =>
    scoreClips(
      labels,
      tested.map(({ label, row }) => ({ label, probabilities: softmax(row, t) })),
    );
  const scores = tested.length === 0 ? undefined : scoresAt(temperature);
  const rejection = fitRejection(originals, labels, { ...options, inputNorm }, scores);
  const presence = await learnPresence(labels, clips, options);
  const report: TeachingReport = {
    ...(presence && { presence: presence.report }),
    classes,
    C,
    choseC,
    split: { method: split.method, folds: split.folds },
    ...(scores && { scores, uncalibratedError: scoresAt(1).calibrationError }),
    temperature,
    heldOut: tested.map(({ clip: { path, sha256, label }, row }) => {
      const probabilities = softmax(row, temperature);
      const best = argmax(probabilities);
      return { path, sha256, label, verdict: labels[best] ?? label, probability: probabilities[best] ?? 0 };
    }),
    suspects: findSuspects(
      originals,
      labels,
      logits.map((row) => row && softmax(row, temperature)),
    ),
    copies: copies.map(({ copy, of }) => ({ path: copy.path, of: of.path })),
    warnings: teachingWarnings({
      classes,
      tested: tested.length,
      copies,
      nearDuplicates,
      cues: findTrivialCues(options.facts ?? []),
      rejectionMissing: rejection === undefined && (options.reject ?? 'none') !== 'none',
    }),
  };
  const head: Head = {
    ...training.head,
    temperature,
    ...(rejection && { rejection }),
    ...(presence && { presence: presence.presence }),
    provenance: {
      model: { id: options.modelId, ...(options.modelSha256 && { sha256: options.modelSha256 }) },
      options: {
        C,
        choseC,
        standardise,
        inputNorm,
        classWeight,
        reject: options.reject ?? 'none',
      },
      ...(scores && {
        scores: {
          method: split.method,
          folds: split.folds,
          accuracy: scores.accuracy,
          logLoss: scores.logLoss,
          calibrationError: scores.calibrationError,
          confusion: scores.confusion,
        },
      }),
      ...(presence && { presence: provenanceOf(presence.report) }),
      clips: clipsToProvenance(originals),
    },
  };
  return { head, report };
}

async function learnPresence(labels: readonly string[], clips: readonly Clip[], options: TeachOptions) {
  const { mixtures = [], exclusive, signal } = options;
  if (mixtures.length === 0) return undefined;
  // Copies and near-copies stay together: the head must not be tested on what it has heard.
  const groups = groupClips(clips, await findNearDuplicates(clips, eventLoopYielder(signal)));
  const clipLabels = clips.map(({ label }) => label);
  return fitPresence(labels, clipLabels, groups, mixtures, {
    ...(exclusive && { exclusive }),
    ...(signal && { signal }),
  });
}

function provenanceOf({ mixtures, folds, scores }: PresenceReport) {
  return {
    mixtures,
    folds,
    ...(scores && {
      macroF1: scores.macroF1,
      macroF1Interval: [scores.macroF1Low, scores.macroF1High],
      meanAveragePrecision: scores.meanAveragePrecision,
      aloneHeardAlone: scores.aloneHeardAlone,
    }),
  };
}

/** Clips in the given order without those whose content came before. */
function leaveOutCopies(clips: readonly Clip[]) {
  const seen = new Map<string, Clip>();
  const copies: { readonly copy: Clip; readonly of: Clip }[] = [];
  for (const clip of clips) {
    const of = seen.get(clip.sha256);
    if (of === undefined) seen.set(clip.sha256, clip);
    else copies.push({ copy: clip, of });
  }
  return { originals: [...seen.values()], copies };
}

function fitRejection(
  clips: readonly Clip[],
  labels: readonly string[],
  options: Pick<TeachOptions, 'reject' | 'keep' | 'inputNorm'>,
  scores: Scores | undefined,
): Rejection | undefined {
  const { reject = 'none', keep = 0.95, inputNorm = 'l2' } = options;
  if (reject === 'none') return undefined;
  if (reject === 'distance') return fitDistanceRejection(clips, labels, inputNorm, keep);
  // The highest threshold that still lets the wanted share of held-out clips pass.
  const point = scores?.riskCoverage.find(({ coverage }) => coverage >= keep);
  return point && { rule: 'probability', threshold: point.threshold };
}
