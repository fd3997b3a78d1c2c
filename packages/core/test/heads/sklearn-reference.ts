import { fixturePath, readFloat32, readJson } from '../reference.js';

/** One LogisticRegression that scikit-learn fitted, with its answers on the query points. */
export interface ReferenceFit {
  readonly classes: string[];
  readonly coef: number[][];
  readonly intercept: number[];
  readonly proba: number[][];
  readonly params: { readonly C: number; readonly class_weight: 'balanced' | null };
  /** Of the StandardScaler before it, where there is one. */
  readonly mean?: number[];
  readonly scale?: number[];
}

export interface ReferenceSet {
  readonly name: string;
  readonly dimension: number;
  readonly labels: string[];
  /** Training points, one row each. */
  readonly points: Float32Array[];
  /** Query points. */
  readonly queries: Float32Array[];
  readonly fits: Record<string, ReferenceFit>;
}

interface ReferenceFile {
  readonly sets: Record<
    string,
    { readonly d: number; readonly labels: string[]; readonly fits: Record<string, ReferenceFit> }
  >;
}

/** The committed data sets and what scikit-learn 1.2.1 made of them. */
export function loadSklearnReference(): ReferenceSet[] {
  const file = readJson(fixturePath('sklearn', 'reference.json')) as ReferenceFile;
  return Object.entries(file.sets).map(([name, { d, labels, fits }]) => ({
    name,
    dimension: d,
    labels,
    points: split(readFloat32(fixturePath('sklearn', `${name}.X.f32`)), d),
    queries: split(readFloat32(fixturePath('sklearn', `${name}.Xq.f32`)), d),
    fits,
  }));
}

function split(values: Float32Array, width: number): Float32Array[] {
  return Array.from({ length: values.length / width }, (_, row) =>
    values.subarray(row * width, (row + 1) * width),
  );
}
