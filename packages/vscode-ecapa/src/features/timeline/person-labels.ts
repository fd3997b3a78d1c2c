import type { Correction } from './apply-corrections.js';
import type { HeardCorrection } from './heard.js';

/** All of a person's corrections of a recording. */
export interface PersonLabels {
  /** What it mostly is: one label at a time. */
  readonly corrections: readonly Correction[];
  /** What can be heard in it: labels overlap. */
  readonly heard: readonly HeardCorrection[];
}

export const NOTHING_SAID: PersonLabels = { corrections: [], heard: [] };

/** Whether something is a person's corrections, as backups hold them. */
export function isPersonLabels(value: unknown): value is PersonLabels {
  const { corrections, heard } = Object(value) as Partial<PersonLabels>;
  return isCorrections(corrections) && isHeardCorrections(heard);
}

export function isCorrections(value: unknown): value is readonly Correction[] {
  return Array.isArray(value) && value.every(isLabelledSpan);
}

export function isHeardCorrections(value: unknown): value is readonly HeardCorrection[] {
  return (
    Array.isArray(value) &&
    value.every(
      (one: Partial<HeardCorrection> | null) => isLabelledSpan(one) && typeof one?.isHeard === 'boolean',
    )
  );
}

function isLabelledSpan(value: unknown): boolean {
  const { startSeconds, endSeconds, label } = Object(value) as Partial<Correction>;
  return (
    typeof startSeconds === 'number' &&
    typeof endSeconds === 'number' &&
    startSeconds < endSeconds &&
    typeof label === 'string'
  );
}
