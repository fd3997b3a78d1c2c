import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import { refusal } from './refusals.js';
import { type DecoderExports, instantiateDecoder, loadDecoderModule, locateDecoder } from './wasm-module.js';

/** Samples that come out at once, but for the last of a run: one second. */
const BLOCK_SAMPLES = SAMPLE_RATE_HZ;
/** `enum MonoStatus` of decoder/mono.h. */
const NO_MEMORY = -6;
const NO_SUCH_CHANNEL = -8;

export interface MonoConverterOptions {
  /** What messages call the audio. */
  readonly name: string;
  /** From 0; `MIX` for the average. */
  readonly channelIndex: number;
}

/**
 * Mixes channels down and resamples them to 16 kHz by torchaudio's kernel, in the decoder's WebAssembly
 * (`decoder/mono.c`). SpeechBrain resamples each channel first and averages then; both are linear with one kernel, so
 * the results differ in rounding alone (about 1e-7), and one resampler suffices.
 *
 * Every method throws EcapaError NO_SUCH_CHANNEL or DECODER_FAILED when it cannot continue.
 */
export class MonoConverter {
  readonly #decoder: () => DecoderExports;
  readonly #name: string;
  readonly #channelIndex: number;

  /** @param decoder the instance to work in; throws when it is gone */
  constructor(decoder: () => DecoderExports, { name, channelIndex }: MonoConverterOptions) {
    this.#decoder = decoder;
    this.#name = name;
    this.#channelIndex = channelIndex;
  }

  /** Seconds so far in which the louder channel was taken because the channels cancelled each other out. */
  get oppositePhaseSeconds(): number {
    return this.#decoder().decoder_mono_opposite_seconds();
  }

  /** Takes the block that the instance has just decoded. */
  pushDecoded(): void {
    this.#run((decoder) => decoder.decoder_mono_push(this.#channelIndex));
  }

  /** Takes audio of any rate (whole hertz) and any length; all channels must have one length. */
  push(channels: readonly Float32Array[], sampleRate: number): void {
    const length = channels[0]?.length ?? 0;
    if (channels.some((channel) => channel.length !== length)) {
      throw new RangeError('channels must all have one length');
    }
    this.#write(channels.length, length, sampleRate, (planes) => {
      for (const [i, channel] of channels.entries()) planes.set(channel, i * length);
    });
  }

  /** The same for samples that take turns; a last frame that is not whole is left out. */
  pushInterleaved(samples: Float32Array, channelCount: number, sampleRate: number): void {
    const length = Math.floor(samples.length / channelCount);
    this.#write(channelCount, length, sampleRate, (planes) => {
      for (let channel = 0; channel < channelCount; channel++) {
        const plane = planes.subarray(channel * length, (channel + 1) * length);
        for (let i = 0; i < length; i++) plane[i] = samples[i * channelCount + channel] as number;
      }
    });
  }

  /** Ends a run of audio: its last samples come out as if zeros followed. What is pushed next begins another. */
  endRun(): void {
    this.#run((decoder) => decoder.decoder_mono_end_run());
  }

  /** The next second of output; undefined until there is one. */
  takeBlock(): Float32Array | undefined {
    return this.#decoder().decoder_mono_output_length() < BLOCK_SAMPLES
      ? undefined
      : this.#take(BLOCK_SAMPLES);
  }

  /** What has come out beyond whole seconds; undefined when there is nothing. */
  takeRest(): Float32Array | undefined {
    const length = this.#decoder().decoder_mono_output_length();
    return length === 0 ? undefined : this.#take(Math.min(length, BLOCK_SAMPLES));
  }

  #take(length: number): Float32Array {
    const decoder = this.#decoder();
    const samples = new Float32Array(decoder.memory.buffer, decoder.decoder_mono_output(), length).slice();
    decoder.decoder_mono_take(length);
    return samples;
  }

  #write(
    channelCount: number,
    length: number,
    sampleRate: number,
    fill: (planes: Float32Array) => void,
  ): void {
    if (!Number.isInteger(sampleRate) || sampleRate < 1000 || sampleRate > 768_000) {
      throw new RangeError(
        `sampleRate must be a whole number of hertz from 1000 to 768000, not ${sampleRate}`,
      );
    }
    if (!(channelCount >= 1 && channelCount <= 64)) {
      throw new RangeError(`channels must be 1 to 64, not ${channelCount}`);
    }
    if (length === 0) return;
    this.#run((decoder) => {
      const pointer = decoder.decoder_mono_input(channelCount, length, sampleRate);
      if (pointer === 0) return NO_MEMORY;
      fill(new Float32Array(decoder.memory.buffer, pointer, channelCount * length));
      return decoder.decoder_mono_push(this.#channelIndex);
    });
  }

  #run(work: (decoder: DecoderExports) => number): void {
    const decoder = this.#decoder();
    let status: number;
    try {
      status = work(decoder);
    } catch (cause) {
      throw refusal('DECODER_FAILED', this.#name, { cause });
    }
    if (status === 0) return;
    if (status !== NO_SUCH_CHANNEL) throw refusal('DECODER_FAILED', this.#name, { reason: 'out of memory' });
    throw refusal('NO_SUCH_CHANNEL', this.#name, {
      channels: decoder.decoder_block_channels(),
      reason: String(this.#channelIndex + 1),
    });
  }
}

/**
 * A converter for audio that was decoded elsewhere, with an instance of its own.
 *
 * @throws EcapaError DECODER_MISSING, DECODER_FAILED
 */
export async function openMonoConverter(
  options: MonoConverterOptions & { readonly decoderPath?: string | undefined },
): Promise<MonoConverter> {
  const module = await loadDecoderModule(locateDecoder(options.decoderPath));
  const decoder = instantiateDecoder(module, { sizeBytes: 0, readAt: () => 0 });
  return new MonoConverter(() => decoder, options);
}
