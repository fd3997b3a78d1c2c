import { argmax } from '../predict.js';

/** A head's answer for one clip whose label is known. */
export interface ScoredClip {
  readonly label: string;
  /** In the order of the head's labels; they sum to 1. */
  readonly probabilities: ArrayLike<number>;
  /** True when the head's rejection rule answered `unknown`. */
  readonly rejected?: boolean;
}

/** A share with the Wilson score interval around it. */
export interface Proportion {
  readonly count: number;
  readonly total: number;
  /** count / total, or NaN of nothing. */
  readonly share: number;
  /** Ends of the 95 % interval. */
  readonly low: number;
  readonly high: number;
}

/** Precision, recall and F1 of one class, each between 0 and 1, with the counts behind them. */
export interface ClassScores {
  readonly label: string;
  readonly clips: number;
  /** Null where it is undefined: no clip was called so (precision), or there is none (recall). */
  readonly precision: number | null;
  readonly recall: number | null;
  readonly f1: number | null;
}

/** One bin of the reliability diagram: clips whose winning probability lies in (low, high]. */
export interface ReliabilityBin {
  readonly low: number;
  readonly high: number;
  readonly clips: number;
  readonly meanProbability: number;
  readonly accuracy: number;
}

/** Answering only for the surest `coverage` of the clips, the share `risk` of the answers is wrong. */
export interface RiskCoveragePoint {
  readonly coverage: number;
  readonly risk: number;
  /** Lowest winning probability among them. */
  readonly threshold: number;
}

/** How good a head is: accuracy with its 95 % Wilson interval, calibration, and the scores of each class. */
export interface Scores {
  readonly labels: readonly string[];
  readonly accuracy: Proportion;
  readonly classes: readonly ClassScores[];
  /** Rows: true label. Columns: winning label. Both in `labels` order. */
  readonly confusion: readonly (readonly number[])[];
  /** Mean of minus the natural logarithm of the true label's probability. */
  readonly logLoss: number;
  /** Expected calibration error over 10 equal bins (Guo et al. 2017). */
  readonly calibrationError: number;
  readonly reliability: readonly ReliabilityBin[];
  readonly riskCoverage: readonly RiskCoveragePoint[];
  /** Mean of `risk` over all coverages; smaller is better. */
  readonly areaUnderRiskCoverage: number;
  /** With a rejection rule: how many clips it let through, and how many of those were right. */
  readonly accepted?: Proportion;
  readonly acceptedAccuracy?: Proportion;
}

const BINS = 10;
/** A true label that was given probability 0 costs this much at most. */
const SMALLEST_PROBABILITY = 1e-15;
/** 97.5th percentile of the normal distribution: a two-sided 95 % interval. */
const Z = 1.959963984540054;

/** Scores of a head on clips it was not trained on. Every clip's label must be one of `labels` (RangeError). */
export function scoreClips(labels: readonly string[], clips: readonly ScoredClip[]): Scores {
  const confusion = labels.map(() => labels.map(() => 0));
  let loss = 0;
  const verdicts = clips.map((clip, i) => {
    const truth = labels.indexOf(clip.label);
    if (truth < 0) throw new RangeError(`clips[${i}].label "${clip.label}" is not one of the head's labels`);
    const winner = argmax(clip.probabilities);
    const row = confusion[truth];
    if (row !== undefined) row[winner] = (row[winner] ?? 0) + 1;
    loss -= Math.log(Math.max(clip.probabilities[truth] ?? 0, SMALLEST_PROBABILITY));
    return {
      correct: winner === truth,
      probability: clip.probabilities[winner] ?? 0,
      rejected: clip.rejected,
    };
  });
  const accepted = verdicts.filter(({ rejected }) => rejected !== true);
  const reliability = reliabilityBins(verdicts);
  const riskCoverage = riskCoverageCurve(verdicts);
  return {
    labels,
    accuracy: countCorrect(verdicts),
    classes: labels.map((label, k) => classScores(label, k, confusion)),
    confusion,
    logLoss: loss / clips.length,
    calibrationError: reliability.reduce(
      (sum, bin) => sum + (bin.clips / clips.length) * Math.abs(bin.accuracy - bin.meanProbability),
      0,
    ),
    reliability,
    riskCoverage,
    areaUnderRiskCoverage: riskCoverage.reduce((sum, { risk }) => sum + risk, 0) / riskCoverage.length,
    ...(clips.some(({ rejected }) => rejected !== undefined) && {
      accepted: wilsonInterval(accepted.length, clips.length),
      acceptedAccuracy: countCorrect(accepted),
    }),
  };
}

/**
 * The Wilson score interval of `count` out of `total` at 95 %: honest for small counts, never outside
 * [0, 1] (Brown, Cai and DasGupta 2001). Of nothing it is [0, 1].
 */
export function wilsonInterval(count: number, total: number): Proportion {
  if (total === 0) return { count, total, share: Number.NaN, low: 0, high: 1 };
  const share = count / total;
  const denominator = 1 + Z ** 2 / total;
  const centre = (share + Z ** 2 / (2 * total)) / denominator;
  const reach = (Z / denominator) * Math.sqrt((share * (1 - share)) / total + Z ** 2 / (4 * total ** 2));
  return {
    count,
    total,
    share,
    low: count === 0 ? 0 : Math.max(0, centre - reach),
    high: count === total ? 1 : Math.min(1, centre + reach),
  };
}

interface Verdict {
  readonly correct: boolean;
  readonly probability: number;
}

function countCorrect(verdicts: readonly Verdict[]): Proportion {
  return wilsonInterval(verdicts.filter(({ correct }) => correct).length, verdicts.length);
}

function classScores(label: string, k: number, confusion: readonly (readonly number[])[]): ClassScores {
  const hits = confusion[k]?.[k] ?? 0;
  const clips = (confusion[k] ?? []).reduce((sum, count) => sum + count, 0);
  const called = confusion.reduce((sum, row) => sum + (row[k] ?? 0), 0);
  return {
    label,
    clips,
    precision: called === 0 ? null : hits / called,
    recall: clips === 0 ? null : hits / clips,
    f1: called + clips === 0 ? null : (2 * hits) / (called + clips),
  };
}

function reliabilityBins(verdicts: readonly Verdict[]): ReliabilityBin[] {
  return Array.from({ length: BINS }, (_, b) => {
    const inside = verdicts.filter(
      ({ probability }) => Math.min(BINS, Math.max(1, Math.ceil(probability * BINS))) === b + 1,
    );
    const mean = (of: (verdict: Verdict) => number) =>
      inside.length === 0 ? 0 : inside.reduce((sum, verdict) => sum + of(verdict), 0) / inside.length;
    return {
      low: b / BINS,
      high: (b + 1) / BINS,
      clips: inside.length,
      meanProbability: mean(({ probability }) => probability),
      accuracy: mean(({ correct }) => Number(correct)),
    };
  });
}

/** El-Yaniv and Wiener 2010; one point per distinct winning probability, so that ties cannot be ordered kindly. */
function riskCoverageCurve(verdicts: readonly Verdict[]): RiskCoveragePoint[] {
  const surestFirst = verdicts.toSorted((a, b) => b.probability - a.probability);
  const points: RiskCoveragePoint[] = [];
  let wrong = 0;
  surestFirst.forEach(({ correct, probability }, i) => {
    if (!correct) wrong++;
    if (surestFirst[i + 1]?.probability === probability) return;
    points.push({ coverage: (i + 1) / verdicts.length, risk: wrong / (i + 1), threshold: probability });
  });
  return points;
}
