import {
  type FrequencyScale,
  frameSeconds,
  SPECTRUM_BANDS,
  SPECTRUM_TILE_FRAMES,
  spectrumLevelFor,
} from '@ecapa/core/page';

interface Tile {
  bands: Uint8Array;
  /** Drawn with `colours`; undefined until there is something to draw. */
  picture: HTMLCanvasElement | undefined;
  colours: Uint32Array | undefined;
  isAskedFor: boolean;
  usedAt: number;
}

/** A part of a tile's picture, and the seconds that it covers. */
export interface SpectrumPart {
  readonly picture: HTMLCanvasElement;
  /** Columns of the picture that hold frames. */
  readonly frames: number;
  readonly startSeconds: number;
  readonly endSeconds: number;
}

/** 64 tiles, each of 40 kB and a picture of 160 kB: what one sees while one zooms through all levels. */
const KEPT_TILES = 64;

/** Tiles of the spectrogram, asked for when they are looked at, forgotten when they have not been for long. */
export class SpectrumTiles {
  readonly #ask: (scale: FrequencyScale, level: number, tile: number) => void;
  readonly #tiles = new Map<string, Tile>();
  #scale: FrequencyScale;
  #readySeconds = 0;
  #clock = 0;

  constructor(scale: FrequencyScale, ask: (scale: FrequencyScale, level: number, tile: number) => void) {
    this.#scale = scale;
    this.#ask = ask;
  }

  get scale(): FrequencyScale {
    return this.#scale;
  }

  /** The tiles of the other scale are forgotten. */
  set scale(scale: FrequencyScale) {
    if (scale === this.#scale) return;
    this.#scale = scale;
    this.#tiles.clear();
  }

  /** More can be asked for now. A shorter time than before: it is another recording. */
  setReady(seconds: number): void {
    if (seconds < this.#readySeconds) this.#tiles.clear();
    this.#readySeconds = seconds;
    for (const tile of this.#tiles.values()) tile.isAskedFor = false;
  }

  receive(scale: FrequencyScale, level: number, tile: number, bands: Uint8Array): void {
    const entry = scale === this.#scale ? this.#tiles.get(`${level}/${tile}`) : undefined;
    if (entry === undefined || bands.length <= entry.bands.length) return;
    entry.bands = bands;
    entry.picture = undefined;
  }

  /** What there is to draw of a span, in `colours` for the 256 values. Asks for what is missing. */
  parts(startSeconds: number, endSeconds: number, width: number, colours: Uint32Array): SpectrumPart[] {
    const level = spectrumLevelFor((endSeconds - startSeconds) / Math.max(1, width));
    const tileSeconds = frameSeconds(level) * SPECTRUM_TILE_FRAMES;
    const parts: SpectrumPart[] = [];
    const last = Math.min(endSeconds, this.#readySeconds);
    for (let tile = Math.max(0, Math.floor(startSeconds / tileSeconds)); tile * tileSeconds < last; tile++) {
      const entry = this.#tile(level, tile);
      const frames = Math.floor(entry.bands.length / SPECTRUM_BANDS);
      if (frames === 0) continue;
      if (entry.picture === undefined || entry.colours !== colours) {
        entry.picture = picture(entry.bands, frames, colours);
        entry.colours = colours;
      }
      const start = tile * tileSeconds;
      parts.push({
        picture: entry.picture,
        frames,
        startSeconds: start,
        endSeconds: start + frames * frameSeconds(level),
      });
    }
    this.#forget();
    return parts;
  }

  #tile(level: number, tile: number): Tile {
    const key = `${level}/${tile}`;
    let entry = this.#tiles.get(key);
    if (entry === undefined) {
      entry = {
        bands: new Uint8Array(0),
        picture: undefined,
        colours: undefined,
        isAskedFor: false,
        usedAt: 0,
      };
      this.#tiles.set(key, entry);
    }
    entry.usedAt = ++this.#clock;
    if (!entry.isAskedFor && entry.bands.length < SPECTRUM_TILE_FRAMES * SPECTRUM_BANDS) {
      entry.isAskedFor = true;
      this.#ask(this.#scale, level, tile);
    }
    return entry;
  }

  #forget(): void {
    if (this.#tiles.size <= KEPT_TILES) return;
    const oldest = [...this.#tiles].sort(([, a], [, b]) => a.usedAt - b.usedAt);
    for (const [key] of oldest.slice(0, this.#tiles.size - KEPT_TILES)) this.#tiles.delete(key);
  }
}

/** Filled for one tile after the other: one of its own, 160 kB, would stay until the next garbage collection. */
let image: ImageData | undefined;

/** One pixel a value: time to the right, the lowest band at the bottom. */
function picture(bands: Uint8Array, frames: number, colours: Uint32Array): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = frames;
  canvas.height = SPECTRUM_BANDS;
  if (image?.width !== frames) image = new ImageData(frames, SPECTRUM_BANDS);
  const pixels = new Uint32Array(image.data.buffer);
  for (let frame = 0; frame < frames; frame++)
    for (let band = 0; band < SPECTRUM_BANDS; band++)
      pixels[(SPECTRUM_BANDS - 1 - band) * frames + frame] =
        colours[bands[frame * SPECTRUM_BANDS + band] ?? 0] ?? 0;
  canvas.getContext('2d')?.putImageData(image, 0, 0);
  return canvas;
}
