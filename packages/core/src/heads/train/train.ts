import { EcapaError } from '../../errors.js';
import { eventLoopYielder } from '../../event-loop.js';
import type { Head, InputNorm } from '../../types.js';
import { normalizeInput } from '../affine.js';
import { minimize } from './lbfgs.js';
import { logisticObjective, parameterRows } from './logistic.js';
import { rowSpace } from './row-space.js';

/** scikit-learn's `tol` only matters when it is large; the decrease stops a fit long before this. */
const GRADIENT_TOLERANCE = 1e-10;
/** SciPy's default `ftol` of L-BFGS-B: 1e7 times the rounding unit. */
const DECREASE_TOLERANCE = 1e7 * Number.EPSILON;

/** Finding the points' span costs about as much as a fit does: it must make the problem that much smaller. */
const WORTH_A_ROW_SPACE = 2;

/** One labelled embedding. */
export interface Example {
  /** As the model gave it, not normalised. */
  readonly embedding: ArrayLike<number>;
  readonly label: string;
}

/** `balanced` weighs each class by `clips / (classes * clips of the class)`, as scikit-learn does. */
export type ClassWeight = 'none' | 'balanced' | Readonly<Record<string, number>>;

/** How a logistic regression is fitted; the defaults are scikit-learn's. */
export interface FitOptions {
  /** Inverse strength of the L2 penalty, > 0; larger fits the clips more closely. Default 1. */
  readonly C?: number;
  /** Default `none`. */
  readonly classWeight?: ClassWeight;
  /**
   * Centre each component and divide it by its standard deviation before fitting; folded into the
   * weights, so that the head needs no extra step. Default false.
   */
  readonly standardise?: boolean;
  /** Default `none`. */
  readonly inputNorm?: InputNorm;
  /**
   * Stop when a step lowers the objective by less than this, relative to `max(objective, 1)`. The default
   * is scikit-learn's with SciPy's default, 2.22e-9; a smaller one comes closer to the minimum.
   */
  readonly tolerance?: number;
  /** Default 20000; 20 to 100 are usual. */
  readonly maxIterations?: number;
  readonly signal?: AbortSignal;
}

/** How a head is trained: the fit, its calibration and its rejection rule. */
export interface TrainOptions extends FitOptions {
  readonly id: string;
  /** The model that made the embeddings. */
  readonly modelId: string;
}

/** A trained head, and where the optimiser stopped. */
export interface Training {
  readonly head: Head;
  /** Optimiser's steps taken. */
  readonly iterations: number;
  /** Largest absolute component of the gradient of the objective where it stopped. */
  readonly gradientNorm: number;
}

/**
 * Fits a multinomial logistic regression: the minimum that scikit-learn's
 * `LogisticRegression(penalty="l2", solver="lbfgs")` approaches, for the same `C`, class weights and
 * (with `standardise`) a `StandardScaler` before it. Deterministic; the order of the examples does not
 * matter beyond rounding. Gives way to the event loop every few milliseconds.
 *
 * Throws `TOO_FEW_CLIPS` without examples, `TOO_FEW_CLASSES` with one label only, `INFERENCE_FAILED` for
 * an embedding that is not finite, `NOT_CONVERGED`, `CANCELLED`; RangeError or TypeError naming the field.
 */
export async function trainHead(examples: readonly Example[], options: TrainOptions): Promise<Training> {
  const labels = classesOf(examples);
  const { C = 1, inputNorm = 'none', classWeight = 'none', signal } = options;
  positive('C', C);
  const dimension = dimensionOf(examples);
  const inputs = new Float64Array(examples.length * dimension);
  examples.forEach((example, i) => {
    inputs.set(normalizeInput(example.embedding, inputNorm), i * dimension);
  });
  const scaler = options.standardise ? standardise(inputs, dimension) : undefined;
  const space = WORTH_A_ROW_SPACE * examples.length < dimension ? rowSpace(inputs, dimension) : undefined;
  const targets = Int32Array.from(examples, ({ label }) => labels.indexOf(label));
  const problem = {
    inputs: space?.coordinates ?? inputs,
    dimension: space?.rank ?? dimension,
    targets,
    classes: labels.length,
    pointWeights: weightPoints(targets, labels, classWeight),
    C,
  };
  const width = problem.dimension + 1;
  const solution = await minimize(
    logisticObjective(problem),
    new Float64Array(parameterRows(labels.length) * width),
    {
      gradientTolerance: GRADIENT_TOLERANCE,
      decreaseTolerance: positive('tolerance', options.tolerance ?? DECREASE_TOLERANCE),
      maxIterations: positive('maxIterations', options.maxIterations ?? 20_000),
    },
    eventLoopYielder(signal),
  );
  const parameters = labels.length === 2 ? bothClasses(solution.point) : solution.point;
  const weights = new Float64Array(labels.length * dimension);
  const bias = new Float64Array(labels.length);
  for (let k = 0; k < labels.length; k++) {
    const row = parameters.subarray(k * width, (k + 1) * width);
    const own = weights.subarray(k * dimension, (k + 1) * dimension);
    if (space === undefined) own.set(row.subarray(0, dimension));
    else combine(row, space.basis, own);
    bias[k] = (row[width - 1] as number) - (scaler === undefined ? 0 : unscale(own, scaler));
  }
  const { id, modelId } = options;
  return {
    head: { id, modelId, dimension, labels, weights, bias, inputNorm, temperature: 1 },
    iterations: solution.iterations,
    gradientNorm: solution.gradientNorm,
  };
}

/** The labels in alphabetical order. Throws `TOO_FEW_CLIPS` or `TOO_FEW_CLASSES`. */
export function classesOf(examples: readonly { readonly label: string }[]): string[] {
  if (examples.length === 0) {
    throw new EcapaError(
      'TOO_FEW_CLIPS',
      'There is no clip to train on. Give at least one per class, better five.',
    );
  }
  const labels = [...new Set(examples.map(({ label }) => label))].sort();
  if (labels.length < 2) {
    throw new EcapaError(
      'TOO_FEW_CLASSES',
      `All clips are of one class ("${labels[0] ?? ''}"). A head distinguishes classes: give clips of at least two.`,
    );
  }
  return labels;
}

function dimensionOf(examples: readonly Example[]): number {
  const dimension = examples[0]?.embedding.length ?? 0;
  if (dimension === 0) throw new RangeError('examples[0].embedding is empty');
  examples.forEach(({ embedding, label }, i) => {
    if (typeof label !== 'string' || label === '') {
      throw new TypeError(`examples[${i}].label must be a non-empty string`);
    }
    if (embedding.length !== dimension) {
      throw new RangeError(
        `examples[${i}].embedding has ${embedding.length} numbers instead of ${dimension}`,
      );
    }
  });
  return dimension;
}

function weightPoints(
  targets: Int32Array,
  labels: readonly string[],
  classWeight: ClassWeight,
): Float64Array {
  const counts = new Float64Array(labels.length);
  for (const target of targets) counts[target] = (counts[target] as number) + 1;
  const perClass = labels.map((label, k) => {
    if (classWeight === 'none') return 1;
    if (classWeight === 'balanced') return targets.length / (labels.length * (counts[k] as number));
    return positive(`classWeight["${label}"]`, classWeight[label] ?? 1);
  });
  return Float64Array.from(targets, (target) => perClass[target] as number);
}

interface Scaler {
  readonly means: Float64Array;
  readonly deviations: Float64Array;
}

/** Standardises in place; a component that never varies is centred only, as scikit-learn's StandardScaler does. */
function standardise(inputs: Float64Array, dimension: number): Scaler {
  const points = inputs.length / dimension;
  const means = new Float64Array(dimension);
  const deviations = new Float64Array(dimension);
  for (let j = 0; j < dimension; j++) {
    let mean = 0;
    for (let i = j; i < inputs.length; i += dimension) mean += (inputs[i] as number) / points;
    let variance = 0;
    for (let i = j; i < inputs.length; i += dimension)
      variance += ((inputs[i] as number) - mean) ** 2 / points;
    const deviation = Math.sqrt(variance);
    const constant = deviation <= 10 * Number.EPSILON * Math.abs(mean);
    means[j] = mean;
    deviations[j] = constant ? 1 : deviation;
    for (let i = j; i < inputs.length; i += dimension) {
      inputs[i] = constant ? 0 : ((inputs[i] as number) - mean) / deviation;
    }
  }
  return { means, deviations };
}

/** Turns one class's weights on standardised inputs into weights on plain ones; returns what the bias loses. */
function unscale(weights: Float64Array, { means, deviations }: Scaler): number {
  let offset = 0;
  for (let j = 0; j < weights.length; j++) {
    const weight = (weights[j] as number) / (deviations[j] as number);
    weights[j] = weight;
    offset += weight * (means[j] as number);
  }
  return offset;
}

/** The one row of a two-class fit, shared out evenly: logits (-z/2, z/2) are as good as (0, z). */
function bothClasses(row: Float64Array): Float64Array {
  return Float64Array.from([...row.map((value) => -value / 2), ...row.map((value) => value / 2)]);
}

/** Weights on basis coordinates as weights on the embedding. */
function combine(coordinates: Float64Array, basis: Float64Array, result: Float64Array): void {
  for (let b = 0; b * result.length < basis.length; b++) {
    for (let j = 0; j < result.length; j++) {
      result[j] =
        (result[j] as number) + (coordinates[b] as number) * (basis[b * result.length + j] as number);
    }
  }
}

function positive(field: string, value: number): number {
  if (!Number.isFinite(value) || value <= 0)
    throw new RangeError(`${field} must be a positive number, not ${value}`);
  return value;
}
