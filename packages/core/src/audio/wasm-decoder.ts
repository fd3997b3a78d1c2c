import { setImmediate as nextTurn } from 'node:timers/promises';
import { EcapaError, type ErrorCode } from '../errors.js';
import type { ByteSource } from './audio-input.js';
import { inputError, throwIfCancelled } from './audio-input.js';
import type {
  AudioInfo,
  AudioTrack,
  BlockSource,
  DecodeEnding,
  DecodeOptions,
  SourceBlock,
  TrackChoice,
} from './audio-source.js';
import { channelIndex, isSameLanguage } from './channel-choice.js';
import { containerName } from './container-name.js';
import { type DecoderInput, decoderInput, hasTrailingTags } from './decoder-input.js';
import { type DecoderInstance, giveDecoderBack, takeDecoder } from './decoder-instances.js';
import { type BlockPlace, createLossMeter, showsItsStart } from './lost-audio.js';
import { MonoConverter } from './mono-converter.js';
import { type RefusalDetails, refusal } from './refusals.js';
import { type DecoderExports, loadDecoderModule, locateDecoder, stringAt } from './wasm-module.js';

/** `enum Status` of decoder/decoder.c. */
const END = 0;
const BLOCK = 1;
const OPENED = 3;
const FAILURES: Readonly<Record<number, ErrorCode>> = {
  [-1]: 'NOT_AUDIO',
  [-2]: 'NO_AUDIO_STREAM',
  [-3]: 'UNSUPPORTED_CODEC',
  [-4]: 'UNSUPPORTED_LAYOUT',
  [-5]: 'CORRUPT_AUDIO',
  [-6]: 'DECODER_FAILED',
  [-7]: 'READ_FAILED',
  [-9]: 'NO_SUCH_TRACK',
};
/** The track that FFmpeg thinks best. */
const BEST_TRACK = -1;

/** Longest time for which decoding keeps the event loop to itself, beyond one packet's. */
const TURN_MILLISECONDS = 20;

/**
 * Starts FFmpeg's decoders, compiled to WebAssembly, on `input`. Computes on the caller's thread, in turns
 * of about 20 ms. Whatever a malformed file does to the decoder ends as DECODER_FAILED: the instance has
 * its own memory, at most 512 MB, and is thrown away after it, or made as new after a file that ended well.
 *
 * @throws EcapaError NOT_AUDIO, NO_AUDIO_STREAM, NO_SUCH_TRACK, UNSUPPORTED_CODEC, UNSUPPORTED_LAYOUT,
 *   CORRUPT_AUDIO, DECODER_FAILED, DECODER_MISSING, READ_FAILED
 */
export async function openWithWasm(input: ByteSource, options: DecodeOptions = {}): Promise<BlockSource> {
  const module = await loadDecoderModule(locateDecoder(options.decoderPath));
  const decoder = new Decoder(module, input);
  decoder.expectOpened((d) => d.decoder_probe());
  const tracks = decoder.call(tracksOf);
  const track = trackIndex(tracks, options.track, input.name);
  decoder.expectOpened((d) => d.decoder_start(track));
  const declared = decoder.call((d) => d.decoder_declared_seconds());
  const declaredSeconds = declared >= 0 && !decoder.isJoined ? declared : undefined;
  const format = decoder.call((d) => stringAt(d, d.decoder_container()));

  return {
    info: decoder.call((d) => infoOf(d, input.name, declaredSeconds, tracks)),
    durationIsExact: decoder.call((d) => d.decoder_streams()) === 1,
    converter: async () =>
      new MonoConverter(() => decoder.exports, {
        name: input.name,
        channelIndex: channelIndex(options.channel),
      }),
    async *turns(visit): AsyncGenerator<void, DecodeEnding, undefined> {
      const block = new DecodedBlock(decoder, showsItsStart(format));
      const lostBefore = createLossMeter(format, declaredSeconds, decoder.host);
      let countedBad = 0;
      for (;;) {
        throwIfCancelled(options.signal, input.name);
        const turnEnd = performance.now() + TURN_MILLISECONDS;
        let status: number;
        do {
          status = decoder.call((d) => d.decoder_next());
          if (status !== BLOCK) continue;
          const bad = decoder.exports.decoder_bad_packets();
          block.lostSeconds = lostBefore(block.place(bad - countedBad));
          countedBad = bad;
          visit(block);
        } while (status > END && performance.now() < turnEnd && !decoder.isDry);
        if (status < END) throw decoder.failure(status);
        yield;
        if (status === END) break;
        await nextTurn();
      }
      // The tags at the end of a stream are known once it has ended: what was made of their text is no damage.
      const hasTags = input.isDry !== undefined && hasTrailingTags(input);
      return decoder.call((d) => ({
        badPackets: hasTags ? countedBad : d.decoder_bad_packets(),
        brokenOff: !hasTags && d.decoder_broke_off() !== 0,
        clockIsLost: d.decoder_clock_is_lost() !== 0,
      }));
    },
    async close(hasEnded = false) {
      decoder.close(hasEnded);
      input.close();
    },
  };
}

/** One instance and what it reads from. */
class Decoder {
  readonly host: { readonly sizeBytes: number; readAt(offset: number, into: Uint8Array): number };
  readonly #name: string;
  readonly #input: DecoderInput;
  readonly #module: WebAssembly.Module;
  #instance: DecoderInstance | undefined;
  #readFailure: unknown;

  constructor(module: WebAssembly.Module, input: ByteSource) {
    this.#name = input.name;
    this.#input = decoderInput(input);
    this.#module = module;
    const { sizeBytes } = this.#input;
    const readAt = (offset: number, into: Uint8Array): number => {
      try {
        return this.#input.readAt(offset, into);
      } catch (error) {
        this.#readFailure ??= error;
        return -1;
      }
    };
    this.host = { sizeBytes, readAt };
    try {
      this.#instance = takeDecoder(module, this.host);
    } catch (cause) {
      // No address space left, after a great many at once, or a replaced module that does not fit.
      throw refusal('DECODER_FAILED', input.name, { reason: 'it could not be started', cause });
    }
  }

  get exports(): DecoderExports {
    if (this.#instance === undefined)
      throw new EcapaError('CLOSED', `${this.#name}: its decoder was closed.`, { file: this.#name });
    return this.#instance.exports;
  }

  get isJoined(): boolean {
    return this.#input.isJoined;
  }

  get isDry(): boolean {
    return this.#input.isDry();
  }

  /** @param hasEnded all went well: the instance can be used again */
  close(hasEnded = false): void {
    if (hasEnded && this.#instance !== undefined) giveDecoderBack(this.#module, this.#instance);
    this.#instance = undefined;
  }

  call<T>(work: (decoder: DecoderExports) => T): T {
    const { exports } = this;
    try {
      return work(exports);
    } catch (cause) {
      // A trap leaves the instance in an unknown state.
      this.close();
      throw refusal('DECODER_FAILED', this.#name, { cause });
    }
  }

  expectOpened(work: (decoder: DecoderExports) => number): void {
    const status = this.call(work);
    if (status !== OPENED) throw this.failure(status);
  }

  failure(status: number): EcapaError {
    if (this.#readFailure !== undefined) return inputError(this.#name, this.#readFailure);
    return refusal(FAILURES[status] ?? 'DECODER_FAILED', this.#name, this.call(detailsOf));
  }
}

function detailsOf(decoder: DecoderExports): RefusalDetails {
  return {
    codec: stringAt(decoder, decoder.decoder_codec()),
    channels: decoder.decoder_channels(),
    sampleRate: decoder.decoder_sample_rate(),
    container: containerName(stringAt(decoder, decoder.decoder_container())),
    reason: stringAt(decoder, decoder.decoder_error_text()),
  };
}

function tracksOf(decoder: DecoderExports): AudioTrack[] {
  return Array.from({ length: decoder.decoder_tracks() }, (_, track) => {
    const language = stringAt(decoder, decoder.decoder_track_language(track));
    const title = stringAt(decoder, decoder.decoder_track_title(track));
    return {
      number: track + 1,
      ...(language === '' || language === 'und' ? {} : { language }),
      ...(title === '' ? {} : { title }),
      codec: stringAt(decoder, decoder.decoder_track_codec(track)),
      sampleRate: decoder.decoder_track_rate(track),
      channels: decoder.decoder_track_channels(track),
    };
  });
}

/** The chosen track as the decoder counts. Throws NO_SUCH_TRACK for a language that none has. */
function trackIndex(tracks: readonly AudioTrack[], choice: TrackChoice | undefined, name: string): number {
  if (choice === undefined) return BEST_TRACK;
  const found = tracks.findIndex(({ number, language }) =>
    typeof choice === 'number'
      ? number === choice
      : language !== undefined && isSameLanguage(language, choice),
  );
  if (found >= 0 || tracks.length === 0) return found;
  const those = tracks.map(({ number, language }) =>
    language === undefined ? number : `${number}: ${language}`,
  );
  throw refusal('NO_SUCH_TRACK', name, { reason: `asked for: ${choice}; there: ${those.join(', ')}` });
}

function infoOf(
  decoder: DecoderExports,
  name: string,
  declaredDurationSeconds: number | undefined,
  tracks: readonly AudioTrack[],
): AudioInfo {
  return {
    name,
    container: containerName(stringAt(decoder, decoder.decoder_container())),
    codec: stringAt(decoder, decoder.decoder_codec()),
    sampleRate: decoder.decoder_sample_rate(),
    channels: decoder.decoder_channels(),
    ...(declaredDurationSeconds === undefined ? {} : { declaredDurationSeconds }),
    tracks,
    track: decoder.decoder_track() + 1,
  };
}

/** The block in the decoder's memory, which is written over, and moves when it grows. */
class DecodedBlock implements SourceBlock {
  lostSeconds = 0;
  readonly #decoder: Decoder;
  readonly #showsItsStart: boolean;

  constructor(decoder: Decoder, showsItsStart: boolean) {
    this.#decoder = decoder;
    this.#showsItsStart = showsItsStart;
  }

  get sampleRate(): number {
    return this.#decoder.exports.decoder_block_rate();
  }

  get length(): number {
    return this.#decoder.exports.decoder_block_samples();
  }

  get startSeconds(): number | undefined {
    return this.#showsItsStart ? this.#decoder.exports.decoder_block_seconds() : undefined;
  }

  get unusableAt(): number {
    return this.#decoder.exports.decoder_block_unusable_at();
  }

  silence(): void {
    this.#decoder.exports.decoder_block_silence();
  }

  channels(): Float32Array[] {
    const { exports } = this.#decoder;
    return Array.from({ length: exports.decoder_block_channels() }, (_, channel) =>
      new Float32Array(exports.memory.buffer, exports.decoder_plane(channel), this.length).slice(),
    );
  }

  pushTo(converter: MonoConverter): void {
    converter.pushDecoded();
  }

  place(badPackets: number): BlockPlace {
    const { exports } = this.#decoder;
    return {
      positionBytes: exports.decoder_block_position(),
      sizeBytes: exports.decoder_block_bytes(),
      startSeconds: exports.decoder_block_seconds(),
      durationSeconds: this.length / this.sampleRate,
      badPackets,
    };
  }
}
