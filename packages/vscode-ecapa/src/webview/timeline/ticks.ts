// Where a ruler has its marks. Pure.

const STEPS = [
  0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400,
  43_200, 86_400,
];
/** Parts of a step that read well as smaller marks. */
const PARTS: Readonly<Record<number, number>> = { 15: 3, 30: 3, 60: 6, 120: 4, 900: 3, 1800: 6, 3600: 6 };

export interface Ticks {
  /** Seconds of the marks with a number. */
  readonly major: readonly number[];
  /** Seconds of the smaller marks between them. */
  readonly minor: readonly number[];
  /** Decimals that the numbers need. */
  readonly decimals: number;
}

/** Marks of a stretch, numbers at least `leastPixels` apart. */
export function ticks(
  { startSeconds, endSeconds }: { readonly startSeconds: number; readonly endSeconds: number },
  width: number,
  leastPixels = 90,
): Ticks {
  const least = ((endSeconds - startSeconds) * leastPixels) / Math.max(width, 1);
  const step = STEPS.find((seconds) => seconds >= least) ?? Math.ceil(least / 86_400) * 86_400;
  const small = step / (PARTS[step] ?? 5);
  const major: number[] = [];
  const minor: number[] = [];
  const parts = Math.round(step / small);
  for (let i = Math.ceil(startSeconds / small - 1e-6); i * small <= endSeconds + 1e-6; i++)
    (i % parts === 0 ? major : minor).push(Number((i * small).toFixed(4)));
  return { major, minor, decimals: step >= 1 ? 0 : step >= 0.1 ? 1 : 2 };
}
