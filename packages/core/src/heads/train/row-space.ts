/** An orthonormal basis of the space that some points span, and the points in its coordinates. */
export interface RowSpace {
  readonly rank: number;
  /** rank x dimension, row-major, orthonormal. */
  readonly basis: Float64Array;
  /** points x rank, row-major. */
  readonly coordinates: Float64Array;
}

/** A point whose part outside the span so far is smaller than this, relative to the point, adds nothing. */
const DEPENDENT = 1e-10;

/**
 * Gram-Schmidt, each point orthogonalised twice ("twice is enough": Giraud and others 2005).
 *
 * With an L2 penalty the best weights are a combination of the training points, so when there are fewer
 * points than dimensions (15 clips of 192 numbers) the whole problem can be solved in the points' span.
 */
export function rowSpace(inputs: Float64Array, dimension: number): RowSpace {
  const points = inputs.length / dimension;
  const basis: Float64Array[] = [];
  for (let i = 0; i < points; i++) {
    const vector = inputs.slice(i * dimension, (i + 1) * dimension);
    const length = Math.hypot(...vector);
    for (let pass = 0; pass < 2; pass++) {
      for (const axis of basis) {
        const along = inner(vector, axis, 0);
        for (let j = 0; j < dimension; j++) vector[j] = (vector[j] as number) - along * (axis[j] as number);
      }
    }
    const rest = Math.hypot(...vector);
    if (rest > DEPENDENT * length) basis.push(vector.map((value) => value / rest));
  }
  const coordinates = new Float64Array(points * basis.length);
  for (let i = 0; i < points; i++) {
    basis.forEach((axis, b) => {
      coordinates[i * basis.length + b] = inner(inputs, axis, i * dimension);
    });
  }
  return { rank: basis.length, basis: Float64Array.from(basis.flatMap((axis) => [...axis])), coordinates };
}

function inner(values: Float64Array, axis: Float64Array, from: number): number {
  let sum = 0;
  for (let j = 0; j < axis.length; j++) sum += (values[from + j] as number) * (axis[j] as number);
  return sum;
}
