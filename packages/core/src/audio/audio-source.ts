/** What a file says of its audio, read from its headers. */
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
}

/** A stretch of decoded audio. All channels have the same length; full scale is 1. */
export interface AudioBlock {
  readonly channels: readonly Float32Array[];
  /** Hertz; may change within a file, as the number of channels may. */
  readonly sampleRate: number;
  /** Audio that is missing just before this block because the file is damaged there: about so much. */
  readonly lostSeconds?: number;
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
}

/** What a decoder knows at its end, before anyone judges whether the audio is complete. */
export interface DecodeEnding {
  readonly badPackets: number;
  /** The input broke off where more had to follow. */
  readonly brokenOff: boolean;
}

/**
 * A decoder at work on one input. Two implementations, one contract: `wasm-decoder.ts` and
 * `system-ffmpeg.ts`.
 */
export interface BlockSource {
  readonly info: AudioInfo;
  /** True when the duration in `info` is the audio stream's own, so that less audio means a cut file. */
  readonly durationIsExact: boolean;
  /**
   * All blocks in order; call it once. Throws `EcapaError` (DECODER_FAILED, READ_FAILED, CORRUPT_AUDIO,
   * UNSUPPORTED_LAYOUT, CANCELLED).
   */
  blocks(): AsyncGenerator<AudioBlock, DecodeEnding, undefined>;
  /** Frees everything; safe to call twice and at any time. */
  close(): Promise<void>;
}

export interface DecodeOptions {
  /** Stops the work with `CANCELLED` as soon as the block at hand is done. */
  readonly signal?: AbortSignal | undefined;
  /** An `ffmpeg` program to decode with, instead of the decoder that comes along. */
  readonly ffmpegPath?: string | undefined;
  /** Where `ecapa-decoder.wasm` lies, for bundles that moved it. */
  readonly decoderPath?: string | undefined;
  /** What messages call the input when it is bytes or a stream. */
  readonly name?: string | undefined;
}
