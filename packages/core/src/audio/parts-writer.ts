import { join } from 'node:path';
import type { AudioBlock } from './audio-source.js';
import { OVERLAP_SECONDS, partName, partStart } from './playback-parts.js';
import { WavWriter } from './wav-writer.js';

/** Writes a recording as WAV files of 16 bits that overlap; each appears when it is whole. */
export class PartsWriter {
  readonly #directory: string;
  readonly #sampleRate: number;
  readonly #open = new Map<number, WavWriter>();
  #finished = 0;
  #frames = 0;

  /** `directory` exists; it has the first `madeParts` parts, and other parts in it give way. */
  constructor(directory: string, sampleRate: number, madeParts = 0) {
    this.#directory = directory;
    this.#sampleRate = sampleRate;
    this.#finished = madeParts;
  }

  get durationSeconds(): number {
    return this.#frames / this.#sampleRate;
  }

  /** Parts that are whole. */
  get finishedParts(): number {
    return this.#finished;
  }

  /** Throws what `WavWriter` throws. */
  async push({ channels }: AudioBlock): Promise<void> {
    const from = this.#frames;
    const to = from + (channels[0]?.length ?? 0);
    for (let part = this.#finished; partStart(part) * this.#sampleRate < to; part++) {
      const start = partStart(part) * this.#sampleRate;
      const end = (partStart(part + 1) + OVERLAP_SECONDS) * this.#sampleRate;
      const writer = await this.#writer(part, channels.length);
      await writer.write(channels, Math.max(from, start) - from, Math.min(to, end) - from);
      if (to < end) continue;
      await writer.finish();
      this.#open.delete(part);
      this.#finished++;
    }
    this.#frames = to;
  }

  async finish(): Promise<void> {
    for (const writer of this.#open.values()) await writer.finish();
    this.#finished += this.#open.size;
    this.#open.clear();
  }

  /** Leaves nothing unfinished behind. Does nothing after `finish`. */
  async abort(): Promise<void> {
    for (const writer of this.#open.values()) await writer.abort();
    this.#open.clear();
  }

  async #writer(part: number, channels: number): Promise<WavWriter> {
    const known = this.#open.get(part);
    if (known !== undefined) return known;
    const path = join(this.#directory, partName(part));
    const writer = await WavWriter.create(path, {
      sampleRate: this.#sampleRate,
      channels,
      format: 'pcm16',
    });
    this.#open.set(part, writer);
    return writer;
  }
}
