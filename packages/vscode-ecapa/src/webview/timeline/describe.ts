import type { TimelineSegment } from '@ecapa/core';
import type { PageStrings } from '../../timeline/page-strings.js';
import { clock, fill, percent } from './format.js';

// Segments in words. Pure.

/** From this share of its time on, a second class is worth a word. */
const BENEATH_SHARE = 0.25;

/** Other labels that are there for much of a segment: speech over music shows both. */
export function labelsBeneath({ label, presence, correctedFrom }: TimelineSegment): readonly string[] {
  return Object.entries(presence)
    .filter(([name, share]) => name !== label && name !== correctedFrom && share >= BENEATH_SHARE)
    .map(([name]) => name);
}

/** As a screen reader says it. */
export function describeSegment(segment: TimelineSegment, strings: PageStrings, locale: string): string {
  const { label, startSeconds, endSeconds, probability, correctedFrom, runnerUp } = segment;
  const [start, end] = [clock(startSeconds, 1), clock(endSeconds, 1)];
  if (correctedFrom !== undefined) return fill(strings.selectedCorrected, label, correctedFrom, start, end);
  const parts = [fill(strings.selected, label, start, end, percent(probability, locale))];
  if (runnerUp !== undefined && runnerUp.label !== label && probability < 0.95)
    parts.push(fill(strings.secondLikeliest, runnerUp.label, percent(runnerUp.probability, locale)));
  const beneath = labelsBeneath(segment);
  if (beneath.length > 0) parts.push(fill(strings.beneath, beneath.join(', ')));
  return parts.join(', ');
}
