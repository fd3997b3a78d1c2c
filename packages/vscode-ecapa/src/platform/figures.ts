import { clock } from '@ecapa/core/page';

/** Numbers of results as short texts that are the same in every language. */

const CELLS = 8;

/** A probability as a row of blocks, half blocks counted: `██████▌░`. */
export function probabilityBar(probability: number): string {
  const halves = Math.round(2 * CELLS * Math.min(1, Math.max(0, probability)));
  const full = Math.floor(halves / 2);
  const half = halves % 2;
  return '█'.repeat(full) + '▌'.repeat(half) + '░'.repeat(CELLS - full - half);
}

/** Whole percent, but never 100 % or 0 % for what is not quite sure. */
export function percent(share: number): string {
  const whole = Math.round(100 * share);
  if (whole === 100 && share < 1) return share >= 0.999 ? '>99.9 %' : `${(100 * share).toFixed(1)} %`;
  if (whole === 0 && share > 0) return '<1 %';
  return `${whole} %`;
}

/** `0:07`, `12:34`, `1:02:03`; under ten seconds with a decimal: `4.2 s`. */
export function duration(seconds: number): string {
  return seconds < 9.95 ? `${seconds.toFixed(1)} s` : clock(seconds);
}

/** Labels by their seconds, the longest first, with their shares of the whole. */
export function shares(
  secondsByLabel: Readonly<Record<string, number>>,
): { readonly label: string; readonly share: number }[] {
  const entries = Object.entries(secondsByLabel).filter(([, seconds]) => seconds > 0);
  const total = entries.reduce((sum, [, seconds]) => sum + seconds, 0);
  return entries.sort(([, a], [, b]) => b - a).map(([label, seconds]) => ({ label, share: seconds / total }));
}

/** At most two characters that stand for a label on a file: its first two letters, `?` for unknown. */
export function badgeText(label: string, isStale: boolean): string {
  if (label === 'unknown') return isStale ? '?~' : '?';
  const [first = '?', second = ''] = [...new Intl.Segmenter().segment(label.trim())].map(
    ({ segment }) => segment,
  );
  return first.toLocaleUpperCase() + (isStale ? '~' : second);
}
