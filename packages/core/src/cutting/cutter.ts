import { join } from 'node:path';
import type { AudioBlock, AudioInfo } from '../audio/audio-source.js';
import { type SampleFormat, WavWriter } from '../audio/wav-writer.js';
import { EcapaError } from '../errors.js';
import type { AudioGap, AudioSpan } from './audio-spans.js';

/**
 * `cut`: each stretch of the label becomes a file. `keep`: they are joined in one file. `mask`: one file
 * as long as the timeline, in which everything else, gaps included, is digital silence.
 */
export type CutMode = 'cut' | 'keep' | 'mask';

/** What to cut out of a recording, and where to write it. */
export interface CutOptions {
  readonly mode: CutMode;
  readonly label: string;
  /** `cut`: an existing folder. `keep`, `mask`: the file to write. */
  readonly output: string;
  /** `cut`: how file names begin. */
  readonly baseName: string;
  /** Default: what holds the decoded samples exactly (`losslessFormat`). */
  readonly format?: SampleFormat | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A file that was written. */
export interface CutFile {
  readonly path: string;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Samples per channel. */
  readonly frames: number;
}

/** A cut that decoded audio is pushed into, block by block. */
export interface Cutting<Result> {
  /** True when nothing of what may follow is wanted. */
  readonly isDone: boolean;
  push(block: AudioBlock): Promise<void>;
  finish(): Promise<Result>;
  /** Leaves no unfinished file behind. Does nothing after `finish`. */
  abort(): Promise<void>;
}

/**
 * A format that holds what a decoder makes of a codec without loss: 16 bits where the codec has no more, 24
 * for lossless codecs that may (the codec's name does not show how many a FLAC file has), floats for lossy codecs, whose output has no grid.
 */
export function losslessFormat(codec: string): SampleFormat {
  if (/^(pcm_([su]8|s16|mulaw|alaw)|adpcm)/.test(codec)) return 'pcm16';
  if (/^(pcm_s24|flac|alac)/.test(codec)) return 'pcm24';
  return 'float32';
}

/** Writes what lies in spans of the audio that is pushed into it. */
export class Cutter implements Cutting<CutFile[]> {
  readonly #spans: readonly AudioSpan[];
  /** Still to be filled with silence, in order. */
  readonly #gaps: AudioGap[];
  readonly #options: CutOptions;
  readonly #info: AudioInfo;
  readonly #files: CutFile[] = [];
  #shape: { readonly sampleRate: number; readonly channels: number } | undefined;
  #writer: WavWriter | undefined;
  #index = 0;
  /** Samples per channel that have passed. */
  #position = 0;
  /** Where the audio begins on its file's clock: as much as there is less of it before any moment. */
  #startSeconds = 0;

  constructor(spans: readonly AudioSpan[], gaps: AudioGap[], options: CutOptions, info: AudioInfo) {
    this.#spans = spans;
    this.#gaps = gaps;
    this.#options = options;
    this.#info = info;
  }

  /** True when nothing of what may follow is wanted. */
  get isDone(): boolean {
    // A mask continues to the end of the recording, unless there is nothing to keep.
    return this.#index >= this.#spans.length && (this.#options.mode !== 'mask' || this.#spans.length === 0);
  }

  async push({ channels, sampleRate, startSeconds = 0 }: AudioBlock): Promise<void> {
    if (this.#shape === undefined) this.#startSeconds = startSeconds;
    this.#shape ??= { sampleRate, channels: channels.length };
    if (this.#shape.sampleRate !== sampleRate || this.#shape.channels !== channels.length) {
      throw new EcapaError(
        'UNSUPPORTED_LAYOUT',
        `${this.#info.name}: its sample rate or number of channels changes at ${(this.#position / this.#shape.sampleRate).toFixed(2)} s, ` +
          'which one WAV file cannot hold. Convert the recording to one rate first.',
        { file: this.#info.name },
      );
    }
    if (this.#position === 0 && startSeconds > 0 && this.#options.mode === 'mask') {
      await (await this.#open()).write(undefined, 0, this.#frameOf(startSeconds));
    }
    const length = channels[0]?.length ?? 0;
    let at = 0;
    while (at < length) {
      const span = this.#spans[this.#index];
      const start =
        span === undefined
          ? Number.POSITIVE_INFINITY
          : this.#frameOf(span.audioStartSeconds - this.#startSeconds);
      const end =
        span === undefined
          ? Number.POSITIVE_INFINITY
          : this.#frameOf(span.audioEndSeconds - this.#startSeconds);
      const here = this.#position + at;
      await this.#fillGaps(here);
      const isInside = here >= start;
      const to = Math.min(length, Math.min(isInside ? end : start, this.#nextGapFrame()) - this.#position);
      if (isInside) await (await this.#open()).write(channels, at, to);
      else if (this.#options.mode === 'mask') await (await this.#open()).write(undefined, at, to);
      at = Math.max(at, to);
      if (this.#position + at >= end) await this.#endSpan();
    }
    this.#position += length;
  }

  async finish(): Promise<CutFile[]> {
    if (this.#index < this.#spans.length) await this.#endSpan();
    await this.#fillGaps(Number.POSITIVE_INFINITY);
    await this.#closeFile();
    return this.#files;
  }

  async abort(): Promise<void> {
    await this.#writer?.abort();
    this.#writer = undefined;
  }

  /** Writes silence for the gaps that lie at or before a sample of the decoded audio. */
  async #fillGaps(here: number): Promise<void> {
    while (this.#nextGapFrame() <= here) {
      const gap = this.#gaps.shift();
      if (gap === undefined) return;
      await (await this.#open()).write(undefined, 0, this.#frameOf(gap.lengthSeconds));
    }
  }

  #nextGapFrame(): number {
    return this.#frameOf((this.#gaps[0]?.audioSeconds ?? Number.POSITIVE_INFINITY) - this.#startSeconds);
  }

  async #endSpan(): Promise<void> {
    if (this.#options.mode === 'cut') await this.#closeFile();
    this.#index++;
  }

  async #open(): Promise<WavWriter> {
    const { mode, output, baseName, label } = this.#options;
    const format = this.#options.format ?? losslessFormat(this.#info.codec);
    const shape = this.#shape ?? { sampleRate: this.#info.sampleRate, channels: this.#info.channels };
    if (this.#writer === undefined) {
      const span = this.#spans[this.#index];
      const path =
        mode === 'cut' && span !== undefined ? join(output, partName(baseName, label, span)) : output;
      this.#writer = await WavWriter.create(path, { ...shape, format });
    }
    return this.#writer;
  }

  async #closeFile(): Promise<void> {
    const writer = this.#writer;
    if (writer === undefined) return;
    this.#writer = undefined;
    await writer.finish();
    const first = this.#options.mode === 'cut' ? this.#spans[this.#index] : this.#spans[0];
    const last = this.#options.mode === 'cut' ? first : this.#spans.at(-1);
    this.#files.push({
      path: writer.path,
      startSeconds: first?.startSeconds ?? 0,
      endSeconds: last?.endSeconds ?? 0,
      frames: writer.frameCount,
    });
  }

  #frameOf(seconds: number): number {
    return Math.round(seconds * (this.#shape?.sampleRate ?? this.#info.sampleRate));
  }
}

/** `talk.speech.0012.340-0015.980.wav`: sorts by time, and shows where the part was. */
function partName(baseName: string, label: string, { startSeconds, endSeconds }: AudioSpan): string {
  const time = (seconds: number): string => seconds.toFixed(3).padStart(9, '0');
  return `${baseName}.${labelForFileName(label)}.${time(startSeconds)}-${time(endSeconds)}.wav`;
}

/** A label as file names hold it: without path separators, blanks and other characters that a system refuses. */
export function labelForFileName(label: string): string {
  return label.replace(/[^\p{L}\p{N}_-]+/gu, '_');
}
