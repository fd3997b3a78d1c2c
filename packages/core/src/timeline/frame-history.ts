/** Rows that there is room for at first, and always. */
const LEAST_ROWS = 1024;

/** The latest rows of a stream of equal rows, addressed by their number in the stream. */
export class FrameHistory {
  readonly rowLength: number;
  #values: Float32Array;
  /** Number of the first row kept, and how many are kept. */
  #first = 0;
  #count = 0;

  constructor(rowLength: number) {
    if (!Number.isInteger(rowLength) || rowLength < 1) {
      throw new RangeError(`rowLength: expected a whole number from 1, got ${rowLength}`);
    }
    this.rowLength = rowLength;
    this.#values = new Float32Array(rowLength * LEAST_ROWS);
  }

  /** Rows that have come so far, forgotten ones included. */
  get end(): number {
    return this.#first + this.#count;
  }

  append(rows: ArrayLike<number>): void {
    const used = this.#count * this.rowLength;
    if (used + rows.length > this.#values.length) {
      const larger = new Float32Array(Math.max(2 * this.#values.length, used + rows.length));
      larger.set(this.#values.subarray(0, used));
      this.#values = larger;
    }
    this.#values.set(rows, used);
    this.#count += rows.length / this.rowLength;
  }

  /** Drops the rows before `row`. */
  forgetBefore(row: number): void {
    const drop = Math.min(this.#count, row - this.#first);
    // Moved only when it pays, so that the cost per row stays constant.
    if (drop <= 0 || drop * 2 < this.#count) return;
    this.#values.copyWithin(0, drop * this.rowLength, this.#count * this.rowLength);
    this.#first += drop;
    this.#count -= drop;
    // After a block of an hour: its memory is not kept for what comes behind it.
    const room = Math.max(LEAST_ROWS, 4 * this.#count) * this.rowLength;
    if (4 * room < this.#values.length) this.#values = this.#values.slice(0, room);
  }

  /** Rows [from, to) as far as they are kept; a view, valid until the next change. */
  slice(from: number, to: number): Float32Array {
    const clamp = (row: number): number => Math.min(this.#count, Math.max(0, row - this.#first));
    return this.#values.subarray(clamp(from) * this.rowLength, clamp(to) * this.rowLength);
  }
}
