import { binSeconds, levelFor, TILE_BINS } from '@ecapa/core/page';

// The peaks that the page has, and those that it must ask for. Pure.

interface Tile {
  pairs: Int8Array;
  /** When it was asked for, more peaks have become ready since then, so it may be incomplete. */
  isAskedFor: boolean;
  usedAt: number;
}

/** 64 tiles of 8 kB. */
const KEPT_TILES = 64;

/** Tiles of peaks, asked for when they are looked at, forgotten when they have not been for long. */
export class PeakTiles {
  readonly #ask: (level: number, tile: number) => void;
  readonly #tiles = new Map<string, Tile>();
  #readySeconds = 0;
  #clock = 0;

  constructor(ask: (level: number, tile: number) => void) {
    this.#ask = ask;
  }

  /** More can be asked for now. A shorter time than before: it is another recording. */
  setReady(seconds: number): void {
    if (seconds < this.#readySeconds) this.#tiles.clear();
    this.#readySeconds = seconds;
    for (const tile of this.#tiles.values()) tile.isAskedFor = false;
  }

  receive(level: number, tile: number, pairs: Int8Array): void {
    const entry = this.#tiles.get(`${level}/${tile}`);
    if (entry !== undefined && pairs.length >= entry.pairs.length) entry.pairs = pairs;
  }

  /**
   * Lowest and highest value, -1 to 1, of each of `width` columns of a stretch: columns x 2, NaN where nothing is
   * known. Asks for what is missing.
   */
  columns(startSeconds: number, endSeconds: number, width: number): Float32Array {
    const result = new Float32Array(2 * width).fill(Number.NaN);
    const secondsPerColumn = (endSeconds - startSeconds) / width;
    const level = levelFor(secondsPerColumn);
    const bin = binSeconds(level);
    let tile = -1;
    let pairs: Int8Array | undefined;
    for (let column = 0; column < width; column++) {
      const from = Math.floor((startSeconds + column * secondsPerColumn) / bin);
      const to = Math.max(from + 1, Math.ceil((startSeconds + (column + 1) * secondsPerColumn) / bin - 1e-6));
      for (let at = Math.max(0, from); at < to; at++) {
        if (Math.floor(at / TILE_BINS) !== tile) {
          tile = Math.floor(at / TILE_BINS);
          pairs = this.#tile(level, tile);
        }
        const index = 2 * (at % TILE_BINS);
        if (pairs === undefined || index >= pairs.length) continue;
        const low = (pairs[index] ?? 0) / 127;
        const high = (pairs[index + 1] ?? 0) / 127;
        // NaN compares as false: the first value wins over it.
        if (!((result[2 * column] ?? 0) <= low)) result[2 * column] = low;
        if (!((result[2 * column + 1] ?? 0) >= high)) result[2 * column + 1] = high;
      }
    }
    this.#forget();
    return result;
  }

  #tile(level: number, tile: number): Int8Array | undefined {
    const key = `${level}/${tile}`;
    let entry = this.#tiles.get(key);
    if (entry === undefined) {
      if (tile * TILE_BINS * binSeconds(level) >= this.#readySeconds) return undefined;
      entry = { pairs: new Int8Array(0), isAskedFor: false, usedAt: 0 };
      this.#tiles.set(key, entry);
    }
    entry.usedAt = ++this.#clock;
    if (!entry.isAskedFor && entry.pairs.length < 2 * TILE_BINS) {
      entry.isAskedFor = true;
      this.#ask(level, tile);
    }
    return entry.pairs;
  }

  #forget(): void {
    if (this.#tiles.size <= KEPT_TILES) return;
    const oldest = [...this.#tiles].sort(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [key] of oldest.slice(0, this.#tiles.size - KEPT_TILES)) this.#tiles.delete(key);
  }
}
