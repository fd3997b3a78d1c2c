import type { TrueSegment } from './timeline-splices.js';

export interface FoundSegment {
  readonly startSeconds: number;
  readonly endSeconds: number;
  readonly label: string;
  readonly presence: Readonly<Record<string, number>>;
}

/** Counts of one recording; they add up over recordings. */
export interface Scores {
  /** Frames of 10 ms, and those with the right label. */
  readonly frames: number;
  readonly rightFrames: number;
  /** Frames whose label is the dominant class or the one below it. */
  readonly audibleFrames: number;
  readonly silentFrames: number;
  readonly trueSegments: number;
  readonly foundSegments: number;
  /** Segments found with the right label and both ends within 0.5 s. */
  readonly matchedSegments: number;
  /** From each true boundary to the nearest found one, in seconds. */
  readonly boundaryErrors: readonly number[];
  /** Frames in which a class that is there is (and one that is not, is) reported as present. */
  readonly presentFrames: number;
  readonly presentHits: number;
  readonly presentFalse: number;
}

const COLLAR_SECONDS = 0.5;

export function score(
  truth: readonly TrueSegment[],
  found: readonly FoundSegment[],
  labels: readonly string[],
): Scores {
  const duration = truth.at(-1)?.endSeconds ?? 0;
  const frames = Math.floor(duration * 100);
  const counts = { right: 0, audible: 0, silent: 0, present: 0, hits: 0, false: 0 };
  let t = 0;
  let f = 0;
  for (let frame = 0; frame < frames; frame++) {
    const at = (frame + 0.5) / 100;
    while ((truth[t]?.endSeconds ?? Infinity) <= at) t++;
    while ((found[f]?.endSeconds ?? Infinity) <= at) f++;
    const is = truth[t];
    const answer = found[f];
    if (is === undefined || answer === undefined) continue;
    if (answer.label === is.label) counts.right++;
    if (answer.label === is.label || answer.label === is.below) counts.audible++;
    if (answer.label === 'silence') counts.silent++;
    for (const label of labels) {
      const isThere = label === is.label || label === is.below;
      const isReported = (answer.presence[label] ?? 0) >= 0.5;
      if (isThere) counts.present++;
      if (isThere && isReported) counts.hits++;
      if (!isThere && isReported) counts.false++;
    }
  }
  return {
    frames,
    rightFrames: counts.right,
    audibleFrames: counts.audible,
    silentFrames: counts.silent,
    trueSegments: truth.length,
    foundSegments: found.length,
    matchedSegments: countMatches(truth, found),
    boundaryErrors: boundaryErrors(truth, found),
    presentFrames: counts.present,
    presentHits: counts.hits,
    presentFalse: counts.false,
  };
}

function countMatches(truth: readonly TrueSegment[], found: readonly FoundSegment[]): number {
  const free = new Set(found);
  let matches = 0;
  for (const segment of truth) {
    for (const candidate of free) {
      const isNear =
        Math.abs(candidate.startSeconds - segment.startSeconds) <= COLLAR_SECONDS &&
        Math.abs(candidate.endSeconds - segment.endSeconds) <= COLLAR_SECONDS;
      if (candidate.label !== segment.label || !isNear) continue;
      free.delete(candidate);
      matches++;
      break;
    }
  }
  return matches;
}

function boundaryErrors(truth: readonly TrueSegment[], found: readonly FoundSegment[]): number[] {
  const edges = found.slice(1).map((segment) => segment.startSeconds);
  const duration = truth.at(-1)?.endSeconds ?? 0;
  return truth
    .slice(1)
    .map(({ startSeconds }) =>
      edges.reduce((nearest, edge) => Math.min(nearest, Math.abs(edge - startSeconds)), duration),
    );
}

export interface Figures {
  readonly frameAccuracy: number;
  readonly audibleAccuracy: number;
  readonly silentShare: number;
  readonly segmentF1: number;
  readonly medianBoundarySeconds: number;
  readonly boundariesWithinHalfSecond: number;
  readonly segmentsPerTrueSegment: number;
  readonly presenceRecall: number;
  readonly presencePrecision: number;
}

export function figures(all: readonly Scores[]): Figures {
  const sum = (value: (scores: Scores) => number): number =>
    all.reduce((total, scores) => total + value(scores), 0);
  const errors = all.flatMap((scores) => scores.boundaryErrors).sort((a, b) => a - b);
  const frames = sum((scores) => scores.frames);
  const hits = sum((scores) => scores.presentHits);
  return {
    frameAccuracy: sum((scores) => scores.rightFrames) / frames,
    audibleAccuracy: sum((scores) => scores.audibleFrames) / frames,
    silentShare: sum((scores) => scores.silentFrames) / frames,
    segmentF1:
      (2 * sum((scores) => scores.matchedSegments)) /
      (sum((scores) => scores.trueSegments) + sum((scores) => scores.foundSegments)),
    medianBoundarySeconds: errors[Math.floor(errors.length / 2)] ?? Number.NaN,
    boundariesWithinHalfSecond: errors.filter((error) => error <= 0.5).length / errors.length,
    segmentsPerTrueSegment: sum((scores) => scores.foundSegments) / sum((scores) => scores.trueSegments),
    presenceRecall: hits / sum((scores) => scores.presentFrames),
    presencePrecision: hits / (hits + sum((scores) => scores.presentFalse)),
  };
}

/** 95 % interval of the frame accuracy by resampling whole recordings: frames within one are not independent. */
export function accuracyInterval(
  all: readonly Scores[],
  random: () => number,
  rounds = 2000,
): [number, number] {
  const values = Array.from({ length: rounds }, () => {
    const drawn = all.map(() => all[Math.floor(random() * all.length)] as Scores);
    return figures(drawn).frameAccuracy;
  }).sort((a, b) => a - b);
  return [values[Math.floor(0.025 * rounds)] ?? 0, values[Math.floor(0.975 * rounds)] ?? 1];
}
