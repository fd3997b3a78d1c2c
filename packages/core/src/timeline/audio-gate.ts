import type { Span } from '../types.js';

/** How an {@link AudioGate} opens, closes and holds: times in seconds. */
export interface AudioGateOptions {
  /** Audio that a verdict covers, up to the moment it is given. */
  readonly windowSeconds: number;
  /** Audio before the first passing window that passes too, so that no beginning is cut. Default 0.5. */
  readonly preRollSeconds?: number;
  /** Audio after the last passing window that passes too. Default 0.5. */
  readonly holdSeconds?: number;
}

/**
 * Passes the pieces of a stream that lie in or near windows of wanted content, and drops the others. A piece
 * is held until the verdicts on it are in, at most `windowSeconds + preRollSeconds` of audio; pieces come
 * out whole, once, and in order. Pure: time comes from the caller.
 *
 * @throws RangeError naming a wrong option
 */
export class AudioGate<Piece> {
  readonly #reachSeconds: number;
  readonly #holdSeconds: number;
  readonly #held: { readonly piece: Piece; readonly span: Span }[] = [];
  /** Stretches that pass: the latest one is enough, pieces come in order. */
  #passFrom = Number.POSITIVE_INFINITY;
  #passUntil = Number.NEGATIVE_INFINITY;
  #decidedUntil = Number.NEGATIVE_INFINITY;

  constructor({ windowSeconds, preRollSeconds = 0.5, holdSeconds = 0.5 }: AudioGateOptions) {
    for (const [field, value] of Object.entries({ windowSeconds, preRollSeconds, holdSeconds })) {
      if (!(value >= 0 && Number.isFinite(value))) {
        throw new RangeError(`${field}: expected a finite number from 0, got ${value}`);
      }
    }
    this.#reachSeconds = windowSeconds + preRollSeconds;
    this.#holdSeconds = holdSeconds;
  }

  /** Seconds of audio that wait for their verdict. */
  get heldSeconds(): number {
    const first = this.#held[0]?.span.startSeconds ?? 0;
    return (this.#held.at(-1)?.span.endSeconds ?? first) - first;
  }

  /** The next piece of the stream in; pieces that can pass already out. */
  push(piece: Piece, span: Span): Piece[] {
    this.#held.push({ piece, span });
    return this.#release();
  }

  /** A verdict on the window that ends at `atSeconds`: pieces that pass out, those that cannot any more dropped. */
  decide(atSeconds: number, passes: boolean): Piece[] {
    if (passes) {
      const from = atSeconds - this.#reachSeconds;
      this.#passFrom = from > this.#passUntil ? from : Math.min(this.#passFrom, from);
      this.#passUntil = Math.max(this.#passUntil, atSeconds + this.#holdSeconds);
    }
    this.#decidedUntil = atSeconds - this.#reachSeconds;
    return this.#release();
  }

  /** The stream has ended or starts again: what passes of what is held out, the rest dropped. */
  flush(): Piece[] {
    this.#decidedUntil = Number.POSITIVE_INFINITY;
    const passed = this.#release();
    this.#held.length = 0;
    this.#passFrom = Number.POSITIVE_INFINITY;
    this.#passUntil = Number.NEGATIVE_INFINITY;
    this.#decidedUntil = Number.NEGATIVE_INFINITY;
    return passed;
  }

  #release(): Piece[] {
    const passed: Piece[] = [];
    let taken = 0;
    for (const { piece, span } of this.#held) {
      if (span.endSeconds > this.#passFrom && span.startSeconds < this.#passUntil) passed.push(piece);
      else if (span.endSeconds > this.#decidedUntil) break;
      taken++;
    }
    this.#held.splice(0, taken);
    return passed;
  }
}
