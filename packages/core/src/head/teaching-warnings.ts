import { SILENCE_LABEL, UNKNOWN_LABEL } from '../types.js';
import type { Clip, NearDuplicate } from './clip.js';
import type { TrivialCue } from './cues.js';

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
/** Fewer tested clips than this say next to nothing: even all right leaves an interval of 28 points. */
const FEW_TESTED = 10;
/** Largest class over smallest. */
const UNBALANCED = 5;

/** What to tell the user about the clips, the gravest first. */
export function teachingWarnings(doubts: Doubts): Warning[] {
  const { classes, tested, copies, nearDuplicates, cues } = doubts;
  const warnings: Warning[] = [];
  const add = (code: Warning['code'], message: string) => warnings.push({ code, message });
  if (tested === 0) {
    add(
      'not-tested',
      'There are too few clips to test the head on any of them: nothing is known of how good it is.',
    );
  } else if (tested < FEW_TESTED) {
    add(
      'too-few-clips',
      `Only ${count(tested, 'clip')} could be tested: the accuracy says next to nothing. Add clips.`,
    );
  }
  for (const { label, clips, groups } of classes) {
    if (groups === 1 && tested > 0) {
      add(
        'class-not-tested',
        `Class "${label}" has one recording only, so it could not be tested and is not in the scores.`,
      );
    } else if (groups < FEW_CLIPS) {
      const detail = groups < clips ? ` (${groups} independent)` : '';
      add(
        'too-few-clips',
        `Class "${label}" has ${count(clips, 'clip')}${detail}; five or more from different recordings are better.`,
      );
    }
    if (label === UNKNOWN_LABEL || label === SILENCE_LABEL) {
      add(
        'reserved-label',
        `Class "${label}" has the name of a built-in verdict; the two cannot be told apart in results.`,
      );
    }
  }
  for (const { cue, labels, difference } of cues) {
    add(
      'trivial-cue',
      `Classes "${labels[0]}" and "${labels[1]}" differ by ${cue} alone: ${difference}. ` +
        'The head may learn that instead of the sound; mix them.',
    );
  }
  for (const { first, second, similarity } of nearDuplicates.slice(0, 10)) {
    const where =
      first.label === second.label ? '' : ` although one is "${first.label}" and the other "${second.label}"`;
    add(
      'near-duplicates',
      `${first.path} and ${second.path} sound the same (${similarity.toFixed(4)})${where}. They count as one recording in the test.`,
    );
  }
  if (nearDuplicates.length > 10)
    add('near-duplicates', `${nearDuplicates.length - 10} more pairs sound the same.`);
  if (copies.length > 0) {
    const [{ copy, of }] = copies as [(typeof copies)[number]];
    add(
      'copies',
      `${count(copies.length, 'file')} copied from another of its class and left out, e.g. ${copy.path} (a copy of ${of.path}).`,
    );
  }
  const sizes = classes.map(({ clips }) => clips);
  if (Math.max(...sizes) > UNBALANCED * Math.min(...sizes)) {
    add(
      'unbalanced',
      `Classes have between ${Math.min(...sizes)} and ${Math.max(...sizes)} clips; the larger ones are favoured. Consider balanced class weights.`,
    );
  }
  if (doubts.rejectionMissing) {
    add(
      'no-rejection',
      'There are too few clips to learn when to say "unknown"; the head always names a class.',
    );
  }
  return warnings;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? '' : 's'}`;
}
