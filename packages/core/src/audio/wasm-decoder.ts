import { setImmediate as nextTurn } from 'node:timers/promises';
import { EcapaError, type ErrorCode } from '../errors.js';
import type { ByteSource } from './audio-input.js';
import { inputError, throwIfCancelled } from './audio-input.js';
import type { AudioBlock, AudioInfo, BlockSource, DecodeEnding, DecodeOptions } from './audio-source.js';
import { containerName } from './container-name.js';
import { type BlockPlace, createLossMeter } from './lost-audio.js';
import { refusal } from './refusals.js';
import {
  type DecoderExports,
  instantiateDecoder,
  loadDecoderModule,
  locateDecoder,
  stringAt,
} from './wasm-module.js';

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
};

/** Longest time for which decoding keeps the event loop to itself, beyond one packet's. */
const TURN_MILLISECONDS = 20;

/**
 * Starts FFmpeg's decoders, compiled to WebAssembly, on `input`. Computes on the caller's thread, in turns
 * of about 20 ms. Whatever a malformed file does to the decoder ends as DECODER_FAILED: the instance has
 * its own memory, at most 512 MB, and is thrown away after the file.
 *
 * @throws EcapaError NOT_AUDIO, NO_AUDIO_STREAM, UNSUPPORTED_CODEC, UNSUPPORTED_LAYOUT, CORRUPT_AUDIO,
 *   DECODER_FAILED, DECODER_MISSING, READ_FAILED
 */
export async function openWithWasm(input: ByteSource, options: DecodeOptions = {}): Promise<BlockSource> {
  const module = await loadDecoderModule(locateDecoder(options.decoderPath));
  let readFailure: unknown;
  let decoder: DecoderExports | undefined;

  const call = (work: (decoder: DecoderExports) => number): number => {
    if (decoder === undefined) throw new EcapaError('CLOSED', `${input.name}: its decoder was closed.`);
    try {
      return work(decoder);
    } catch (cause) {
      // A trap leaves the instance in an unknown state.
      decoder = undefined;
      throw refusal('DECODER_FAILED', input.name, { cause });
    }
  };
  const failure = (status: number): EcapaError => {
    if (readFailure !== undefined) return inputError(input.name, readFailure);
    const details =
      decoder === undefined
        ? {}
        : {
            codec: stringAt(decoder, decoder.decoder_codec()),
            channels: decoder.decoder_channels(),
            sampleRate: decoder.decoder_sample_rate(),
            container: containerName(stringAt(decoder, decoder.decoder_container())),
            reason: stringAt(decoder, decoder.decoder_error_text()),
          };
    return refusal(FAILURES[status] ?? 'DECODER_FAILED', input.name, details);
  };

  const host = {
    sizeBytes: input.sizeBytes,
    readAt(offset: number, into: Uint8Array): number {
      try {
        return input.readAt(offset, into);
      } catch (error) {
        readFailure ??= error;
        return -1;
      }
    },
  };
  try {
    decoder = instantiateDecoder(module, host);
  } catch (cause) {
    // No address space left, after a great many at once, or a replaced module that does not fit.
    throw refusal('DECODER_FAILED', input.name, { reason: 'it could not be started', cause });
  }
  const opened = call((d) => d.decoder_open());
  if (opened !== OPENED) throw failure(opened);
  const declared = call((d) => d.decoder_declared_seconds());

  return {
    info: infoOf(decoder, input.name, declared),
    durationIsExact: call((d) => d.decoder_streams()) === 1,
    async *blocks(): AsyncGenerator<AudioBlock, DecodeEnding, undefined> {
      let turnStart = performance.now();
      let toldBad = 0;
      const format = decoder === undefined ? '' : stringAt(decoder, decoder.decoder_container());
      const lostBefore = createLossMeter(format, declared >= 0 ? declared : undefined, host);
      for (;;) {
        throwIfCancelled(options.signal, input.name);
        const status = call((d) => d.decoder_next());
        if (status === BLOCK && decoder !== undefined) {
          const bad = decoder.decoder_bad_packets();
          yield blockOf(decoder, lostBefore(placeOf(decoder, bad - toldBad)));
          toldBad = bad;
        }
        if (status === END) break;
        if (status < END) throw failure(status);
        if (performance.now() - turnStart > TURN_MILLISECONDS) {
          await nextTurn();
          turnStart = performance.now();
        }
      }
      return {
        badPackets: call((d) => d.decoder_bad_packets()),
        brokenOff: call((d) => d.decoder_broke_off()) !== 0,
      };
    },
    async close() {
      decoder = undefined;
      input.close();
    },
  };
}

function infoOf(decoder: DecoderExports, name: string, declaredSeconds: number): AudioInfo {
  return {
    name,
    container: containerName(stringAt(decoder, decoder.decoder_container())),
    codec: stringAt(decoder, decoder.decoder_codec()),
    sampleRate: decoder.decoder_sample_rate(),
    channels: decoder.decoder_channels(),
    ...(declaredSeconds >= 0 ? { declaredDurationSeconds: declaredSeconds } : {}),
  };
}

/** Copies the block out: the decoder's memory is written over, and moves when it grows. */
function blockOf(decoder: DecoderExports, lostSeconds: number): AudioBlock {
  const samples = decoder.decoder_block_samples();
  const channels = Array.from({ length: decoder.decoder_block_channels() }, (_, channel) =>
    new Float32Array(decoder.memory.buffer, decoder.decoder_plane(channel), samples).slice(),
  );
  return {
    channels,
    sampleRate: decoder.decoder_block_rate(),
    ...(lostSeconds > 0 ? { lostSeconds } : {}),
  };
}

function placeOf(decoder: DecoderExports, badPackets: number): BlockPlace {
  return {
    positionBytes: decoder.decoder_block_position(),
    sizeBytes: decoder.decoder_block_bytes(),
    startSeconds: decoder.decoder_block_seconds(),
    durationSeconds: decoder.decoder_block_samples() / decoder.decoder_block_rate(),
    badPackets,
  };
}
