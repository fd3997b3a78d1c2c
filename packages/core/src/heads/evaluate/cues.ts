/** Facts of a clip that have nothing to do with what is heard, and that a head must not learn instead. */
export interface ClipFacts {
  readonly label: string;
  readonly durationSeconds?: number;
  /** Root mean square, in dB of full scale. */
  readonly loudnessDb?: number;
  /** Frequency under which nearly all energy lies. */
  readonly bandwidthHz?: number;
  /** Sample rate of the file as stored. */
  readonly sampleRateHz?: number;
  /** Container and codec, e.g. `mp4 aac`. */
  readonly format?: string;
}

/** A fact by which two classes can be distinguished without listening. */
export interface TrivialCue {
  readonly cue: 'length' | 'loudness' | 'bandwidth' | 'sample rate' | 'file format';
  readonly labels: readonly [string, string];
  /** What is different, ready to be read: "dogs 2.1 s, cats 9.8 s (medians)". */
  readonly difference: string;
}

/** Fewer clips than this differ by chance too easily. */
const FEWEST_CLIPS = 5;
/** Share of pairs (one clip of each class) that must be ordered alike. */
const SEPARATION = 0.95;

const NUMBERS = [
  {
    cue: 'length',
    of: (f: ClipFacts) => f.durationSeconds,
    show: (x: number) => `${x.toFixed(1)} s`,
    least: 0.5,
  },
  {
    cue: 'loudness',
    of: (f: ClipFacts) => f.loudnessDb,
    show: (x: number) => `${x.toFixed(0)} dB`,
    least: 3,
  },
  {
    cue: 'bandwidth',
    of: (f: ClipFacts) => f.bandwidthHz,
    show: (x: number) => `${(x / 1000).toFixed(1)} kHz`,
    least: 500,
  },
  {
    cue: 'sample rate',
    of: (f: ClipFacts) => f.sampleRateHz,
    show: (x: number) => `${x} Hz`,
    least: 1,
  },
] as const;

/**
 * Facts that distinguish two classes on their own, for each pair of classes with five clips or more each:
 * for numbers, 95 % of the pairs of clips are ordered alike (the area under the ROC curve, Mann and
 * Whitney 1947) and the medians differ audibly; for the file format, the classes share none.
 */
export function findTrivialCues(clips: readonly ClipFacts[]): TrivialCue[] {
  const labels = [...new Set(clips.map(({ label }) => label))].sort();
  const byLabel = labels.map((label) => clips.filter((clip) => clip.label === label));
  const cues: TrivialCue[] = [];
  byLabel.forEach((second, j) => {
    for (const first of byLabel.slice(0, j)) cues.push(...compare(first, second));
  });
  return cues;
}

function compare(first: readonly ClipFacts[], second: readonly ClipFacts[]): TrivialCue[] {
  const labels = [first[0]?.label ?? '', second[0]?.label ?? ''] as const;
  const cues: TrivialCue[] = [];
  for (const { cue, of, show, least } of NUMBERS) {
    const a = first.flatMap((clip) => of(clip) ?? []);
    const b = second.flatMap((clip) => of(clip) ?? []);
    if (a.length < FEWEST_CLIPS || b.length < FEWEST_CLIPS) continue;
    const area = areaUnderCurve(a, b);
    const medians = [median(a), median(b)] as const;
    if (Math.max(area, 1 - area) < SEPARATION || Math.abs(medians[0] - medians[1]) < least) continue;
    const difference = `${labels[0]} ${show(medians[0])}, ${labels[1]} ${show(medians[1])} (medians)`;
    cues.push({ cue, labels, difference });
  }
  const formats = [first, second].map((part) => new Set(part.flatMap(({ format }) => format ?? [])));
  const [a, b] = formats;
  if (a === undefined || b === undefined || a.size === 0 || b.size === 0) return cues;
  if (first.length < FEWEST_CLIPS || second.length < FEWEST_CLIPS) return cues;
  if ([...a].some((format) => b.has(format))) return cues;
  const difference = `${labels[0]} ${[...a].sort().join(', ')}; ${labels[1]} ${[...b].sort().join(', ')}`;
  return [...cues, { cue: 'file format', labels, difference }];
}

/** Share of pairs in which the first is smaller, ties counting half: the area under the ROC curve. */
export function areaUnderCurve(a: readonly number[], b: readonly number[]): number {
  let smaller = 0;
  for (const x of a) for (const y of b) smaller += x < y ? 1 : x === y ? 0.5 : 0;
  return smaller / (a.length * b.length);
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((x, y) => x - y);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? 0) + upper) / 2;
}
