import { EcapaError, isEcapaError } from '../errors.js';
import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import { every } from '../throttle.js';
import type { ProgressEvent } from '../types.js';
import type { AudioBlock } from './audio-source.js';
import { decodeBlocks, decodeMono16k } from './decode.js';
import { decodeOptions, type JobRecording, progressEvent } from './job-recording.js';
import { PartsWriter } from './parts-writer.js';

export interface PlaybackRequest extends JobRecording {
  /** An existing folder for the files `0.wav`, `1.wav`… of the parts. */
  readonly directory: string;
  /** Only the parts that are whole by then, for a beginning that is there before somebody plays. */
  readonly untilSeconds?: number;
  /** So many parts are there from an earlier job, and stay: they may be played right now. */
  readonly madeParts?: number;
}

export interface PlaybackSummary {
  /** Of what was decoded. */
  readonly durationSeconds: number;
  /** False when the recording goes on behind that. */
  readonly isComplete: boolean;
}

type PlaybackRun = AsyncGenerator<ProgressEvent, PlaybackSummary, undefined>;

/** Longer recordings are played in mono at 16 kHz: in full quality the parts would take gigabytes. */
const FULL_QUALITY_SECONDS = 1200;
const PROGRESS_MILLISECONDS = 200;

/**
 * Writes WAV files of 16 bits that a browser can play, one for each part: as it is up to twenty minutes, in mono at
 * 16 kHz above that and where the rate changes within the recording. Throws what decoding and writing throw; no
 * partial file is left.
 */
export async function* writePlaybackParts(request: PlaybackRequest, signal: AbortSignal): PlaybackRun {
  try {
    return yield* writeAsItIs(request, signal);
  } catch (error) {
    if (!isEcapaError(error) || error.code !== 'UNSUPPORTED_LAYOUT') throw error;
    return yield* writeMono(request, signal);
  }
}

async function* writeAsItIs(request: PlaybackRequest, signal: AbortSignal): PlaybackRun {
  const decoding = await decodeBlocks(request.path, {
    ...decodeOptions(request, signal),
    gapsAsSilence: true,
  });
  const tooMuch = (): Error =>
    new EcapaError('UNSUPPORTED_LAYOUT', `${request.name}: to be played in mono.`, { file: request.name });
  try {
    const { sampleRate, channels, declaredDurationSeconds } = decoding.info;
    const isLong = (declaredDurationSeconds ?? 0) > FULL_QUALITY_SECONDS;
    if (isLong || channels > 2 || sampleRate > 48_000) throw tooMuch();
    const blocks = async function* (): AsyncGenerator<AudioBlock> {
      let frames = 0;
      for await (const block of decoding.blocks) {
        const isOther = block.sampleRate !== sampleRate || block.channels.length !== channels;
        if (isOther || frames > FULL_QUALITY_SECONDS * sampleRate) throw tooMuch();
        frames += block.channels[0]?.length ?? 0;
        yield block;
      }
    };
    return yield* write(request, sampleRate, declaredDurationSeconds, blocks());
  } finally {
    await decoding.close();
  }
}

async function* writeMono(request: PlaybackRequest, signal: AbortSignal): PlaybackRun {
  const decoding = await decodeMono16k(request.path, {
    ...decodeOptions(request, signal),
    gapsAsSilence: true,
  });
  const sampleRate = SAMPLE_RATE_HZ;
  try {
    const blocks = async function* (): AsyncGenerator<AudioBlock> {
      for await (const samples of decoding.blocks) yield { channels: [samples], sampleRate };
    };
    return yield* write(request, sampleRate, decoding.info.declaredDurationSeconds, blocks());
  } finally {
    await decoding.close();
  }
}

async function* write(
  { directory, untilSeconds = Number.POSITIVE_INFINITY, madeParts = 0 }: PlaybackRequest,
  sampleRate: number,
  declaredDurationSeconds: number | undefined,
  blocks: AsyncIterable<AudioBlock>,
): PlaybackRun {
  const writer = new PartsWriter(directory, sampleRate, madeParts);
  const isDue = every(PROGRESS_MILLISECONDS);
  try {
    for await (const block of blocks) {
      const before = writer.finishedParts;
      await writer.push(block);
      if (writer.durationSeconds >= untilSeconds)
        return { durationSeconds: writer.durationSeconds, isComplete: false };
      // Somebody may be waiting for this part.
      if (isDue() || writer.finishedParts > before)
        yield progressEvent(writer.durationSeconds, declaredDurationSeconds);
    }
    await writer.finish();
    return { durationSeconds: writer.durationSeconds, isComplete: true };
  } finally {
    await writer.abort();
  }
}
