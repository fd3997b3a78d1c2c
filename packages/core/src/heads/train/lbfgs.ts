import { EcapaError } from '../../errors.js';
import type { YieldToEventLoop } from '../../event-loop.js';
import { type LinePoint, searchLine } from './line-search.js';

/** A smooth function: its value and gradient at a point. */
export type Objective = (point: Float64Array) => { readonly value: number; readonly gradient: Float64Array };

export interface LbfgsOptions {
  /** Stop when no component of the gradient is larger than this. */
  readonly gradientTolerance: number;
  /** Stop when a step lowers the value by less than this, relative to `max(|value|, 1)`. */
  readonly decreaseTolerance: number;
  readonly maxIterations: number;
}

export interface LbfgsResult {
  readonly point: Float64Array;
  readonly value: number;
  readonly iterations: number;
  /** Largest absolute component of the gradient. */
  readonly gradientNorm: number;
}

/** Steps that the approximation of the Hessian remembers. */
const MEMORY = 10;

interface Correction {
  readonly step: Float64Array;
  readonly change: Float64Array;
  /** Inner product of the two. */
  readonly curvature: number;
}

/**
 * Minimises by limited-memory BFGS (Nocedal and Wright, "Numerical Optimization", algorithm 7.5) with a
 * strong-Wolfe line search; memory, line search and stopping rules are those of L-BFGS-B, which
 * scikit-learn's `lbfgs` solver calls. Deterministic. Throws `NOT_CONVERGED` after `maxIterations`.
 */
export async function minimize(
  objective: Objective,
  start: Float64Array,
  options: LbfgsOptions,
  yieldToEventLoop: YieldToEventLoop,
): Promise<LbfgsResult> {
  let point = start;
  let { value, gradient } = objective(point);
  let corrections: Correction[] = [];
  let iterations = 0;
  const result = () => ({ point, value, iterations, gradientNorm: maxAbs(gradient) });
  while (maxAbs(gradient) > options.gradientTolerance) {
    if (iterations === options.maxIterations) {
      throw new EcapaError(
        'NOT_CONVERGED',
        `Training did not converge in ${iterations} iterations. Standardise the embeddings, lower C or allow more iterations.`,
      );
    }
    const direction = descentDirection(gradient, corrections);
    const slope = dot(direction, gradient);
    const firstStep = iterations === 0 ? 1 / Math.sqrt(dot(gradient, gradient)) : 1;
    let next = { point, value, gradient };
    const evaluate = (step: number): LinePoint => {
      const moved = addScaled(point, direction, step);
      next = { point: moved, ...objective(moved) };
      return { step, value: next.value, slope: dot(next.gradient, direction) };
    };
    const found = slope < 0 ? searchLine(evaluate, { step: 0, value, slope }, firstStep) : undefined;
    await yieldToEventLoop();
    if (found === undefined) {
      // Rounding spoilt the direction: once more downhill, and if that fails this is as low as it gets.
      if (corrections.length === 0) return result();
      corrections = [];
      continue;
    }
    // The last point tried is not always the one chosen.
    if (next.value !== found.value) evaluate(found.step);
    const step = addScaled(next.point, point, -1);
    const change = addScaled(next.gradient, gradient, -1);
    const curvature = dot(step, change);
    if (curvature > Number.EPSILON * -slope * found.step) {
      corrections = [...corrections.slice(1 - MEMORY), { step, change, curvature }];
    }
    const decrease = (value - next.value) / Math.max(Math.abs(value), Math.abs(next.value), 1);
    ({ point, value, gradient } = next);
    iterations++;
    if (decrease <= options.decreaseTolerance) break;
  }
  return result();
}

/** Minus the gradient times the remembered inverse Hessian (the two-loop recursion). */
function descentDirection(gradient: Float64Array, corrections: readonly Correction[]): Float64Array {
  let direction = gradient.map((g) => -g);
  const shares: number[] = [];
  for (const { step, change, curvature } of corrections.toReversed()) {
    const share = dot(step, direction) / curvature;
    shares.unshift(share);
    direction = addScaled(direction, change, -share);
  }
  const last = corrections.at(-1);
  if (last !== undefined) {
    const scale = last.curvature / dot(last.change, last.change);
    direction = direction.map((d) => d * scale);
  }
  corrections.forEach(({ step, change, curvature }, i) => {
    const correction = (shares[i] ?? 0) - dot(change, direction) / curvature;
    direction = addScaled(direction, step, correction);
  });
  return direction;
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function addScaled(a: Float64Array, b: Float64Array, factor: number): Float64Array<ArrayBuffer> {
  const result = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) result[i] = (a[i] as number) + factor * (b[i] as number);
  return result;
}

function maxAbs(values: Float64Array): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}
