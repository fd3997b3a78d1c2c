import { clock, fillIn } from '@ecapa/core/page';
import type { TimelineSegment } from '@ecapa/core/timeline';
import type { PageStrings } from '../../features/timeline/page-strings.js';
import { percent } from './format.js';
import type { Item } from './lanes.js';

// Segments in words. Pure.

/** From this share of its time on, a second class is worth a word. */
const BENEATH_SHARE = 0.25;
/** Surer than this, the second likeliest label is of no interest. */
const SURE = 0.95;

/** Other labels that are there for much of a segment: speech over music shows both. */
export function labelsBeneath({ label, presence, correctedFrom }: TimelineSegment): readonly string[] {
  if (label === 'unknown') return []; // its likeliest labels were not believed
  return Object.entries(presence)
    .filter(([name, share]) => name !== label && name !== correctedFrom && share >= BENEATH_SHARE)
    .map(([name]) => name);
}

/** What else it may be, or what else is in it; empty when there is nothing else. */
export function noteOn(segment: TimelineSegment, strings: PageStrings, locale: string): string {
  const { label, probability, runnerUp } = segment;
  if (runnerUp === undefined) return '';
  const likelihood = percent(runnerUp.probability, locale);
  if (label === 'unknown') return fillIn(strings.perhaps, runnerUp.label, likelihood);
  const beneath = labelsBeneath(segment);
  if (beneath.length > 0) return fillIn(strings.beneath, beneath.join(', '));
  return probability < SURE ? fillIn(strings.secondLikeliest, runnerUp.label, likelihood) : '';
}

/** What a person has done to a label. */
export function correctionNote(label: string, correctedFrom: string, strings: PageStrings): string {
  return label === correctedFrom ? strings.confirmed : fillIn(strings.correctedFrom, correctedFrom);
}

/** As a screen reader reads it. */
export function describeSegment(segment: Item, strings: PageStrings, locale: string): string {
  const { label, startSeconds, endSeconds, probability, correctedFrom, runnerUp } = segment;
  const [start, end] = [clock(startSeconds, 1), clock(endSeconds, 1)];
  if (segment.isHeard && correctedFrom !== undefined)
    return fillIn(strings.heardCorrected, label, start, end);
  if (segment.isHeard) return fillIn(strings.heardSpan, label, start, end, percent(probability, locale));
  if (correctedFrom === label) return fillIn(strings.selectedConfirmed, label, start, end);
  if (correctedFrom !== undefined) return fillIn(strings.selectedCorrected, label, correctedFrom, start, end);
  // Silence, and what cannot be decoded, follow from the signal: no head was sure of them.
  if (runnerUp === undefined) return fillIn(strings.selectedMeasured, label, start, end);
  const said = fillIn(strings.selected, label, start, end, percent(probability, locale));
  const note = noteOn(segment, strings, locale);
  return note === '' ? said : `${said}, ${note}`;
}
