/** What presence is judged by: several labels at once, each called or not. */

/** One mixture: what is there and the head's answer. */
export interface Heard {
  readonly present: readonly string[];
  readonly underDb?: number;
  readonly probabilities: Readonly<Record<string, number>>;
}

export interface Share {
  readonly hits: number;
  readonly count: number;
}

const CALLED_FROM = 0.5;
const CALIBRATION_BINS = 15;

const isCalled = (heard: Heard, label: string): boolean => (heard.probabilities[label] ?? 0) >= CALLED_FROM;

/** F1 of one label over all mixtures, called from a probability of 0.5 on. */
export function f1(all: readonly Heard[], label: string): number {
  const called = all.filter((heard) => isCalled(heard, label));
  const there = all.filter((heard) => heard.present.includes(label));
  const hits = called.filter((heard) => heard.present.includes(label)).length;
  return (2 * hits) / Math.max(1, called.length + there.length);
}

export function macroF1(all: readonly Heard[], labels: readonly string[]): number {
  return mean(labels.map((label) => f1(all, label)));
}

/** Area under precision over recall, without interpolation, as scikit-learn's `average_precision_score`. */
export function averagePrecision(all: readonly Heard[], label: string): number {
  const ranked = all
    .map((heard) => ({
      probability: heard.probabilities[label] ?? 0,
      isThere: heard.present.includes(label),
    }))
    .sort((a, b) => b.probability - a.probability);
  let hits = 0;
  let sum = 0;
  for (let at = 0; at < ranked.length; ) {
    // Equal probabilities share a threshold.
    let end = at;
    let found = 0;
    while (end < ranked.length && ranked[end]?.probability === ranked[at]?.probability) {
      if (ranked[end]?.isThere) found++;
      end++;
    }
    hits += found;
    sum += (found * hits) / end;
    at = end;
  }
  return sum / Math.max(1, hits);
}

/** How often the class that lies `underDb` under the other is called. */
export function quieterHeard(all: readonly Heard[], underDb: number): Share {
  const pairs = all.filter((heard) => heard.underDb === underDb);
  return {
    hits: pairs.filter((heard) => isCalled(heard, heard.present[1] ?? '')).length,
    count: pairs.length,
  };
}

/** How often no second class is called beside one that is alone. */
export function noSecondClass(all: readonly Heard[], labels: readonly string[]): Share {
  const alone = all.filter((heard) => heard.present.length === 1);
  const isClean = (heard: Heard): boolean =>
    labels.every((label) => heard.present.includes(label) || !isCalled(heard, label));
  return { hits: alone.filter(isClean).length, count: alone.length };
}

/** Expected calibration error of one label's probability, over bins of equal width (Guo et al. 2017). */
export function calibrationError(all: readonly Heard[], label: string): number {
  const bins = Array.from({ length: CALIBRATION_BINS }, () => ({ probability: 0, there: 0 }));
  for (const heard of all) {
    const probability = heard.probabilities[label] ?? 0;
    const bin = bins[Math.min(CALIBRATION_BINS - 1, Math.floor(probability * CALIBRATION_BINS))];
    if (bin === undefined) continue;
    bin.probability += probability;
    bin.there += heard.present.includes(label) ? 1 : 0;
  }
  return bins.reduce((sum, bin) => sum + Math.abs(bin.probability - bin.there), 0) / Math.max(1, all.length);
}

/** Wilson's 95 % interval. */
export function wilson({ hits, count }: Share): [number, number] {
  const z = 1.96;
  const share = hits / count;
  const centre = (share + (z * z) / (2 * count)) / (1 + (z * z) / count);
  const half =
    (z / (1 + (z * z) / count)) * Math.sqrt((share * (1 - share)) / count + (z * z) / (4 * count * count));
  return [centre - half, centre + half];
}

/** 95 % interval of a figure by drawing mixtures with replacement. */
export function interval(
  all: readonly Heard[],
  figure: (drawn: readonly Heard[]) => number,
  random: () => number,
  rounds = 500,
): [number, number] {
  const values = Array.from({ length: rounds }, () =>
    figure(all.map(() => all[Math.floor(random() * all.length)] as Heard)),
  ).sort((a, b) => a - b);
  return [values[Math.floor(0.025 * rounds)] ?? 0, values[Math.floor(0.975 * rounds)] ?? 1];
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length);
}
