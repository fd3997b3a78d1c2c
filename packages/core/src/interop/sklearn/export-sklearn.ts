import type { Head } from '../../types.js';
import { type PyValue, writePickle } from '../pickle/pickle-writer.js';

/** Written into the file; other versions of scikit-learn open it with a warning. Debian 12's. */
export const DEFAULT_SKLEARN_VERSION = '1.2.1';

/**
 * A pickle that scikit-learn opens with `joblib.load` or `pickle.load`: a fitted `LogisticRegression`, with
 * a `Normalizer` before it in a `Pipeline` when the head normalises its input. `predict_proba` gives this
 * head's probabilities: the temperature is folded into the coefficients. A rejection rule has no
 * counterpart there and is left out.
 */
export function exportSklearn(head: Head, sklearnVersion = DEFAULT_SKLEARN_VERSION): Uint8Array {
  const regression = logisticRegression(head, sklearnVersion);
  if (head.inputNorm === 'none') return writePickle(regression);
  const normalizer = sklearnObject('sklearn.preprocessing._data', 'Normalizer', sklearnVersion, {
    norm: head.inputNorm,
    copy: true,
    n_features_in_: { int: head.dimension },
  });
  return writePickle(
    sklearnObject('sklearn.pipeline', 'Pipeline', sklearnVersion, {
      steps: { list: [{ tuple: ['normalizer', normalizer] }, { tuple: ['logisticregression', regression] }] },
      memory: null,
      verbose: false,
    }),
  );
}

function logisticRegression(head: Head, version: string): PyValue {
  const { dimension, labels, temperature } = head;
  const weights = head.weights.map((weight) => weight / temperature);
  const bias = head.bias.map((value) => value / temperature);
  // For two classes scikit-learn keeps one row, whose logit is that of the second class.
  const isBinary = labels.length === 2;
  const coefficients = isBinary
    ? weights.slice(dimension).map((weight, j) => weight - (weights[j] ?? 0))
    : weights;
  const intercepts = isBinary ? Float64Array.of((bias[1] ?? 0) - (bias[0] ?? 0)) : bias;
  const { C } = (head.provenance?.options ?? {}) as { readonly C?: unknown };
  return sklearnObject('sklearn.linear_model._logistic', 'LogisticRegression', version, {
    penalty: 'l2',
    dual: false,
    tol: 1e-4,
    C: typeof C === 'number' ? C : 1,
    fit_intercept: true,
    intercept_scaling: { int: 1 },
    class_weight: null,
    random_state: null,
    solver: 'lbfgs',
    max_iter: { int: 100 },
    multi_class: 'auto',
    verbose: { int: 0 },
    warm_start: false,
    n_jobs: null,
    l1_ratio: null,
    n_features_in_: { int: dimension },
    classes_: textArray(labels),
    n_iter_: numpyArray([1], 'i4', Buffer.from(Int32Array.of(1).buffer)),
    coef_: floatArray([isBinary ? 1 : labels.length, dimension], coefficients),
    intercept_: floatArray([intercepts.length], intercepts),
  });
}

function sklearnObject(
  module: string,
  name: string,
  version: string,
  state: Readonly<Record<string, PyValue>>,
): PyValue {
  return {
    object: { global: [module, name] },
    state: { dict: [...Object.entries(state), ['_sklearn_version', version]] },
  };
}

function floatArray(shape: readonly number[], values: Float64Array): PyValue {
  const bytes = Buffer.alloc(values.length * 8);
  values.forEach((value, i) => {
    bytes.writeDoubleLE(value, i * 8);
  });
  return numpyArray(shape, 'f8', bytes);
}

/** An array of strings: UTF-32, all as long as the longest. */
function textArray(texts: readonly string[]): PyValue {
  const points = texts.map((text) => Array.from(text, (letter) => letter.codePointAt(0) ?? 0));
  const length = Math.max(...points.map((letters) => letters.length));
  const bytes = Buffer.alloc(texts.length * length * 4);
  points.forEach((letters, row) => {
    letters.forEach((letter, i) => {
      bytes.writeUInt32LE(letter, (row * length + i) * 4);
    });
  });
  return numpyArray([texts.length], `U${length}`, bytes, length * 4);
}

/** As numpy pickles its arrays itself. `width` is the item's size in bytes for text, -1 for numbers. */
function numpyArray(shape: readonly number[], type: string, bytes: Uint8Array, width = -1): PyValue {
  const nothing = { int: -1 };
  const dtype: PyValue = {
    call: { global: ['numpy', 'dtype'] },
    args: [type, false, true],
    state: {
      tuple: [
        { int: 3 },
        '<',
        null,
        null,
        null,
        { int: width },
        width < 0 ? nothing : { int: 4 },
        { int: width < 0 ? 0 : 8 },
      ],
    },
  };
  return {
    call: { global: ['numpy.core.multiarray', '_reconstruct'] },
    args: [{ global: ['numpy', 'ndarray'] }, { tuple: [{ int: 0 }] }, Buffer.from('b')],
    state: { tuple: [{ int: 1 }, { tuple: shape.map((size) => ({ int: size })) }, dtype, false, bytes] },
  };
}
