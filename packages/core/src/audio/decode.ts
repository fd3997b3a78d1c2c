import { type EcapaError, isEcapaError } from '../errors.js';
import { type AudioInput, type ByteSource, inputError, openInput, throwIfCancelled } from './audio-input.js';
import type { AudioBlock, AudioInfo, BlockSource, DecodeOptions, DecodeSummary } from './audio-source.js';
import { checkBlocks } from './check-blocks.js';
import { mixdown } from './mixdown.js';
import { refusal } from './refusals.js';
import { createResampler, type Resampler } from './resample.js';
import { SNIFF_BYTES, type Sniffed, sniff } from './sniff.js';
import { openWithSystemFfmpeg } from './system-ffmpeg.js';
import { isCutOff } from './truncation.js';
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
  const decoding = await decodeMonoWithGaps(input, options);
  return { ...decoding, blocks: samplesOnly(decoding.blocks) };
}

/** Audio that is missing where the file is damaged: about so much. */
export interface DecodedGap {
  readonly gapSeconds: number;
}

/** As `decodeMono16k`, and where audio is missing in the middle, word of it (the block before it may be shorter). */
export async function decodeMonoWithGaps(
  input: AudioInput,
  options: DecodeOptions = {},
): Promise<Decoding<Float32Array | DecodedGap>> {
  const decoding = await decodeBlocks(input, options);
  return { ...decoding, blocks: regroup(toMono16k(decoding.blocks), BLOCK_SAMPLES) };
}

async function* samplesOnly(blocks: AsyncIterable<Float32Array | DecodedGap>): AsyncGenerator<Float32Array> {
  for await (const block of blocks) if (block instanceof Float32Array) yield block;
}

/** Any audio file as it is: planar blocks at its own rate. Otherwise like `decodeMono16k`. */
export async function decodeBlocks(
  input: AudioInput,
  options: DecodeOptions = {},
): Promise<Decoding<AudioBlock>> {
  const { source, isCut } = await openSource(input, options);
  let summary: DecodeSummary | undefined;
  const run = async function* (): AsyncGenerator<AudioBlock, void, undefined> {
    try {
      summary = yield* checkBlocks(source, isCut, options.signal);
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

interface OpenSource {
  readonly source: BlockSource;
  /** The container shows that its end is missing. */
  readonly isCut: boolean;
}

async function openSource(input: AudioInput, options: DecodeOptions): Promise<OpenSource> {
  const { signal, name, ffmpegPath } = options;
  const bytes = await openInput(input, { signal, name, needsPath: ffmpegPath !== undefined });
  try {
    const { sniffed, isCut } = lookAt(bytes);
    if (sniffed.kind === 'foreign') throw refusal('NOT_AUDIO', bytes.name, { reason: sniffed.name });
    throwIfCancelled(signal, bytes.name);
    const opening =
      ffmpegPath === undefined
        ? openWithWasm(bytes, options)
        : openWithSystemFfmpeg(bytes, ffmpegPath, options);
    const source = await opening.catch((error: unknown) => {
      throw isNotRecognised(error, sniffed) ? notRecognised(bytes.name, sniffed, isCut) : error;
    });
    return { source, isCut };
  } catch (error) {
    bytes.close();
    throw error;
  }
}

function lookAt(bytes: ByteSource): { sniffed: Sniffed; isCut: boolean } {
  const head = new Uint8Array(Math.min(SNIFF_BYTES, bytes.sizeBytes));
  try {
    return { sniffed: sniff(head.subarray(0, bytes.readAt(0, head))), isCut: isCutOff(bytes) };
  } catch (error) {
    throw inputError(bytes.name, error);
  }
}

/** Random bytes are now and then taken for a film without sound. */
function isNotRecognised(error: unknown, { kind }: Sniffed): boolean {
  if (!isEcapaError(error)) return false;
  return error.code === 'NOT_AUDIO' || (error.code === 'NO_AUDIO_STREAM' && kind === 'unknown');
}

function notRecognised(name: string, { kind, name: found }: Sniffed, isCut: boolean): EcapaError {
  if (kind !== 'media') return refusal('NOT_AUDIO', name, { reason: found });
  const reason = `it begins like ${found}${isCut ? ' and breaks off' : ''}`;
  return refusal('CORRUPT_AUDIO', name, { reason });
}

async function* toMono16k(blocks: AsyncIterable<AudioBlock>): AsyncGenerator<Float32Array | DecodedGap> {
  let rate = 0;
  let resampler: Resampler | undefined;
  for await (const { channels, sampleRate, lostSeconds = 0 } of blocks) {
    if (sampleRate !== rate) {
      if (resampler !== undefined) yield resampler.finish();
      resampler = createResampler(sampleRate, SAMPLE_RATE_HZ);
      rate = sampleRate;
    }
    if (lostSeconds > 0) yield { gapSeconds: lostSeconds };
    if (resampler !== undefined) yield resampler.push(mixdown(channels));
  }
  if (resampler !== undefined) yield resampler.finish();
}

/** The same samples in blocks of `length`, shorter before a gap and at the end. */
async function* regroup(
  blocks: AsyncIterable<Float32Array | DecodedGap>,
  length: number,
): AsyncGenerator<Float32Array | DecodedGap> {
  let group = new Float32Array(length);
  let filled = 0;
  for await (const block of blocks) {
    if (!(block instanceof Float32Array)) {
      if (filled > 0) yield group.slice(0, filled);
      filled = 0;
      yield block;
      continue;
    }
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
