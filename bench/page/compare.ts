/** Two programs measured in turns, so that both meet the same moods of the machine, and the line of a table that comes of it. */

/** A line of the page. */
export interface Row {
  readonly what: string;
  readonly ours: string;
  readonly peer: string;
  readonly ratio: string;
}

export interface Comparison {
  readonly what: string;
  /** What both sides give: seconds, mostly; less is better. */
  readonly ours: () => number | Promise<number>;
  readonly peer: () => number | Promise<number>;
  /** Our value and the peer's, in words. */
  readonly oursIs: (value: number) => string;
  readonly peerIs: (value: number) => string;
  readonly rounds?: number;
}

/** No comparison begins another round after so long, nor when the page has taken this long: a busy machine gets fewer rounds. */
const MOST_SECONDS = 20;
const MOST_PAGE_SECONDS = 240;
const ROUNDS = 5;

/** Medians of rounds; the ratio is the median of the rounds' own ratios. */
export async function compare({ what, rounds = ROUNDS, ...sides }: Comparison): Promise<Row> {
  const ours: number[] = [];
  const peer: number[] = [];
  const end = Math.min(performance.now() + 1000 * MOST_SECONDS, 1000 * MOST_PAGE_SECONDS);
  while (ours.length < rounds && (ours.length === 0 || performance.now() < end)) {
    ours.push(await sides.ours());
    peer.push(await sides.peer());
  }
  const ratios = ours.map((value, round) => value / (peer[round] ?? Number.NaN)).toSorted((a, b) => a - b);
  const spread = ratios.length > 1 ? ` (${ratios[0]?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)})` : '';
  return {
    what,
    ours: sides.oursIs(median(ours)),
    peer: sides.peerIs(median(peer)),
    ratio: `**${median(ratios).toFixed(2)}**${spread}`,
  };
}

/** A line that is left out, and why. */
export function skipped(what: string, reason: string): Row {
  return { what, ours: '', peer: `skipped: ${reason}`, ratio: '' };
}

export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** Processor seconds that this process spends on some work. */
export async function processorSeconds(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
