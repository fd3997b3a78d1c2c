/** A step along a search direction, with the objective's value and slope there. */
export interface LinePoint {
  readonly step: number;
  readonly value: number;
  readonly slope: number;
}

/** A step must bring this share of the decrease that the slope at 0 promises (Armijo). */
const SUFFICIENT_DECREASE = 1e-3;
/** ... and leave at most this share of that slope (curvature condition). */
const SLOPE_LEFT = 0.9;
/** Smallest bracket, relative to its upper end. */
const SMALLEST_BRACKET = 0.1;
const MAX_STEP = 1e10;
const MAX_EVALUATIONS = 20;

/**
 * A step that satisfies the strong Wolfe conditions, by safeguarded cubic and quadratic interpolation:
 * Moré and Thuente, "Line search algorithms with guaranteed sufficient decrease", ACM TOMS 20 (1994),
 * with the constants that L-BFGS-B uses, so that a fit takes the path scikit-learn's does.
 *
 * `evaluate` gives the point at a step; `start` is the point at step 0, its slope negative. Returns the
 * best step found, or undefined when no step decreases the value enough (rounding).
 */
export function searchLine(
  evaluate: (step: number) => LinePoint,
  start: LinePoint,
  firstStep: number,
): LinePoint | undefined {
  const promised = SUFFICIENT_DECREASE * start.slope;
  let best = start;
  let other = start;
  let bracketed = false;
  // Until the decrease suffices, bracket a minimum of the value less its promised decrease instead.
  let auxiliary = true;
  let width = MAX_STEP;
  let widthBefore = 2 * width;
  let low = 0;
  let high = 5 * firstStep;
  let step = firstStep;
  for (let count = 0; count < MAX_EVALUATIONS; count++) {
    const point = evaluate(step);
    const enough = point.value <= start.value + step * promised;
    if (enough && Math.abs(point.slope) <= -SLOPE_LEFT * start.slope) return point;
    if (bracketed && (step <= low || step >= high || high - low <= SMALLEST_BRACKET * high)) {
      return enough ? point : undefined;
    }
    if (auxiliary && enough && point.slope >= 0) auxiliary = false;
    const tilt = auxiliary && point.value <= best.value && !enough ? promised : 0;
    const trial = nextTrial(
      tilted(best, tilt),
      tilted(other, tilt),
      tilted(point, tilt),
      bracketed,
      low,
      high,
    );
    bracketed = trial.bracketed;
    const improves = tilted(point, tilt).value <= tilted(best, tilt).value;
    if (!improves) other = point;
    else {
      if ((point.slope - tilt) * (best.slope - tilt) < 0) other = best;
      best = point;
    }
    step = trial.step;
    if (bracketed) {
      if (Math.abs(other.step - best.step) >= 0.66 * widthBefore) step = (best.step + other.step) / 2;
      widthBefore = width;
      width = Math.abs(other.step - best.step);
      low = Math.min(best.step, other.step);
      high = Math.max(best.step, other.step);
      if (step <= low || step >= high || high - low <= SMALLEST_BRACKET * high) step = best.step;
    } else {
      low = step + 1.1 * (step - best.step);
      high = step + 4 * (step - best.step);
      step = Math.min(step, MAX_STEP);
    }
  }
  return best.step > 0 && best.value <= start.value + best.step * promised ? best : undefined;
}

function tilted(point: LinePoint, tilt: number): LinePoint {
  return { step: point.step, value: point.value - point.step * tilt, slope: point.slope - tilt };
}

/** The next step to try from the best point `x`, the other end `y` and the newest point `t` (section 4 of the paper). */
function nextTrial(
  x: LinePoint,
  y: LinePoint,
  t: LinePoint,
  bracketed: boolean,
  low: number,
  high: number,
): { readonly step: number; readonly bracketed: boolean } {
  const secant = t.step + (t.slope / (t.slope - x.slope)) * (x.step - t.step);
  if (t.value > x.value) {
    const cubic = cubicMinimum(x, t);
    const rise = (x.value - t.value) / (t.step - x.step) + x.slope;
    const quadratic = x.step + (x.slope / rise / 2) * (t.step - x.step);
    const nearer = Math.abs(cubic - x.step) < Math.abs(quadratic - x.step);
    return { step: nearer ? cubic : cubic + (quadratic - cubic) / 2, bracketed: true };
  }
  if (t.slope * Math.sign(x.slope) < 0) {
    const cubic = cubicMinimum(t, x);
    const farther = Math.abs(cubic - t.step) > Math.abs(secant - t.step);
    return { step: farther ? cubic : secant, bracketed: true };
  }
  if (Math.abs(t.slope) < Math.abs(x.slope)) {
    const end = t.step > x.step ? high : low;
    const found = cubicMinimum(t, x);
    const ahead = (found - t.step) * (t.step - x.step) > 0;
    const cubic = ahead ? found : end;
    const cubicNearer = Math.abs(cubic - t.step) < Math.abs(secant - t.step);
    if (!bracketed) {
      const step = cubicNearer ? secant : cubic;
      return { step: Math.max(low, Math.min(high, step)), bracketed };
    }
    const limit = t.step + 0.66 * (y.step - t.step);
    const step = cubicNearer ? cubic : secant;
    return { step: t.step > x.step ? Math.min(limit, step) : Math.max(limit, step), bracketed };
  }
  if (bracketed) return { step: cubicMinimum(t, y), bracketed };
  return { step: t.step > x.step ? high : low, bracketed };
}

/** The minimiser of the cubic through two points with their slopes, reckoned from `a`. */
function cubicMinimum(a: LinePoint, b: LinePoint): number {
  const theta = (3 * (a.value - b.value)) / (b.step - a.step) + a.slope + b.slope;
  const scale = Math.max(Math.abs(theta), Math.abs(a.slope), Math.abs(b.slope));
  const root = scale * Math.sqrt(Math.max(0, (theta / scale) ** 2 - (a.slope / scale) * (b.slope / scale)));
  const gamma = b.step < a.step ? -root : root;
  const ratio = (gamma - a.slope + theta) / (2 * gamma - a.slope + b.slope);
  return a.step + ratio * (b.step - a.step);
}
