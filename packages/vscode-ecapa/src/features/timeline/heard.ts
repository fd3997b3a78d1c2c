import type { PresenceTrack } from '@ecapa/core/timeline';
import { LEAST_SECONDS, outside } from './apply-corrections.js';

// A person's corrections of where labels can be heard, lane by lane; segments have their own. Pure.

/** A label can, or cannot, be heard in a span, against the head's answer if need be. */
export interface HeardCorrection {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly label: string;
  readonly isHeard: boolean;
}

/** One change to a lane; `null` takes back the corrections of a stretch and of its ends. */
export interface HeardEdit extends Omit<HeardCorrection, 'isHeard'> {
  readonly isHeard: boolean | null;
}

/** A stretch in which a label can be heard, by the head's answer. */
export type PresenceSpan = Omit<PresenceTrack, 'label'>;

/** A stretch of a lane as it is shown and exported. */
export interface HeardSpan extends PresenceSpan {
  /** A person has added it, or has moved one of its ends. */
  readonly isCorrected?: true;
}

interface Piece extends HeardSpan {
  /** Not yet joined to what lies beside it. */
  readonly said: boolean;
}

/**
 * The stretches of one label with a person's corrections laid over them. Stretches that no correction touches stay the same
 * objects; a person's part counts with probability 1 in the mean of what it is joined to. `heard` is of that label.
 */
export function applyHeard(
  found: readonly PresenceSpan[],
  heard: readonly HeardCorrection[],
): readonly HeardSpan[] {
  if (heard.length === 0) return found;
  const isTouched = ({ startSeconds, endSeconds }: PresenceSpan): boolean =>
    heard.some(
      (one) =>
        one.startSeconds <= endSeconds + LEAST_SECONDS && one.endSeconds >= startSeconds - LEAST_SECONDS,
    );
  const kept = found.filter((span) => !isTouched(span));
  const remains = heard.reduce<readonly PresenceSpan[]>(
    (spans, one) => outside(spans, one),
    found.filter(isTouched),
  );
  const said = heard.filter(({ isHeard }) => isHeard);
  const pieces: Piece[] = [
    ...remains.map((span) => ({ ...span, said: false, ...cornered(span, heard) })),
    ...said.map(({ startSeconds, endSeconds }) => ({
      ...{ startSeconds, endSeconds, probability: 1 },
      ...{ said: true, isCorrected: true as const },
    })),
  ].sort((a, b) => a.startSeconds - b.startSeconds);
  const joined: Piece[] = [];
  for (const piece of pieces) {
    const last = joined.at(-1);
    const isApart = last === undefined || piece.startSeconds - last.endSeconds > LEAST_SECONDS;
    if (isApart || !(last.said || piece.said)) joined.push(piece);
    else joined[joined.length - 1] = join(last, piece);
  }
  return [...kept, ...joined.map(({ said: _, ...span }) => span)].sort(
    (a, b) => a.startSeconds - b.startSeconds,
  );
}

/** A stretch whose end a person has set counts as corrected. */
function cornered(
  { startSeconds, endSeconds }: PresenceSpan,
  heard: readonly HeardCorrection[],
): { readonly isCorrected?: true } {
  const isCut = heard.some(
    (one) =>
      Math.abs(one.endSeconds - startSeconds) <= LEAST_SECONDS ||
      Math.abs(one.startSeconds - endSeconds) <= LEAST_SECONDS,
  );
  return isCut ? { isCorrected: true } : {};
}

function join(a: Piece, b: Piece): Piece {
  const [lengthA, lengthB] = [a, b].map(({ startSeconds, endSeconds }) => endSeconds - startSeconds) as [
    number,
    number,
  ];
  const probability = (a.probability * lengthA + b.probability * lengthB) / (lengthA + lengthB);
  const { startSeconds } = a;
  return { startSeconds, endSeconds: b.endSeconds, probability, said: true, isCorrected: true };
}

/**
 * The corrections after edits, one after the other; undefined when these change nothing. By label, then in order of time,
 * without overlap within a label.
 */
export function editedHeard(
  heard: readonly HeardCorrection[],
  edits: readonly HeardEdit[],
): readonly HeardCorrection[] | undefined {
  const next = edits.reduce(withEdit, heard);
  return JSON.stringify(next) === JSON.stringify(heard) ? undefined : next;
}

function withEdit(heard: readonly HeardCorrection[], edit: HeardEdit): readonly HeardCorrection[] {
  const { startSeconds, endSeconds, isHeard } = edit;
  const label = edit.label.trim().normalize('NFC');
  if (label === '' || endSeconds - startSeconds < LEAST_SECONDS) return heard;
  const others = heard.filter((one) => one.label !== label);
  const own = heard.filter((one) => one.label === label);
  if (isHeard === null) {
    const isBeside = (one: HeardCorrection): boolean =>
      one.startSeconds <= endSeconds + LEAST_SECONDS && one.endSeconds >= startSeconds - LEAST_SECONDS;
    return [...others, ...own.filter((one) => !isBeside(one))];
  }
  const pieces = [...outside(own, edit), { startSeconds, endSeconds, label, isHeard }];
  return [...others, ...pieces].sort(
    (a, b) => (a.label < b.label ? -1 : a.label > b.label ? 1 : 0) || a.startSeconds - b.startSeconds,
  );
}
