import { SAMPLE_RATE_HZ } from '@ecapa/core/page';
import type { PeakTiles } from './peak-tiles.js';

/** So far, in pixels, a boundary jumps to where it is quiet. */
const REACH_PIXELS = 8;
/** Quiet is less than this share of what is around. */
const QUIET_SHARE = 0.3;

/**
 * The moment that is meant by one that is pointed at: the quietest one near it, where that is much quieter than what is
 * around, otherwise the moment itself; always a whole sample.
 */
export function snapped(
  seconds: number,
  secondsPerPixel: number,
  peaks: Pick<PeakTiles, 'columns'>,
  isFree: boolean,
): number {
  const whole = (moment: number): number => Math.max(0, Math.round(moment * SAMPLE_RATE_HZ) / SAMPLE_RATE_HZ);
  if (isFree) return whole(seconds);
  const count = 2 * REACH_PIXELS + 1;
  const start = seconds - (count / 2) * secondsPerPixel;
  const columns = peaks.columns(start, start + count * secondsPerPixel, count);
  const heights = Array.from({ length: count }, (_, i) => (columns[2 * i + 1] ?? 0) - (columns[2 * i] ?? 0));
  if (heights.some(Number.isNaN)) return whole(seconds);
  const mean = heights.reduce((sum, height) => sum + height, 0) / count;
  let quietest = REACH_PIXELS;
  for (const [i, height] of heights.entries()) if (height < (heights[quietest] ?? 0)) quietest = i;
  const isQuiet = (heights[quietest] ?? 0) < QUIET_SHARE * mean;
  return whole(isQuiet ? start + (quietest + 0.5) * secondsPerPixel : seconds);
}
