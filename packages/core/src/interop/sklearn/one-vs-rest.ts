import { Estimator } from './sklearn-estimator.js';

/** Estimators that hold one binary LogisticRegression for each label. */
export const MULTI_LABEL = ['OneVsRestClassifier', 'MultiOutputClassifier'];

/** One logistic regression per label. */
export interface BinaryRows {
  /** Undefined where the file names none: then labels are columns of what it was fitted to. */
  readonly labels: readonly string[] | undefined;
  /** labels x dimension. */
  readonly weights: Float64Array;
  readonly bias: Float64Array;
  readonly dimension: number;
}

/**
 * Reads the regressions of a fitted `OneVsRestClassifier(LogisticRegression())` or
 * `MultiOutputClassifier(LogisticRegression())`: `sigmoid(W x + b)` is each label's own probability.
 *
 * Throws `UNSUPPORTED_ESTIMATOR` for other estimators within it, `PICKLE_INVALID`.
 */
export function readOneVsRest(outer: Estimator): BinaryRows {
  const estimators = outer.attributes.get('estimators_');
  if (!Array.isArray(estimators)) throw outer.unsupported('was never fitted');
  if (estimators.length < 2) throw outer.unsupported('has one label only; a head has two or more');
  const rows = estimators.map((estimator: unknown) => {
    if (!(estimator instanceof Estimator) || estimator.name !== 'LogisticRegression') {
      throw outer.unsupported(
        'holds something else than a LogisticRegression for each label (a label that is always or never set is such a case)',
      );
    }
    return binaryRow(estimator);
  });
  const dimension = rows[0]?.weights.length ?? 0;
  if (rows.some(({ weights }) => weights.length !== dimension)) {
    throw outer.invalid('estimators_', 'hold coefficients of different lengths');
  }
  const weights = new Float64Array(rows.length * dimension);
  for (const [k, row] of rows.entries()) weights.set(row.weights, k * dimension);
  return {
    labels: labelsOf(outer, rows.length),
    weights,
    bias: Float64Array.from(rows, ({ bias }) => bias),
    dimension,
  };
}

/** The one row of a binary regression, whose logit is that of the second class: the label is present. */
function binaryRow(regression: Estimator): { readonly weights: Float64Array; readonly bias: number } {
  const coef = regression.array('coef_', 2);
  const [rows = 0] = coef.shape;
  if (rows !== 1) throw regression.unsupported('within it has more than two classes');
  const [bias = 0] = regression.array('intercept_', 1).values;
  // The old multinomial solution of two classes is softmax([-z, z]), which is sigmoid(2 z).
  const factor = regression.text('multi_class') === 'multinomial' ? 2 : 1;
  return { weights: coef.values.map((value) => factor * value), bias: factor * bias };
}

/** OneVsRestClassifier keeps the names of classes; fitted to a matrix of columns it has their numbers only. */
function labelsOf(outer: Estimator, count: number): string[] | undefined {
  const binarizer = outer.attributes.get('label_binarizer_');
  if (!(binarizer instanceof Estimator) || binarizer.text('y_type_')?.startsWith('multilabel') !== false) {
    return undefined;
  }
  const labels = binarizer.texts('classes_');
  if (labels.length !== count)
    throw outer.invalid('estimators_', `are ${count} for ${labels.length} classes`);
  return labels;
}
