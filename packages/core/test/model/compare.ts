export interface Difference {
  readonly largest: number;
  /** 1 - cosine similarity. */
  readonly angular: number;
}

/** How far two vectors are apart; NaN when their lengths differ or either has one. */
export function difference(actual: ArrayLike<number>, expected: ArrayLike<number>): Difference {
  if (actual.length !== expected.length) return { largest: Number.NaN, angular: Number.NaN };
  let largest = 0;
  let product = 0;
  let actualSquares = 0;
  let expectedSquares = 0;
  for (let index = 0; index < expected.length; index++) {
    const a = actual[index] ?? Number.NaN;
    const e = expected[index] ?? Number.NaN;
    const apart = Math.abs(a - e);
    // Math.max would lose a NaN only if it came first; this never does.
    if (!(apart <= largest)) largest = apart;
    product += a * e;
    actualSquares += a * a;
    expectedSquares += e * e;
  }
  return { largest, angular: 1 - product / Math.sqrt(actualSquares * expectedSquares) };
}
