import type { Objective } from './lbfgs.js';

/** Training data of a multinomial logistic regression. */
export interface LogisticProblem {
  /** points x dimension, row-major. */
  readonly inputs: Float64Array;
  readonly dimension: number;
  /** Class index of each point. */
  readonly targets: Int32Array;
  readonly classes: number;
  /** Weight of each point in the loss, > 0. */
  readonly pointWeights: Float64Array;
  /** Inverse strength of the L2 penalty, as scikit-learn's `C`. */
  readonly C: number;
}

/**
 * Rows of parameters: one a class, but one in all for two classes, whose logits are (0, z). That is how
 * scikit-learn sets up either problem; the penalty makes it a matter of substance, not of form.
 */
export function parameterRows(classes: number): number {
  return classes === 2 ? 1 : classes;
}

/**
 * `sum_i s_i loss_i + |W|^2 / (2 C)` and its gradient, loss being the cross-entropy of the softmax and the
 * biases unpenalised: scikit-learn's objective for `LogisticRegression(penalty="l2")`. Parameters are
 * rows x (dimension + 1), the bias last in each row.
 */
export function logisticObjective(problem: LogisticProblem): Objective {
  const { inputs, dimension, targets, classes, pointWeights, C } = problem;
  const rows = parameterRows(classes);
  const width = dimension + 1;
  // With one row, class 0 has logit 0 and the row is class 1's.
  const first = classes - rows;
  const logits = new Float64Array(classes);
  return (parameters) => {
    const gradient = new Float64Array(parameters.length);
    let value = 0;
    for (let i = 0; i < targets.length; i++) {
      const input = i * dimension;
      for (let row = 0; row < rows; row++) {
        const at = row * width;
        let sum = parameters[at + dimension] as number;
        for (let j = 0; j < dimension; j++)
          sum += (parameters[at + j] as number) * (inputs[input + j] as number);
        logits[first + row] = sum;
      }
      const target = targets[i] as number;
      const weight = pointWeights[i] as number;
      const own = logits[target] as number;
      const logSum = exponentiate(logits);
      value += weight * (logSum - own);
      if (first === 1) logits[0] = 0;
      for (let row = 0; row < rows; row++) {
        const k = first + row;
        const error = weight * ((logits[k] as number) - (k === target ? 1 : 0));
        const at = row * width;
        for (let j = 0; j < dimension; j++) {
          gradient[at + j] = (gradient[at + j] as number) + error * (inputs[input + j] as number);
        }
        gradient[at + dimension] = (gradient[at + dimension] as number) + error;
      }
    }
    for (let j = 0; j < parameters.length; j++) {
      if (j % width === dimension) continue;
      const parameter = parameters[j] as number;
      value += (parameter * parameter) / (2 * C);
      gradient[j] = (gradient[j] as number) + parameter / C;
    }
    return { value, gradient };
  };
}

/** Replaces logits by probabilities and returns the logarithm of the sum of their exponentials. */
function exponentiate(logits: Float64Array): number {
  let largest = -Infinity;
  for (const logit of logits) largest = Math.max(largest, logit);
  let sum = 0;
  for (let k = 0; k < logits.length; k++) sum += Math.exp((logits[k] as number) - largest);
  const logSum = largest + Math.log(sum);
  for (let k = 0; k < logits.length; k++) logits[k] = Math.exp((logits[k] as number) - logSum);
  return logSum;
}
