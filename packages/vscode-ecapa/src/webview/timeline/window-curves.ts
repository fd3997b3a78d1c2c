import { firstIndex } from './find.js';

// The probabilities of single windows, as curves. Pure.

export interface Curve {
  /** Column (pixels) and probability of each point. */
  readonly x: Float32Array;
  readonly y: Float32Array;
}

/** Longer than this without a window, a curve is interrupted. */
const BREAK_SECONDS = 3;

export class WindowCurves {
  #labelCount = 0;
  #centres: number[] = [];
  #probabilities: number[] = [];

  get count(): number {
    return this.#centres.length;
  }

  setLabelCount(count: number): void {
    if (count === this.#labelCount) return;
    this.#labelCount = count;
    this.#centres = [];
    this.#probabilities = [];
  }

  /** Windows from index `from` on; those that were there are replaced. */
  receive(from: number, centresSeconds: Float32Array, probabilities: Float32Array): void {
    this.#centres.length = Math.min(this.#centres.length, from);
    this.#probabilities.length = Math.min(this.#probabilities.length, from * this.#labelCount);
    for (const centre of centresSeconds) this.#centres.push(centre);
    for (const probability of probabilities) this.#probabilities.push(probability);
  }

  /** Probability of a label at the window nearest to a moment; undefined without windows. */
  at(label: number, seconds: number): number | undefined {
    const after = firstIndex(this.#centres.length, (i) => (this.#centres[i] ?? 0) >= seconds);
    const isBefore =
      after > 0 &&
      Math.abs((this.#centres[after - 1] ?? Infinity) - seconds) <
        Math.abs((this.#centres[after] ?? Infinity) - seconds);
    return this.#probabilities[(isBefore ? after - 1 : after) * this.#labelCount + label];
  }

  /** Stretches of one label's curve; where windows are closer than a pixel, their mean. */
  curves(label: number, startSeconds: number, endSeconds: number, width: number): Curve[] {
    const first = firstIndex(this.#centres.length, (i) => (this.#centres[i] ?? 0) >= startSeconds);
    const last = firstIndex(this.#centres.length, (i) => (this.#centres[i] ?? 0) > endSeconds);
    const curves: { x: number[]; y: number[] }[] = [];
    let column = Number.NaN;
    let count = 0;
    let before = Number.NEGATIVE_INFINITY;
    // One beyond each edge, so that lines run out of the picture.
    for (let i = Math.max(0, first - 1); i < Math.min(this.#centres.length, last + 1); i++) {
      const centre = this.#centres[i] ?? 0;
      const x = ((centre - startSeconds) / (endSeconds - startSeconds)) * width;
      const y = this.#probabilities[i * this.#labelCount + label] ?? 0;
      if (centre - before > BREAK_SECONDS) {
        curves.push({ x: [], y: [] });
        column = Number.NaN;
      }
      before = centre;
      const curve = curves.at(-1);
      if (curve === undefined) continue;
      if (Math.floor(x) === column) {
        const end = curve.y.length - 1;
        count++;
        curve.y[end] = (curve.y[end] ?? 0) + (y - (curve.y[end] ?? 0)) / count;
        continue;
      }
      column = Math.floor(x);
      count = 1;
      curve.x.push(x);
      curve.y.push(y);
    }
    return curves.map(({ x, y }) => ({ x: Float32Array.from(x), y: Float32Array.from(y) }));
  }
}
