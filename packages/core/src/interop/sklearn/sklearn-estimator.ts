import { EcapaError } from '../../errors.js';
import { JOBLIB_TYPES, NUMPY_TYPES, NumpyArray } from '../pickle/numpy-pickle.js';
import { parsePickle } from '../pickle/pickle.js';
import {
  type PickleContext,
  PickleGlobal,
  PickleTuple,
  type PickleType,
  type PickleTypes,
} from '../pickle/pickle-types.js';

/** A fitted estimator: its class's short name and its attributes, as scikit-learn pickles them. */
export class Estimator {
  readonly attributes = new Map<unknown, unknown>();

  constructor(
    readonly name: string,
    readonly file: string,
  ) {}

  /** A numeric array of the given rank. Throws `PICKLE_INVALID` naming the attribute. */
  array(attribute: string, rank: 1 | 2): { shape: readonly number[]; values: Float64Array } {
    const array = this.attributes.get(attribute);
    const values = array instanceof NumpyArray && array.shape.length === rank ? array.numbers() : undefined;
    if (!(array instanceof NumpyArray) || !values) {
      throw this.invalid(attribute, `should be an array of numbers with ${rank} axes`);
    }
    if (!values.every(Number.isFinite)) throw this.invalid(attribute, 'holds NaN or infinite numbers');
    return { shape: array.shape, values };
  }

  /** A vector of class names. */
  texts(attribute: string): string[] {
    const array = this.attributes.get(attribute);
    const texts = array instanceof NumpyArray && array.shape.length === 1 ? array.texts() : undefined;
    if (!texts) throw this.invalid(attribute, 'should be a list of names or numbers');
    return texts;
  }

  text(attribute: string): string | undefined {
    const value = this.attributes.get(attribute);
    return typeof value === 'string' ? value : undefined;
  }

  invalid(attribute: string, reason: string): EcapaError {
    const { file, name } = this;
    return new EcapaError(
      'PICKLE_INVALID',
      `${file}: "${attribute}" of ${name} ${reason}. Fit the model again and save it with joblib.dump.`,
      { file },
    );
  }

  unsupported(reason: string): EcapaError {
    const { file, name } = this;
    return new EcapaError('UNSUPPORTED_ESTIMATOR', `${file}: ${name} ${reason}. ${WHAT_IS_READ}`, { file });
  }
}

const WHAT_IS_READ =
  'What can be imported is a LogisticRegression, alone or for each label in a OneVsRestClassifier or MultiOutputClassifier, or a Pipeline of StandardScaler or Normalizer that ends with one of these.';

const CLASSES: Readonly<Record<string, string>> = {
  'sklearn.linear_model._logistic.LogisticRegression': 'LogisticRegression',
  'sklearn.multiclass.OneVsRestClassifier': 'OneVsRestClassifier',
  'sklearn.multioutput.MultiOutputClassifier': 'MultiOutputClassifier',
  'sklearn.pipeline.Pipeline': 'Pipeline',
  'sklearn.preprocessing._data.StandardScaler': 'StandardScaler',
  'sklearn.preprocessing._data.Normalizer': 'Normalizer',
  'sklearn.preprocessing._label.LabelBinarizer': 'LabelBinarizer',
};

/**
 * The steps of a pickled model in the order in which scikit-learn applies them; a single estimator is one
 * step. Nothing is executed: see `parsePickle`.
 *
 * Throws `UNSUPPORTED_ESTIMATOR` naming a scikit-learn class that is not read, `PICKLE_FORBIDDEN` naming
 * anything else, `PICKLE_INVALID`.
 */
export function parseEstimators(pickle: Uint8Array, file: string): Estimator[] {
  const value = parsePickle(pickle, {
    file,
    types: estimatorTypes(file),
    refuse: (module, name) =>
      /^sklearn\./.test(module)
        ? new EcapaError('UNSUPPORTED_ESTIMATOR', `${file}: it holds ${module}.${name}. ${WHAT_IS_READ}`, {
            file,
          })
        : undefined,
  });
  if (!(value instanceof Estimator)) {
    throw new EcapaError('UNSUPPORTED_ESTIMATOR', `${file}: it holds no estimator. ${WHAT_IS_READ}`, {
      file,
    });
  }
  return value.name === 'Pipeline' ? pipelineSteps(value) : [value];
}

function estimatorTypes(file: string): PickleTypes {
  const estimators = Object.entries(CLASSES).map(([fullName, name]): [string, PickleType] => [
    fullName,
    {
      create: () => new Estimator(name, file),
      build: setAttributes,
    },
  ]);
  return new Map([...NUMPY_TYPES, ...JOBLIB_TYPES, ...OLD_PROTOCOLS, ...estimators]);
}

/** How protocols 0 and 1 make an object: `copyreg._reconstructor(class, object, None)`. */
const RECONSTRUCTOR: PickleType = {
  create([made, , state], context) {
    if (!(made instanceof PickleGlobal) || state !== null)
      throw context.fail('an object made in an unknown way');
    return made.type.create([], context);
  },
  build: setAttributes,
};
const OBJECT: PickleType = {
  create: (_args, context) => {
    throw context.fail('an object without a class');
  },
};
const OLD_PROTOCOLS: PickleTypes = new Map([
  ['copy_reg._reconstructor', RECONSTRUCTOR],
  ['copyreg._reconstructor', RECONSTRUCTOR],
  ['__builtin__.object', OBJECT],
  ['builtins.object', OBJECT],
]);

/** Fills the object itself, which the file may name again later. */
function setAttributes(object: unknown, state: unknown, context: PickleContext): Estimator {
  if (!(object instanceof Estimator) || !(state instanceof Map)) {
    throw context.fail('an estimator without attributes');
  }
  for (const [name, value] of state) object.attributes.set(name, value);
  return object;
}

function pipelineSteps(pipeline: Estimator): Estimator[] {
  const steps = pipeline.attributes.get('steps');
  if (!Array.isArray(steps)) throw pipeline.invalid('steps', 'should be a list');
  return steps
    .map((step): unknown => (step instanceof PickleTuple ? step.items[1] : undefined))
    .filter((step) => step !== null && step !== 'passthrough')
    .map((step) => {
      if (step instanceof Estimator && step.name !== 'Pipeline') return step;
      throw pipeline.unsupported('has a step that is not a StandardScaler, Normalizer or LogisticRegression');
    });
}
