import type { GraphBuilder } from './graph-builder.js';

/**
 * Which rows the taps of a convolution see, for rows [batch frames, channels]: each window continues beyond its ends as
 * its own mirror image. One `Gather` by these numbers takes the place of padding, cutting and joining.
 */
export class ReflectedTaps {
  readonly #graph: GraphBuilder;
  readonly #frameCount: string;
  /** The last frame of a window: [1]. */
  readonly #last: string;
  /** Numbers of a window's frames: [frames, 1]. */
  readonly #frames: string;
  /** The first row of each window: [batch, 1, 1]. */
  readonly #firstRows: string;
  readonly #known = new Map<string, string>();

  /** `batch` and `frameCount` are [1], of int64. */
  constructor(graph: GraphBuilder, batch: string, frameCount: string) {
    this.#graph = graph;
    this.#frameCount = frameCount;
    this.#last = graph.node('Sub', 'taps/last', [frameCount, graph.integers([1])]);
    this.#frames = this.#numbers('taps/frames', frameCount, [1]);
    const windows = this.#numbers('taps/windows', batch, [1, 2]);
    this.#firstRows = graph.node('Mul', 'taps/first_rows', [windows, this.#frameCount]);
  }

  /** Row numbers [batch, frames, kernelSize]; equal kernels share one tensor. */
  rows(kernelSize: number, dilation: number): string {
    const name = `taps/${kernelSize}_by_${dilation}`;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const graph = this.#graph;
    const reach = ((kernelSize - 1) / 2) * dilation;
    const offsets = Array.from({ length: kernelSize }, (_, tap) => tap * dilation - reach);
    const unbounded = graph.node('Add', `${name}/unbounded`, [this.#frames, graph.integers(offsets)]);
    // Mirrored at the first frame, then at the last.
    const fromFirst = graph.node('Abs', `${name}/from_first`, [unbounded]);
    const beforeLast = graph.node('Sub', `${name}/before_last`, [this.#last, fromFirst]);
    const fromLast = graph.node('Abs', `${name}/from_last`, [beforeLast]);
    const frames = graph.node('Sub', `${name}/frames`, [this.#last, fromLast]);
    const rows = graph.node('Add', name, [this.#firstRows, frames]);
    this.#known.set(name, rows);
    return rows;
  }

  /** 0, 1, ... below `count`, with further axes of one. */
  #numbers(name: string, count: string, axes: readonly number[]): string {
    const graph = this.#graph;
    // What is not zero in a row of ones: all of it. (`Range` would want scalars.)
    const ones = graph.node('Expand', `${name}/ones`, [graph.integers([1]), count]);
    const flat = graph.node('Reshape', `${name}/flat`, [
      graph.node('NonZero', `${name}/numbers`, [ones]),
      graph.integers([-1]),
    ]);
    return graph.node('Unsqueeze', name, [flat, graph.integers(axes)]);
  }
}
