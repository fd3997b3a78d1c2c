import { PRESENT_FROM, presentLabels } from '../heads/presence.js';
import { type Head, SILENCE_LABEL, UNKNOWN_LABEL } from '../types.js';
import type { WindowVerdict } from './class-track.js';

/** What the span that is still growing looks like; it may still change. */
export interface OpenSpan {
  readonly label: string;
  readonly probability: number;
  /** Probability that each label can be heard, and those that can; absent without a presence readout. */
  readonly presence?: Readonly<Record<string, number>>;
  readonly present?: readonly string[];
}

/** What is known of the latest audio. */
export interface LatestAudio {
  readonly labels: readonly string[];
  readonly isSilent: boolean;
  /** The latest window's verdict; undefined before the first. */
  readonly latest: WindowVerdict | undefined;
  readonly latestPresence: ArrayLike<number> | undefined;
  /** Undefined without a presence readout. */
  readonly presenceHead: Pick<Head, 'labels' | 'presence'> | undefined;
  /** From which probability on a label counts as present. */
  readonly threshold: number | null | undefined;
}

/** The stretch that is still growing, judged by the latest window alone; undefined before the first. */
export function openSpanOf(audio: LatestAudio): OpenSpan | undefined {
  const { labels, isSilent, latest, latestPresence = [] } = audio;
  if (isSilent) return { label: SILENCE_LABEL, probability: 1, ...presenceOf(audio, []) };
  if (latest === undefined) return undefined;
  const best = labels.reduce(
    (top, _, k) => ((latest.probabilities[k] ?? 0) > (latest.probabilities[top] ?? 0) ? k : top),
    0,
  );
  const label = latest.isRejected ? UNKNOWN_LABEL : (labels[best] ?? UNKNOWN_LABEL);
  return { label, probability: latest.probabilities[best] ?? 0, ...presenceOf(audio, latestPresence) };
}

function presenceOf(
  { labels, presenceHead, threshold }: LatestAudio,
  presence: ArrayLike<number>,
): Pick<OpenSpan, 'presence' | 'present'> {
  if (presenceHead === undefined) return {};
  return {
    presence: Object.fromEntries(labels.map((label, k) => [label, presence[k] ?? 0])),
    present: presence.length === 0 ? [] : presentLabels(presenceHead, presence, threshold ?? PRESENT_FROM),
  };
}
