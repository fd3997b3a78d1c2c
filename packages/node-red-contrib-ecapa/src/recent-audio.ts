import { type PcmSamples, wavHeader } from '@ecapa/core';

interface Block {
  readonly startSeconds: number;
  readonly samples: PcmSamples;
}

/** The latest audio of a stream, from which events are cut. */
export class RecentAudio {
  readonly #sampleRateHz: number;
  readonly #channels: number;
  readonly #blocks: Block[] = [];

  constructor(sampleRateHz: number, channels: number) {
    this.#sampleRateHz = sampleRateHz;
    this.#channels = channels;
  }

  /** Seconds that are kept. */
  get seconds(): number {
    const values = this.#blocks.reduce((sum, { samples }) => sum + samples.length, 0);
    return values / this.#channels / this.#sampleRateHz;
  }

  /** The next samples, interleaved. They are kept as they are. */
  push(samples: PcmSamples, startSeconds: number): void {
    if (samples.length > 0) this.#blocks.push({ samples, startSeconds });
  }

  /** Lets go of what lies before `seconds`. */
  forgetBefore(seconds: number): void {
    const keep = this.#blocks.findIndex((block) => this.#endOf(block) > seconds);
    this.#blocks.splice(0, keep < 0 ? this.#blocks.length : keep);
  }

  /** What there is from `fromSeconds` to `untilSeconds` as a WAV file: 16-bit integers, or floats where those came in. */
  wav(fromSeconds: number, untilSeconds: number): Buffer {
    const parts = this.#blocks.flatMap((block) => {
      const frames = block.samples.length / this.#channels;
      const from = this.#frameAt(block, fromSeconds);
      const until = this.#frameAt(block, untilSeconds);
      if (until <= 0 || from >= frames || until <= from) return [];
      return [block.samples.subarray(Math.max(0, from) * this.#channels, until * this.#channels)];
    });
    const isFloat = parts[0] instanceof Float32Array;
    const values = parts.reduce((sum, part) => sum + part.length, 0);
    const header = wavHeader(
      { sampleRate: this.#sampleRateHz, channels: this.#channels, format: isFloat ? 'float32' : 'pcm16' },
      values / this.#channels,
    );
    const bytes = parts.map((part) => Buffer.from(part.buffer, part.byteOffset, part.byteLength));
    return Buffer.concat([header, ...bytes]);
  }

  #frameAt({ startSeconds }: Block, seconds: number): number {
    return Math.round((seconds - startSeconds) * this.#sampleRateHz);
  }

  #endOf({ startSeconds, samples }: Block): number {
    return startSeconds + samples.length / this.#channels / this.#sampleRateHz;
  }
}
