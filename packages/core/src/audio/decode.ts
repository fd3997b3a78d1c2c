import { type EcapaError, isEcapaError } from '../errors.js';
import { type AudioInput, type ByteSource, inputError, openInput, throwIfCancelled } from './audio-input.js';
import type {
  AudioBlock,
  AudioInfo,
  BlockSource,
  DecodeEnding,
  DecodeOptions,
  DecodeSummary,
} from './audio-source.js';
import { findUnusableSample, mixdown } from './mixdown.js';
import { refusal } from './refusals.js';
import { createResampler, type Resampler } from './resample.js';
import { SNIFF_BYTES, type Sniffed, sniff } from './sniff.js';
import { openWithSystemFfmpeg } from './system-ffmpeg.js';
import { openWithWasm } from './wasm-decoder.js';

/** Hertz; what the embedding models listen to. */
export const SAMPLE_RATE_HZ = 16000;

/** Samples in a block of `decodeMono16k`, but for the last: one second. */
const BLOCK_SAMPLES = SAMPLE_RATE_HZ;

/** A decoding at work. Read `blocks` to the end, or `close` it. */
export interface Decoding<Block> {
  readonly info: AudioInfo;
  /** To be iterated once. Ending it early closes the decoding. */
  readonly blocks: AsyncIterable<Block>;
  /** How it went; throws before `blocks` has ended. */
  summary(): DecodeSummary;
  /** Frees the decoder, the file and any temporary file; safe to call twice. */
  close(): Promise<void>;
}

/**
 * Any audio file as mono at 16 kHz, a second a block: channels averaged, then resampled by torchaudio's
 * kernel. SpeechBrain resamples each channel first and averages then; both are linear with one kernel, so
 * the results differ in rounding alone (about 1e-7), and one resampler suffices.
 *
 * Memory does not grow with the length. A file cut short is decoded as far as it goes and its summary is
 * `partial`. Compute happens on the caller's thread, in turns of about 20 ms.
 *
 * @throws EcapaError FILE_NOT_FOUND, PERMISSION_DENIED, IS_DIRECTORY, EMPTY_FILE, READ_FAILED, DISK_FULL,
 *   NOT_AUDIO, NO_AUDIO_STREAM, UNSUPPORTED_CODEC, UNSUPPORTED_LAYOUT, CORRUPT_AUDIO, DECODER_FAILED,
 *   DECODER_MISSING, CANCELLED; while iterating also NO_SAMPLES and NON_FINITE_SAMPLES
 */
export async function decodeMono16k(
  input: AudioInput,
  options: DecodeOptions = {},
): Promise<Decoding<Float32Array>> {
  const decoding = await decodeBlocks(input, options);
  return { ...decoding, blocks: regroup(toMono16k(decoding.blocks), BLOCK_SAMPLES) };
}

/** Any audio file as it is: planar blocks at its own rate. Otherwise like `decodeMono16k`. */
export async function decodeBlocks(
  input: AudioInput,
  options: DecodeOptions = {},
): Promise<Decoding<AudioBlock>> {
  const source = await openSource(input, options);
  let summary: DecodeSummary | undefined;
  const run = async function* (): AsyncGenerator<AudioBlock, void, undefined> {
    try {
      summary = yield* checked(source, options.signal);
    } finally {
      await source.close();
    }
  };
  return {
    info: source.info,
    blocks: run(),
    summary() {
      if (summary === undefined) throw new TypeError('summary() is known once blocks has ended');
      return summary;
    },
    close: () => source.close(),
  };
}

async function openSource(input: AudioInput, options: DecodeOptions): Promise<BlockSource> {
  const { signal, name, ffmpegPath } = options;
  const bytes = await openInput(input, { signal, name, needsPath: ffmpegPath !== undefined });
  try {
    const sniffed = sniffInput(bytes);
    if (sniffed.kind === 'foreign') throw refusal('NOT_AUDIO', bytes.name, { reason: sniffed.name });
    throwIfCancelled(signal, bytes.name);
    const opening =
      ffmpegPath === undefined
        ? openWithWasm(bytes, options)
        : openWithSystemFfmpeg(bytes, ffmpegPath, options);
    return await opening.catch((error: unknown) => {
      throw isEcapaError(error) && error.code === 'NOT_AUDIO' ? notRecognised(bytes.name, sniffed) : error;
    });
  } catch (error) {
    bytes.close();
    throw error;
  }
}

function sniffInput(bytes: ByteSource): Sniffed {
  const head = new Uint8Array(Math.min(SNIFF_BYTES, bytes.sizeBytes));
  try {
    return sniff(head.subarray(0, bytes.readAt(0, head)));
  } catch (error) {
    throw inputError(bytes.name, error);
  }
}

function notRecognised(name: string, { kind, name: found }: Sniffed): EcapaError {
  return kind === 'media'
    ? refusal('CORRUPT_AUDIO', name, { reason: `it begins like ${found}` })
    : refusal('NOT_AUDIO', name, { reason: found });
}

/** Passes blocks on as long as they make sense, and judges at the end whether anything is missing. */
async function* checked(
  source: BlockSource,
  signal: AbortSignal | undefined,
): AsyncGenerator<AudioBlock, DecodeSummary, undefined> {
  const { info } = source;
  const blocks = source.blocks();
  let seconds = 0;
  let silenced = 0;
  for (;;) {
    const next = await blocks.next();
    throwIfCancelled(signal, info.name);
    if (next.done) return summarise(source, seconds, silenced, next.value);
    const block = next.value;
    const at = block.channels.reduce((found, channel) => Math.max(found, findUnusableSample(channel)), -1);
    if (at >= 0) {
      if (keepsFloats(info.codec)) {
        throw refusal('NON_FINITE_SAMPLES', info.name, {
          reason: `the first at ${(seconds + at / block.sampleRate).toFixed(3)} s`,
        });
      }
      // Any other codec only makes such numbers from damaged packets: silence, like other lost packets.
      silenced++;
      for (const channel of block.channels) channel.fill(0);
    }
    const length = block.channels[0]?.length ?? 0;
    if (length === 0) continue;
    seconds += length / block.sampleRate;
    yield block;
  }
}

/** Codecs that store floating-point samples as they were given. */
function keepsFloats(codec: string): boolean {
  return codec.startsWith('pcm_') || codec === 'wavpack';
}

function summarise(
  source: BlockSource,
  seconds: number,
  silenced: number,
  ending: DecodeEnding,
): DecodeSummary {
  const { info } = source;
  const badPackets = ending.badPackets + silenced;
  if (seconds === 0) {
    throw badPackets > 0 || ending.brokenOff
      ? refusal('CORRUPT_AUDIO', info.name, { codec: info.codec })
      : refusal('NO_SAMPLES', info.name);
  }
  const partialReason = missing(source, seconds, badPackets, ending.brokenOff);
  return {
    durationSeconds: seconds,
    badPackets,
    partial: partialReason !== undefined,
    ...(partialReason === undefined ? {} : { partialReason }),
  };
}

/** Encoder delay and rounding in containers stay under this; so does a last packet's worth. */
const DURATION_SLACK_SECONDS = 0.2;

function missing(
  { info, durationIsExact }: BlockSource,
  seconds: number,
  badPackets: number,
  brokenOff: boolean,
): string | undefined {
  const declared = info.declaredDurationSeconds;
  if (durationIsExact && declared !== undefined && seconds < declared * 0.999 - DURATION_SLACK_SECONDS) {
    return `the file ends after ${seconds.toFixed(1)} of ${declared.toFixed(1)} s`;
  }
  if (brokenOff) return `the file breaks off after ${seconds.toFixed(1)} s`;
  if (badPackets > 0) return `${badPackets} damaged packet${badPackets === 1 ? ' was' : 's were'} skipped`;
  return undefined;
}

async function* toMono16k(blocks: AsyncIterable<AudioBlock>): AsyncGenerator<Float32Array> {
  let rate = 0;
  let resampler: Resampler | undefined;
  for await (const { channels, sampleRate } of blocks) {
    if (sampleRate !== rate) {
      if (resampler !== undefined) yield resampler.finish();
      resampler = createResampler(sampleRate, SAMPLE_RATE_HZ);
      rate = sampleRate;
    }
    if (resampler !== undefined) yield resampler.push(mixdown(channels));
  }
  if (resampler !== undefined) yield resampler.finish();
}

/** The same samples in blocks of `length`, the last one shorter. */
async function* regroup(blocks: AsyncIterable<Float32Array>, length: number): AsyncGenerator<Float32Array> {
  let group = new Float32Array(length);
  let filled = 0;
  for await (const block of blocks) {
    for (let at = 0; at < block.length; ) {
      const part = block.subarray(at, at + length - filled);
      group.set(part, filled);
      filled += part.length;
      at += part.length;
      if (filled === length) {
        yield group;
        group = new Float32Array(length);
        filled = 0;
      }
    }
  }
  if (filled > 0) yield group.slice(0, filled);
}
