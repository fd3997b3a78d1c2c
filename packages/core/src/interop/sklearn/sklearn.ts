import { basename, extname } from 'node:path';
import { EcapaError } from '../../errors.js';
import { readRegularFile, sha256Of } from '../../files.js';
import type { Head, InputNorm } from '../../types.js';
import { unpackJoblib } from './joblib-file.js';
import { type BinaryRows, MULTI_LABEL, readOneVsRest } from './one-vs-rest.js';
import { type Estimator, parseEstimators } from './sklearn-estimator.js';

/** What the imported classifier was trained on: the model, and how its embeddings were normalized. */
export interface ImportSklearnOptions {
  /** Model whose embeddings the estimator was fitted on. Without it, see `ImportedHead.modelIdAssumed`. */
  readonly modelId?: string;
  /** How many numbers that model's embeddings have, when it is known: files for others are refused. */
  readonly dimension?: number;
  /** Names of the labels in order, for files that name none (fitted to a matrix with a column for each). */
  readonly labels?: readonly string[];
  /** The head's id; by default the file's name without its extension. */
  readonly headId?: string;
}

/** A head made from a scikit-learn file. */
export interface ImportedHead {
  readonly head: Head;
  /** E.g. `Pipeline(StandardScaler, LogisticRegression)`. */
  readonly estimator: string;
  /** The version that wrote the file, when the file names it. */
  readonly sklearnVersion?: string;
  /** True when no model was named and the head was taken to be for SpeechBrain's, by its dimension. */
  readonly modelIdAssumed: boolean;
}

/** SpeechBrain's spkrec-ecapa-voxceleb: the model most files of this size belong to. */
const ASSUMED_MODEL = { id: 'voxceleb', dimension: 192 };
const MAX_FILE_BYTES = 64 << 20;

/**
 * Reads a fitted scikit-learn LogisticRegression, alone, one for each label in a OneVsRestClassifier or
 * MultiOutputClassifier, or either in a Pipeline behind StandardScaler or Normalizer, from a file of joblib.dump or pickle.dump, without executing anything in it.
 *
 * Throws as `parseSklearn` does, and `FILE_NOT_FOUND`, `IS_DIRECTORY`, `PERMISSION_DENIED`, `EMPTY_FILE` or
 * `READ_FAILED`.
 */
export async function importSklearn(path: string, options: ImportSklearnOptions = {}): Promise<ImportedHead> {
  return parseSklearn(await readRegularFile(path, { maximumBytes: MAX_FILE_BYTES }), path, options);
}

/**
 * As `importSklearn`, from bytes. `file` is what messages call them. The head's probabilities equal
 * `predict_proba`: a scaler is folded into the weights, `W' = W / s` and `b' = b - W' m`; one row of
 * binary coefficients becomes two, of which the first is zero. One regression for each label becomes the presence readout,
 * whose probabilities equal the regressions' own, and a verdict by the same logits.
 *
 * Throws `UNSUPPORTED_ESTIMATOR` and `PICKLE_FORBIDDEN` naming what the file holds instead,
 * `PICKLE_INVALID` for a damaged file, `HEAD_MODEL_MISMATCH` when the model cannot be guessed.
 */
export function parseSklearn(
  bytes: Uint8Array,
  file: string,
  options: ImportSklearnOptions = {},
): ImportedHead {
  const steps = parseEstimators(unpackJoblib(bytes, file), file);
  const regression = steps.at(-1);
  const isMultiLabel = regression !== undefined && MULTI_LABEL.includes(regression.name);
  if (regression === undefined || (regression.name !== 'LogisticRegression' && !isMultiLabel)) {
    const found = regression ?? 'an empty Pipeline';
    throw new EcapaError(
      'UNSUPPORTED_ESTIMATOR',
      `${file}: it ends with ${typeof found === 'string' ? found : found.name}, which classifies nothing. Import the whole Pipeline, with its LogisticRegression.`,
      { file },
    );
  }
  const readout = isMultiLabel
    ? named(readOneVsRest(regression), regression, options)
    : readRegression(regression);
  const { labels, weights, bias, dimension } = readout;
  checkDimension(dimension, options, file);
  const inputNorm = foldSteps(steps.slice(0, -1), weights, bias, dimension);
  const estimator =
    steps.length > 1 ? `Pipeline(${steps.map(({ name }) => name).join(', ')})` : regression.name;
  const sklearnVersion = regression.text('_sklearn_version');
  return {
    head: {
      id: options.headId ?? idOf(file),
      modelId: options.modelId ?? assumedModel(dimension, file),
      dimension,
      labels,
      weights,
      bias,
      inputNorm,
      temperature: 1,
      // What is one of several for the verdict is by itself for presence: the same logits.
      ...(isMultiLabel && {
        presence: { weights: weights.slice(), bias: bias.slice(), inputNorm, temperature: 1, exclusive: [] },
      }),
      provenance: {
        source: 'scikit-learn',
        estimator,
        ...(sklearnVersion !== undefined && { sklearnVersion }),
        file: basename(file),
        sha256: sha256Of(bytes),
      },
    },
    estimator,
    ...(sklearnVersion !== undefined && { sklearnVersion }),
    modelIdAssumed: options.modelId === undefined,
  };
}

/** A multi-label file with the names it has, those that are given, or the numbers of its columns. */
function named(rows: BinaryRows, estimator: Estimator, options: ImportSklearnOptions): Regression {
  const count = rows.bias.length;
  const labels = [...(options.labels ?? rows.labels ?? Array.from({ length: count }, (_, k) => String(k)))];
  if (options.labels !== undefined && labels.length !== count) {
    throw new RangeError(`labels: the file has ${count} labels, ${labels.length} were named`);
  }
  if (new Set(labels).size < count) throw estimator.invalid('classes_', 'names a class twice');
  return { ...rows, labels };
}

function checkDimension(
  dimension: number,
  { modelId, dimension: wanted }: ImportSklearnOptions,
  file: string,
): void {
  if (wanted === undefined || wanted === dimension) return;
  throw new EcapaError(
    'HEAD_MODEL_MISMATCH',
    `${file}: it takes embeddings of ${dimension} numbers, and model "${modelId ?? ''}" gives ${wanted}. Name the model it was fitted on.`,
    { file },
  );
}

interface Regression {
  readonly labels: string[];
  /** classes x dimension. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  readonly dimension: number;
}

function readRegression(regression: Estimator): Regression {
  if (!regression.attributes.has('coef_')) throw regression.unsupported('was never fitted');
  const labels = regression.texts('classes_');
  if (labels.length < 2) throw regression.invalid('classes_', `names ${labels.length} classes`);
  if (new Set(labels).size < labels.length) throw regression.invalid('classes_', 'names a class twice');
  if (labels.includes('')) throw regression.invalid('classes_', 'has a class without a name');
  const coef = regression.array('coef_', 2);
  const intercept = regression.array('intercept_', 1).values;
  const [rows = 0, dimension = 0] = coef.shape;
  const expectedRows = labels.length === 2 ? 1 : labels.length;
  if (rows !== expectedRows || dimension === 0) {
    throw regression.invalid('coef_', `is ${rows} x ${dimension}, for ${labels.length} classes`);
  }
  if (intercept.length !== rows) {
    throw regression.invalid('intercept_', `has ${intercept.length} values for ${rows} rows of coefficients`);
  }
  const multiClass = regression.text('multi_class');
  if (labels.length === 2) return binaryRegression(labels, coef.values, intercept, multiClass);
  // One sigmoid per class, scaled to sum to one, is not a softmax of anything linear.
  if (multiClass === 'ovr' || regression.text('solver') === 'liblinear') {
    throw regression.unsupported(
      'was fitted one class against the rest (multi_class="ovr" or solver="liblinear"), whose probabilities are not a softmax; fit it with the lbfgs solver',
    );
  }
  return { labels, weights: coef.values, bias: intercept, dimension };
}

/**
 * Two classes have one row. predict_proba is its sigmoid, which is softmax([0, z]); with
 * multi_class="multinomial" (up to scikit-learn 1.7) it is softmax([-z, z]).
 */
function binaryRegression(
  labels: string[],
  coef: Float64Array,
  intercept: Float64Array,
  multiClass: string | undefined,
): Regression {
  const negative = multiClass === 'multinomial' ? -1 : 0;
  const dimension = coef.length;
  const weights = new Float64Array(2 * dimension);
  for (let i = 0; i < dimension; i++) weights[i] = negative * (coef[i] ?? 0) + 0;
  weights.set(coef, dimension);
  const b = intercept[0] ?? 0;
  return { labels, weights, bias: Float64Array.of(negative * b + 0, b), dimension };
}

/** Folds the steps before the regression into it, last first. Gives the input norm that is left over. */
function foldSteps(
  steps: readonly Estimator[],
  weights: Float64Array,
  bias: Float64Array,
  dimension: number,
): InputNorm {
  for (const [index, step] of [...steps.entries()].reverse()) {
    if (step.name === 'StandardScaler') {
      foldScaler(step, weights, bias, dimension);
    } else if (step.name === 'Normalizer') {
      if (index > 0)
        throw step.unsupported(
          `comes after ${steps[index - 1]?.name ?? 'another step'}; it can only come first`,
        );
      const norm = step.text('norm');
      if (norm === 'l1' || norm === 'l2' || norm === 'max') return norm;
      throw step.invalid('norm', 'should be l1, l2 or max');
    } else {
      throw step.unsupported('stands before the last step');
    }
  }
  return 'none';
}

/** `z = (x - m) / s` before `W z + b` is `W / s` and `b - (W / s) m`. */
function foldScaler(scaler: Estimator, weights: Float64Array, bias: Float64Array, dimension: number): void {
  const scale = scalerVector(scaler, 'with_std', 'scale_', dimension);
  const mean = scalerVector(scaler, 'with_mean', 'mean_', dimension);
  if (scale?.some((value) => value === 0)) throw scaler.invalid('scale_', 'holds a zero');
  for (let row = 0; row < bias.length; row++) {
    let shift = 0;
    for (let i = 0; i < dimension; i++) {
      const index = row * dimension + i;
      const weight = (weights[index] ?? 0) / (scale?.[i] ?? 1);
      weights[index] = weight;
      shift += weight * (mean?.[i] ?? 0);
    }
    bias[row] = (bias[row] ?? 0) - shift;
  }
}

function scalerVector(
  scaler: Estimator,
  flag: string,
  attribute: string,
  dimension: number,
): Float64Array | undefined {
  if (scaler.attributes.get(flag) === false) return undefined;
  if (!scaler.attributes.has(attribute)) throw scaler.unsupported('was never fitted');
  const { values } = scaler.array(attribute, 1);
  if (values.length === dimension) return values;
  throw scaler.invalid(attribute, `has ${values.length} values and the coefficients ${dimension}`);
}

function assumedModel(dimension: number, file: string): string {
  if (dimension === ASSUMED_MODEL.dimension) return ASSUMED_MODEL.id;
  throw new EcapaError(
    'HEAD_MODEL_MISMATCH',
    `${file}: it takes embeddings of ${dimension} numbers, and "${ASSUMED_MODEL.id}" gives ${ASSUMED_MODEL.dimension}. ` +
      'Name the model that it was fitted on with --model ID.',
    { file },
  );
}

/** A head's id from a file's name: what is left of it without path, extension and unusual characters. */
function idOf(file: string): string {
  const stem = basename(file, extname(file)).replace(/[^\w.-]+/g, '-');
  return stem.replace(/^[-.]+|[-.]+$/g, '') || 'imported';
}
