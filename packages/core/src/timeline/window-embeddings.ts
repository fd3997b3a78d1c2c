import type { Piece, PieceSums, StretchEmbedder } from '../stretches.js';
import type { Embedding } from '../types.js';
import type { FrameHistory } from './frame-history.js';
import { type WindowPlan, windowCount } from './windows.js';

/** Windows or stretches per inference. More cost memory (16: 85 MB more) and gain no time (bench/engine.ts). */
const BATCH = 4;

/** What windows are embedded from: the frames of a run, without a gap. */
export interface RunFrames {
  readonly plan: WindowPlan;
  readonly logMel: FrameHistory;
  /** Share of frames [start, end) that are not silent. */
  activeShare(startFrame: number, endFrame: number): number;
}

/** What computes embeddings of frames; `Embedder` of `model/embedder.ts` has it. */
export interface FrameEmbedder {
  /** Embeddings of stretches of log-mel frames, all equally long, one after the other in `values`. */
  embedFrames(values: Float32Array, windowCount: number): Promise<readonly Embedding[]>;
  readonly stretches?: StretchEmbedder | undefined;
}

/** Embeds the windows of a run, in order. */
export interface WindowEmbeddings {
  /** Frames that are best computed together. */
  readonly batchFrames: number;
  /** Windows that are embedded together. */
  readonly batchWindows: number;
  /** How many windows can be embedded, of those from the run's beginning on, when so many frames have come. */
  due(frames: number): number;
  /** The first frame that windows from this start on still need. */
  neededFrom(startFrame: number): number;
  /** One embedding for each start; windows that are silent throughout are not worth an inference, and have none. */
  embed(starts: readonly number[]): Promise<(Embedding | undefined)[]>;
}

/** Each window by itself, as an utterance is: as soon as its own frames are there. */
export class EachWindow implements WindowEmbeddings {
  readonly #embedder: FrameEmbedder;
  readonly #run: RunFrames;
  readonly batchFrames: number;
  readonly batchWindows = BATCH;

  constructor(embedder: FrameEmbedder, run: RunFrames) {
    this.#embedder = embedder;
    this.#run = run;
    this.batchFrames = BATCH * run.plan.hopFrames;
  }

  due(frames: number): number {
    return windowCount(this.#run.plan, frames);
  }

  neededFrom(startFrame: number): number {
    return startFrame;
  }

  async embed(starts: readonly number[]): Promise<(Embedding | undefined)[]> {
    const { plan, activeShare } = this.#run;
    const heard = starts.filter((start) => activeShare(start, start + plan.windowFrames) > 0);
    if (heard.length === 0) return starts.map(() => undefined);
    const embeddings = await this.#embedder.embedFrames(framesOf(this.#run, heard), heard.length);
    const byStart = new Map(heard.map((start, i) => [start, embeddings[i]]));
    return starts.map((start) => byStart.get(start));
  }
}

/**
 * Windows from a trunk that is computed once: over stretches as long as a window, end to end from the run's beginning. A
 * window between two of them waits for the second.
 */
export class SharedTrunk implements WindowEmbeddings {
  readonly #each: EachWindow;
  readonly #stretches: StretchEmbedder;
  readonly #run: RunFrames;
  readonly batchFrames: number;
  readonly batchWindows: number;
  /** By number, of those that windows to come may lie in: whether anything is heard in them, and what was summed. */
  readonly #heard = new Map<number, boolean>();
  readonly #sums = new Map<number, StretchSums>();

  constructor(embedder: FrameEmbedder, stretches: StretchEmbedder, run: RunFrames) {
    const { windowFrames, hopFrames } = run.plan;
    this.#each = new EachWindow(embedder, run);
    this.#stretches = stretches;
    this.#run = run;
    this.batchFrames = 2 * windowFrames;
    this.batchWindows = Math.max(1, Math.floor((BATCH * windowFrames) / hopFrames));
  }

  due(frames: number): number {
    const { windowFrames, hopFrames } = this.#run.plan;
    const stretches = Math.floor(frames / windowFrames);
    return stretches === 0 ? 0 : Math.floor(((stretches - 1) * windowFrames) / hopFrames) + 1;
  }

  neededFrom(startFrame: number): number {
    return startFrame - (startFrame % this.#run.plan.windowFrames);
  }

  async embed(starts: readonly number[]): Promise<(Embedding | undefined)[]> {
    const { plan, activeShare } = this.#run;
    const windows = starts.map((start) => this.#windowAt(start));
    for (const { stretches } of windows) for (const stretch of stretches) this.#isHeard(stretch);
    const heard = windows.filter(({ start }) => activeShare(start, start + plan.windowFrames) > 0);
    // What is silent throughout says nothing beside sound, and would be raised to its level.
    const isShared = ({ stretches }: PlacedWindow): boolean =>
      stretches.every((stretch) => this.#isHeard(stretch));
    const shared = heard.filter(isShared);
    const alone = heard.filter((window) => !isShared(window)).map(({ start }) => start);
    await this.#sumAll(shared);
    const pooled =
      shared.length === 0 ? [] : await this.#stretches.pool(shared.map((window) => this.#piecesOf(window)));
    const others = await this.#each.embed(alone);
    this.#forgetBefore(windows.at(-1)?.stretches[0] ?? 0);
    const byStart = new Map([
      ...shared.map(({ start }, i) => [start, pooled[i]] as const),
      ...alone.map((start, i) => [start, others[i]] as const),
    ]);
    return starts.map((start) => byStart.get(start));
  }

  #windowAt(start: number): PlacedWindow {
    const { windowFrames } = this.#run.plan;
    const stretch = Math.floor(start / windowFrames);
    const cut = start - stretch * windowFrames;
    return { start, cut, stretches: cut === 0 ? [stretch] : [stretch, stretch + 1] };
  }

  /** Asked for while none of the stretch's frames is forgotten. */
  #isHeard(stretch: number): boolean {
    let isHeard = this.#heard.get(stretch);
    if (isHeard === undefined) {
      const { windowFrames } = this.#run.plan;
      isHeard = this.#run.activeShare(stretch * windowFrames, (stretch + 1) * windowFrames) > 0;
      this.#heard.set(stretch, isHeard);
    }
    return isHeard;
  }

  /** Sums the stretches of these windows that are not summed yet. */
  async #sumAll(windows: readonly PlacedWindow[]): Promise<void> {
    const { windowFrames } = this.#run.plan;
    const missing = [...new Set(windows.flatMap(({ stretches }) => stretches))].filter(
      (stretch) => !this.#sums.has(stretch),
    );
    for (let first = 0; first < missing.length; first += BATCH) {
      const batch = missing.slice(first, first + BATCH);
      const pieces = batch.map((stretch) => this.#piecesIn(stretch));
      const frames = framesOf(
        this.#run,
        batch.map((stretch) => stretch * windowFrames),
      );
      const sums = await this.#stretches.sum(frames, pieces);
      for (const [i, stretch] of batch.entries()) {
        this.#sums.set(stretch, { pieces: pieces[i] ?? [], sums: sums[i] ?? [] });
      }
    }
  }

  /** Of a stretch, what windows consist of: from where one begins to the end, and from the start to where one ends. */
  #piecesIn(stretch: number): Piece[] {
    const { windowFrames, hopFrames } = this.#run.plan;
    const first = stretch * windowFrames;
    const pieces: Piece[] = [];
    for (let cut = (hopFrames - (first % hopFrames)) % hopFrames; cut < windowFrames; cut += hopFrames) {
      pieces.push([cut, windowFrames]);
    }
    const cutsBefore = (hopFrames - ((first - windowFrames) % hopFrames)) % hopFrames;
    for (let cut = cutsBefore; stretch > 0 && cut < windowFrames; cut += hopFrames) {
      if (cut > 0) pieces.push([0, cut]);
    }
    return pieces;
  }

  #piecesOf({ cut, stretches: [first, second] }: PlacedWindow): PieceSums[] {
    const { windowFrames } = this.#run.plan;
    const pieces = [this.#sumsOver(first, cut, windowFrames)];
    if (second !== undefined) pieces.push(this.#sumsOver(second, 0, cut));
    return pieces;
  }

  #sumsOver(stretch: number, startFrame: number, endFrame: number): PieceSums {
    const { pieces, sums } = this.#sums.get(stretch) ?? { pieces: [], sums: [] };
    const found = sums[pieces.findIndex(([start, end]) => start === startFrame && end === endFrame)];
    if (found === undefined)
      throw new RangeError(`no sums of stretch ${stretch}, ${startFrame} to ${endFrame}`);
    return found;
  }

  #forgetBefore(stretch: number): void {
    for (const map of [this.#heard, this.#sums]) {
      for (const number of map.keys()) if (number < stretch) map.delete(number);
    }
  }
}

interface StretchSums {
  readonly pieces: readonly Piece[];
  readonly sums: readonly PieceSums[];
}

/** A window, the stretches that it lies in, and the frame of the first of them at which it begins. */
interface PlacedWindow {
  readonly start: number;
  readonly cut: number;
  readonly stretches: readonly [number] | readonly [number, number];
}

/** The log-mel frames of stretches of a window's length, one after the other. */
function framesOf({ plan: { windowFrames }, logMel }: RunFrames, starts: readonly number[]): Float32Array {
  const size = windowFrames * logMel.rowLength;
  const values = new Float32Array(starts.length * size);
  for (const [i, start] of starts.entries()) values.set(logMel.slice(start, start + windowFrames), i * size);
  return values;
}
