import type { ErrorCode } from '../errors.js';
import { containerName } from './container-name.js';

/** Reads an `ffmpeg` program's log, line by line: its input and how decoding went. */
export class FfmpegLog {
  /** FFmpeg's own names of the format, with commas. */
  format = '';
  container = '';
  codec = '';
  durationSeconds: number | undefined;
  /** When the first of its streams begins, by the file's clock. */
  startSeconds: number | undefined;
  /** True when FFmpeg computed the duration from the bit rate. */
  durationIsGuess = false;
  inputStreams = 0;
  badPackets = 0;
  brokenOff = false;
  lastError = '';
  /** Resolves once the log has described the input and the chosen stream. */
  readonly mapped: Promise<void>;
  #resolveMapped = (): void => {};
  #refusal: ErrorCode | undefined;
  #isMapping = false;

  constructor() {
    this.mapped = new Promise((resolve) => {
      this.#resolveMapped = resolve;
    });
  }

  read(line: string): void {
    if (this.#isMapping) this.#readProgress(line);
    else this.#readInput(line);
  }

  /** Why there was no audio, after the program ended without any. */
  refusalCode(): ErrorCode {
    return this.#refusal ?? 'DECODER_FAILED';
  }

  #readInput(line: string): void {
    const input = /^Input #0, (\S+), from /.exec(line);
    if (input) {
      this.format = input[1] ?? '';
      this.container = containerName(this.format);
    }
    const duration = /^ {2}Duration: (\d+):(\d+):(\d+\.\d+)/.exec(line);
    if (duration) {
      this.durationSeconds = Number(duration[1]) * 3600 + Number(duration[2]) * 60 + Number(duration[3]);
    }
    const start = /^ {2}Duration: .*, start: (-?\d+\.\d+)/.exec(line);
    if (start) this.startSeconds = Number(start[1]);
    if (/Estimating duration from bitrate/.test(line)) this.durationIsGuess = true;
    if (/^ {2}Stream #0:\d+/.test(line)) {
      this.inputStreams++;
      this.codec ||= /: Audio: (\w+)/.exec(line)?.[1] ?? '';
    }
    if (/^Stream mapping:/.test(line)) this.#isMapping = true;
    this.#readRefusal(line);
  }

  #readProgress(line: string): void {
    const mapping = /^ {2}Stream #0:\d+ -> #0:0 \((\w+)/.exec(line);
    if (mapping) {
      this.codec = mapping[1] ?? this.codec;
      this.#resolveMapped();
    }
    if (/Error (while decoding stream|submitting packet)/.test(line)) this.badPackets++;
    if (/Error during demuxing|partial file|File ended prematurely|Truncated/.test(line))
      this.brokenOff = true;
    this.#readRefusal(line);
  }

  #readRefusal(line: string): void {
    const code = REFUSALS.find(([pattern]) => pattern.test(line))?.[1];
    if (code === undefined) return;
    this.#refusal ??= code;
    this.lastError = line.replace(/^(\[[^\]]*\] )+/, '').trim();
  }
}

const REFUSALS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/does not contain any stream|matches no streams/, 'NO_AUDIO_STREAM'],
  [/no decoder found|Decoder .*not found|Decoding requested, but no decoder/i, 'UNSUPPORTED_CODEC'],
  [/^(\[in#0.*\] Error opening input|file:.*): /, 'NOT_AUDIO'],
  [
    /Could not find codec parameters|Invalid (sample rate|channel)|unspecified (sample rate|number of channels)/,
    'CORRUPT_AUDIO',
  ],
];
