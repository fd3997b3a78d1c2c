import { fillIn } from '../../fill-in.js';
import { GAP_LABEL, SILENCE_LABEL, UNKNOWN_LABEL } from '../../types.js';
import type { Clip, NearDuplicate } from '../clip.js';
import type { TrivialCue } from '../evaluate/cues.js';

/** Something about the training clips that makes the head or its score doubtful. */
export interface Warning {
  readonly code:
    | 'too-few-clips'
    | 'class-not-tested'
    | 'not-tested'
    | 'unbalanced'
    | 'copies'
    | 'near-duplicates'
    | 'trivial-cue'
    | 'no-rejection'
    | 'reserved-label';
  readonly message: string;
  /** The message with `{0}`, `{1}`, … in the place of the values, for translation. */
  readonly template: string;
  readonly values: readonly (string | number)[];
}

export interface Doubts {
  readonly classes: readonly { readonly label: string; readonly clips: number; readonly groups: number }[];
  /** Clips with a held-out verdict. */
  readonly tested: number;
  readonly copies: readonly { readonly copy: Clip; readonly of: Clip }[];
  readonly nearDuplicates: readonly NearDuplicate[];
  readonly cues: readonly TrivialCue[];
  /** A rejection rule was asked for and could not be fitted. */
  readonly rejectionMissing: boolean;
}

/** A class with fewer clips than this is warned of. */
const FEW_CLIPS = 5;
/** With fewer tested clips than this the accuracy is not reliable: even all right leaves an interval of 28 points. */
const FEW_TESTED = 10;
/** Largest class over smallest. */
const UNBALANCED = 5;

/** What to report to the user about the clips, the most serious first. */
export function teachingWarnings(doubts: Doubts): Warning[] {
  const { classes, tested, copies, nearDuplicates, cues } = doubts;
  const warnings: Warning[] = [];
  const add = (code: Warning['code'], template: string, ...values: (string | number)[]) =>
    warnings.push({ code, message: fillIn(template, ...values), template, values });
  if (tested === 0) {
    add(
      'not-tested',
      'There are too few clips to test the head on any of them: nothing is known of how good it is.',
    );
  } else if (tested < FEW_TESTED) {
    add(
      'too-few-clips',
      tested === 1
        ? 'Only 1 clip could be tested: the accuracy is not reliable. Add clips.'
        : 'Only {0} clips could be tested: the accuracy is not reliable. Add clips.',
      tested,
    );
  }
  for (const { label, clips, groups } of classes) {
    if (groups === 1 && tested > 0) {
      add(
        'class-not-tested',
        'Class "{0}" has one recording only, so it could not be tested and is not in the scores.',
        label,
      );
    } else if (groups < FEW_CLIPS) {
      add('too-few-clips', fewClipsTemplate(clips, groups), label, clips, groups);
    }
    if (label === UNKNOWN_LABEL || label === SILENCE_LABEL || label === GAP_LABEL) {
      add(
        'reserved-label',
        'Class "{0}" has the name of a built-in verdict; the two cannot be distinguished in results.',
        label,
      );
    }
  }
  for (const { cue, labels, difference } of cues) {
    add('trivial-cue', CUE_TEMPLATES[cue], labels[0], labels[1], difference);
  }
  for (const { first, second, similarity } of nearDuplicates.slice(0, 10)) {
    add(
      'near-duplicates',
      first.label === second.label
        ? '{0} and {1} sound the same ({2}). They count as one recording in the test.'
        : '{0} and {1} sound the same ({2}) although one is "{3}" and the other "{4}". They count as one recording in the test.',
      first.path,
      second.path,
      similarity.toFixed(4),
      first.label,
      second.label,
    );
  }
  if (nearDuplicates.length > 10)
    add('near-duplicates', '{0} more pairs sound the same.', nearDuplicates.length - 10);
  const [copied] = copies;
  if (copied !== undefined) {
    add(
      'copies',
      copies.length === 1
        ? '{1} is a copy of {2} in its class and was left out.'
        : '{0} files are copies of others in their class and were left out, e.g. {1} (a copy of {2}).',
      copies.length,
      copied.copy.path,
      copied.of.path,
    );
  }
  const sizes = classes.map(({ clips }) => clips);
  if (Math.max(...sizes) > UNBALANCED * Math.min(...sizes)) {
    add(
      'unbalanced',
      'Classes have between {0} and {1} clips; the larger ones are favoured. Consider balanced class weights.',
      Math.min(...sizes),
      Math.max(...sizes),
    );
  }
  if (doubts.rejectionMissing) {
    add(
      'no-rejection',
      'There are too few clips to learn when to answer "unknown"; the head always names a class.',
    );
  }
  return warnings;
}

function fewClipsTemplate(clips: number, groups: number): string {
  if (groups < clips)
    return 'Class "{0}" has {1} clips ({2} independent); five or more from different recordings are better.';
  return clips === 1
    ? 'Class "{0}" has 1 clip; five or more from different recordings are better.'
    : 'Class "{0}" has {1} clips; five or more from different recordings are better.';
}

const CUE_TEMPLATES: Readonly<Record<TrivialCue['cue'], string>> = {
  length:
    'Classes "{0}" and "{1}" differ by length alone: {2}. The head may learn that instead of the sound; mix them.',
  loudness:
    'Classes "{0}" and "{1}" differ by loudness alone: {2}. The head may learn that instead of the sound; mix them.',
  bandwidth:
    'Classes "{0}" and "{1}" differ by bandwidth alone: {2}. The head may learn that instead of the sound; mix them.',
  'sample rate':
    'Classes "{0}" and "{1}" differ by sample rate alone: {2}. The head may learn that instead of the sound; mix them.',
  'file format':
    'Classes "{0}" and "{1}" differ by file format alone: {2}. The head may learn that instead of the sound; mix them.',
};
