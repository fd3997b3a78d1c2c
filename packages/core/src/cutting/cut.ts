import { join } from 'node:path';
import type { AudioBlock, AudioInfo } from '../audio/audio-source.js';
import { spanChains } from '../audio/span-chains.js';
import { type SampleFormat, WavWriter } from '../audio/wav-writer.js';
import { EcapaError } from '../errors.js';
import { throwIfCancelled } from '../timeline/block-reader.js';
import type { TimelineSegment } from '../timeline/segments.js';
import type { Span } from '../types.js';
import { GAP_LABEL } from '../types.js';

/** A stretch of decoded audio, gaps not counted since they hold none. */
export interface AudioSpan {
  /** Where it lies on the timeline. */
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Where it lies in the decoded audio; `Infinity` for its end. */
  readonly audioStartSeconds: number;
  readonly audioEndSeconds: number;
}

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

/** Time that the timeline has and the decoded audio has not. */
interface AudioGap {
  /** Where it belongs in the decoded audio. */
  readonly audioSeconds: number;
  readonly lengthSeconds: number;
}

/** A file that was written. */
export interface CutFile {
  readonly path: string;
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Samples per channel. */
  readonly frames: number;
}

/** What a cut needs of a decoding at the recording's own rate and channels; `decodeBlocks` gives it. */
export interface NativeAudio {
  readonly info: AudioInfo;
  readonly blocks: AsyncIterable<AudioBlock>;
}

/** The stretches of a label; neighbours become one. */
export function spansOf(segments: readonly TimelineSegment[], label: string): AudioSpan[] {
  const spans: AudioSpan[] = [];
  let missing = 0;
  for (const [index, segment] of segments.entries()) {
    const { startSeconds, endSeconds } = segment;
    if (segment.label === GAP_LABEL) missing += endSeconds - startSeconds;
    if (segment.label !== label || label === GAP_LABEL) continue;
    // Rounding must not leave the last sample behind.
    const audioEndSeconds = index === segments.length - 1 ? Number.POSITIVE_INFINITY : endSeconds - missing;
    const last = spans.at(-1);
    if (last !== undefined && last.endSeconds === startSeconds) {
      spans[spans.length - 1] = { ...last, endSeconds, audioEndSeconds };
    } else
      spans.push({ startSeconds, endSeconds, audioStartSeconds: startSeconds - missing, audioEndSeconds });
  }
  return spans;
}

function gapsOf(segments: readonly TimelineSegment[]): AudioGap[] {
  const gaps: AudioGap[] = [];
  let missing = 0;
  for (const { label, startSeconds, endSeconds } of segments) {
    if (label !== GAP_LABEL) continue;
    gaps.push({ audioSeconds: startSeconds - missing, lengthSeconds: endSeconds - startSeconds });
    missing += endSeconds - startSeconds;
  }
  return gaps;
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

/**
 * Writes the parts of a recording that a label covers as WAV files, to the sample, at the recording's own
 * rate and with its channels. Each file appears only when it is complete; memory is constant.
 *
 * @returns the files, in order; none when the label does not occur
 * @throws EcapaError DISK_FULL, PERMISSION_DENIED, IS_DIRECTORY, WRITE_FAILED, UNSUPPORTED_LAYOUT (rate or
 *   channels change within the recording), CANCELLED, and what decoding throws
 */
export async function cutRecording(
  audio: NativeAudio,
  segments: readonly TimelineSegment[],
  options: CutOptions,
): Promise<CutFile[]> {
  const cutting = cutLabel(segments, audio.info, options);
  if (cutting.isDone) return [];
  try {
    for await (const block of audio.blocks) {
      throwIfCancelled(options.signal);
      await cutting.push(block);
      if (cutting.isDone) break;
    }
    return await cutting.finish();
  } catch (error) {
    await cutting.abort();
    throw error;
  }
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

/** Cuts out what a label covers, as `cutRecording` does. */
export function cutLabel(
  segments: readonly TimelineSegment[],
  info: AudioInfo,
  options: CutOptions,
): Cutting<CutFile[]> {
  const spans = spansOf(segments, options.label);
  // Only a mask has to be as long as the timeline; what is cut or kept holds decoded audio alone.
  const gaps = options.mode === 'mask' && spans.length > 0 ? gapsOf(segments) : [];
  return new Cutter(spans, gaps, options, info);
}

/**
 * Cuts each span into a WAV file of its own, at the recording's rate and with its channels; spans may lie over one
 * another. The files come in the order of the spans, `undefined` for a span that begins beyond the recording's end.
 */
export function cutSpans(
  spans: readonly Span[],
  info: AudioInfo,
  { folder, baseName }: { readonly folder: string; readonly baseName: string },
): Cutting<(CutFile | undefined)[]> {
  const chains = spanChains(spans).map((chain, index) => {
    const parts = chain.map(({ startSeconds, endSeconds }) => ({
      startSeconds,
      endSeconds,
      audioStartSeconds: startSeconds,
      audioEndSeconds: endSeconds,
    }));
    const options = { mode: 'cut', label: 'clip', output: folder, baseName: `${baseName}.${index}` } as const;
    return { chain, cutter: new Cutter(parts, [], options, info) };
  });
  return {
    get isDone() {
      return chains.every(({ cutter }) => cutter.isDone);
    },
    async push(block) {
      for (const { cutter } of chains) if (!cutter.isDone) await cutter.push(block);
    },
    async finish() {
      const files = new Map<Span, CutFile>();
      for (const { chain, cutter } of chains) {
        for (const file of await cutter.finish()) {
          const span = chain.find(({ startSeconds }) => startSeconds === file.startSeconds);
          if (span !== undefined) files.set(span, file);
        }
      }
      return spans.map((span) => files.get(span));
    },
    async abort() {
      for (const { cutter } of chains) await cutter.abort();
    },
  };
}

class Cutter implements Cutting<CutFile[]> {
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
