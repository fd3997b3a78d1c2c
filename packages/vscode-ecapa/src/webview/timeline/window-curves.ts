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
  /** The points of the curves that were asked for last. */
  #x = new Float32Array(0);
  #y = new Float32Array(0);

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

  /**
   * Stretches of one label's curve; where windows are closer than a pixel, their mean. They are good until the next
   * ones are asked for, which come in their place: this is asked for each label of each picture.
   */
  curves(label: number, startSeconds: number, endSeconds: number, width: number): Curve[] {
    const first = firstIndex(this.#centres.length, (i) => (this.#centres[i] ?? 0) >= startSeconds);
    const last = firstIndex(this.#centres.length, (i) => (this.#centres[i] ?? 0) > endSeconds);
    // One beyond each edge, so that lines run out of the picture.
    const [from, to] = [Math.max(0, first - 1), Math.min(this.#centres.length, last + 1)];
    this.#makeRoom(to - from);
    const [xs, ys] = [this.#x, this.#y];
    const starts: number[] = [];
    let end = 0;
    let column = Number.NaN;
    let count = 0;
    let before = Number.NEGATIVE_INFINITY;
    for (let i = from; i < to; i++) {
      const centre = this.#centres[i] ?? 0;
      const x = ((centre - startSeconds) / (endSeconds - startSeconds)) * width;
      const y = this.#probabilities[i * this.#labelCount + label] ?? 0;
      if (centre - before > BREAK_SECONDS) {
        starts.push(end);
        column = Number.NaN;
      }
      before = centre;
      if (Math.floor(x) === column) {
        const mean = ys[end - 1] ?? 0;
        count++;
        ys[end - 1] = mean + (y - mean) / count;
        continue;
      }
      column = Math.floor(x);
      count = 1;
      xs[end] = x;
      ys[end] = y;
      end++;
    }
    return starts.map((start, i) => {
      const next = starts[i + 1] ?? end;
      return { x: xs.subarray(start, next), y: ys.subarray(start, next) };
    });
  }

  #makeRoom(points: number): void {
    if (this.#x.length >= points) return;
    this.#x = new Float32Array(2 * points);
    this.#y = new Float32Array(2 * points);
  }
}
