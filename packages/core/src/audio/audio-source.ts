import { ANY, FLAG, numberFrom, type OptionCheck, SIGNAL, TEXT } from '../check-options.js';
import type { MonoConverter } from './mono-converter.js';

/**
 * Which of a recording's channels is heard: the average of all (`mix`), or one alone. They count from 1, `left` and
 * `right` are the first two. Where the average loses what the channels hold because they are in opposite phase, `mix`
 * takes the louder one.
 */
export type ChannelChoice = 'mix' | 'left' | 'right' | number;

/** Which audio track of a file with several: its number from 1, or its language (`de`, `deu`, `ger`). */
export type TrackChoice = number | string;

/** One of a file's audio tracks. */
export interface AudioTrack {
  /** From 1, in the file's order. */
  readonly number: number;
  /** As the file names it, mostly ISO 639-2 (`ger`). */
  readonly language?: string;
  readonly title?: string;
  /** FFmpeg's name of the codec. */
  readonly codec: string;
  /** Hertz. */
  readonly sampleRate: number;
  readonly channels: number;
}

/** A file's audio as its headers describe it. */
export interface AudioInfo {
  /** The input as the user named it. */
  readonly name: string;
  /** Short name, e.g. `wav`, `mp4`, `ogg`, `matroska`. */
  readonly container: string;
  /** FFmpeg's codec name, e.g. `mp3`, `aac`, `pcm_s16le`. */
  readonly codec: string;
  /** Hertz, before resampling. */
  readonly sampleRate: number;
  readonly channels: number;
  /** Absent when the headers promise no length (live recordings, bare MP3 or AAC frames). */
  readonly declaredDurationSeconds?: number;
  /** All audio tracks; only the built-in decoder lists them. */
  readonly tracks?: readonly AudioTrack[];
  /** Number of the track that is decoded. */
  readonly track?: number;
}

/** A stretch of decoded audio. All channels have the same length; full scale is 1. */
export interface AudioBlock {
  readonly channels: readonly Float32Array[];
  /** Hertz; may change within a file, as the number of channels may. */
  readonly sampleRate: number;
  /** Audio that is missing just before this block because the file is damaged there: about so much. */
  readonly lostSeconds?: number;
  /** Of the first block: where it begins on the file's clock, when that is not 0. */
  readonly startSeconds?: number;
}

/** How a decoding went; known once its last block is out. */
export interface DecodeSummary {
  /** Seconds of audio that came out. */
  readonly durationSeconds: number;
  /** Packets that the decoder could make nothing of. Their audio is missing or silent. */
  readonly badPackets: number;
  /** True when audio that the file should have is missing. */
  readonly partial: boolean;
  /** Why, for people; present when `partial`. */
  readonly partialReason?: string;
  /** Seconds in which one channel was taken because the average had lost what the channels hold. */
  readonly oppositePhaseSeconds?: number;
}

/** What a decoder knows at its end, before anyone judges whether the audio is complete. */
export interface DecodeEnding {
  readonly badPackets: number;
  /** The input broke off where more had to follow. */
  readonly brokenOff: boolean;
  /** The file holds recordings one after the other: its duration is that of the first one's clock, and cannot be used. */
  readonly clockIsLost?: boolean;
}

/** A block where its decoder keeps it: valid until the decoder continues. */
export interface SourceBlock {
  readonly sampleRate: number;
  /** Samples per channel. */
  readonly length: number;
  /** Audio that is missing just before this block. */
  readonly lostSeconds: number;
  /** When it begins by the file's own clock; undefined where the file has none. */
  readonly startSeconds: number | undefined;
  /** Index of the first sample that is not a usable number; -1 if all are. */
  readonly unusableAt: number;
  silence(): void;
  /** Copies of its channels. */
  channels(): Float32Array[];
  /** Mixes it down and resamples it. */
  pushTo(converter: MonoConverter): void;
}

/**
 * A decoder at work on one input. Two implementations, one contract: `wasm-decoder.ts` and
 * `system-ffmpeg.ts`.
 */
export interface BlockSource {
  readonly info: AudioInfo;
  /** True when the duration in `info` is the audio stream's own, so that less audio means a cut file. */
  readonly durationIsExact: boolean;
  /** What its blocks can be pushed to; call it once. */
  converter(): Promise<MonoConverter>;
  /**
   * Decodes in turns of about 20 ms, and gives each block to `visit`, in order; call it once. Throws `EcapaError`
   * (DECODER_FAILED, READ_FAILED, CORRUPT_AUDIO, UNSUPPORTED_LAYOUT, CANCELLED), and what `visit` throws.
   */
  turns(visit: (block: SourceBlock) => void): AsyncGenerator<void, DecodeEnding, undefined>;
  /**
   * Frees everything; safe to call twice and at any time.
   *
   * @param hasEnded everything was decoded and nothing failed: what it holds may serve the next file
   */
  close(hasEnded?: boolean): Promise<void>;
}

/** How a recording is decoded: by which program, with which limits. */
export interface DecodeOptions {
  /** Stops the work with `CANCELLED` as soon as the turn at hand is done. */
  readonly signal?: AbortSignal | undefined;
  /** An `ffmpeg` program to decode with, instead of the decoder that comes along. */
  readonly ffmpegPath?: string | undefined;
  /** Where `ecapa-decoder.wasm` lies, for bundles that moved it. */
  readonly decoderPath?: string | undefined;
  /** What messages call the input when it is bytes or a stream. */
  readonly name?: string | undefined;
  /** Of a stream no more is copied into a temporary file. Default 2 GiB. */
  readonly copyLimitBytes?: number | undefined;
  /** Default `mix`. Means nothing to `decodeBlocks`, which returns all channels. */
  readonly channel?: ChannelChoice | undefined;
  /**
   * Put silence where audio is missing, or has not begun by the file's clock, so that samples lie where a timeline expects them.
   * Default: leave it out.
   */
  readonly gapsAsSilence?: boolean | undefined;
  /** Default: the one that FFmpeg thinks best, mostly the file's default track. */
  readonly track?: TrackChoice | undefined;
}

/** Tracks and channels are checked where they are chosen. */
export const DECODE_CHECKS = {
  signal: SIGNAL,
  ffmpegPath: TEXT,
  decoderPath: TEXT,
  name: TEXT,
  copyLimitBytes: numberFrom(0),
  channel: ANY,
  gapsAsSilence: FLAG,
  track: ANY,
} satisfies Record<keyof DecodeOptions, OptionCheck>;
