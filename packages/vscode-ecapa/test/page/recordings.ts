import type { TimelineSegment } from '@ecapa/core/timeline';
import type { HeardSpan } from '../../src/features/timeline/heard.js';

// Made-up timelines as the extension would send them to the page; the same on every run.

export const LABELS = ['music', 'noise', 'speech'];

/** Mulberry32: a small generator of numbers in [0, 1) that a seed determines. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A recording like a radio programme: speech and music in turns, pauses, a gap, something unknown. */
export function radio(durationSeconds: number, seed = 1): TimelineSegment[] {
  const random = randomNumbers(seed);
  const segments: TimelineSegment[] = [];
  let at = 0;
  while (at < durationSeconds) {
    const previous = segments.at(-1)?.label;
    const draw = random();
    const label =
      segments.length === 9
        ? 'gap'
        : draw < 0.12
          ? 'silence'
          : draw < 0.2
            ? 'unknown'
            : draw < 0.32
              ? 'noise'
              : draw < 0.55
                ? 'music'
                : 'speech';
    if (label === previous) continue;
    const long = label === 'silence' || label === 'gap' ? 2 : label === 'music' ? 28 : 14;
    const end = Math.min(durationSeconds, at + 0.5 + long * random());
    segments.push(segment(label, at, end, 0.45 + 0.55 * Math.sqrt(random()), random()));
    at = end;
  }
  return segments;
}

/** Where each label can be heard in it: where it is what it mostly is, and beneath other labels. */
export function lanesOf(
  segments: readonly TimelineSegment[],
): Readonly<Record<string, readonly HeardSpan[]>> {
  return Object.fromEntries(
    LABELS.map((label) => {
      const spans: HeardSpan[] = [];
      for (const { startSeconds, endSeconds, presence } of segments) {
        if ((presence[label] ?? 0) < 0.5) continue;
        const last = spans.at(-1);
        if (last !== undefined && startSeconds - last.endSeconds < 0.01)
          spans[spans.length - 1] = { ...last, endSeconds };
        else spans.push({ startSeconds, endSeconds, probability: 0.5 + 0.45 * (presence[label] ?? 0) });
      }
      return [label, spans];
    }),
  );
}

function segment(
  label: string,
  startSeconds: number,
  endSeconds: number,
  probability: number,
  beneath: number,
): TimelineSegment {
  if (label === 'silence' || label === 'gap')
    return { label, startSeconds, endSeconds, probability: 1, probabilities: {}, presence: {} };
  const own = label === 'unknown' ? 'noise' : label;
  const sure = label === 'unknown' ? Math.min(probability, 0.48) : probability;
  const others = LABELS.filter((name) => name !== own);
  const probabilities = Object.fromEntries([
    [own, sure],
    [others[0], 0.7 * (1 - sure)],
    [others[1], 0.3 * (1 - sure)],
  ]) as Record<string, number>;
  const runnerUp =
    label === 'unknown'
      ? { label: own, probability: sure }
      : { label: others[0] ?? '', probability: 0.7 * (1 - sure) };
  const presence = Object.fromEntries([
    [own, 1],
    [others[0], beneath > 0.8 ? beneath : 0],
    [others[1], 0],
  ]) as Record<string, number>;
  return { label, startSeconds, endSeconds, probability: sure, runnerUp, probabilities, presence };
}
