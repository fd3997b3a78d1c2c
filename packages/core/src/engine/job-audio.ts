import { stat } from 'node:fs/promises';
import type { AudioInfo } from '../audio/audio-source.js';
import { channelIndex } from '../audio/channel-choice.js';
import { type DecodedGap, type Decoding, decodeMonoWithGaps } from '../audio/decode.js';
import { type MonoConverter, openMonoConverter } from '../audio/mono-converter.js';
import { nativePath } from '../audio/native-path.js';
import { EcapaError } from '../errors.js';
import { decodeInThread } from './decoder-thread.js';
import { limitedAudio } from './limited-audio.js';
import type { JobSource, PcmSamples, SourcePiece } from './protocol.js';
import { canRunThreads, decodeStream } from './streamed-audio.js';

/** A job's audio as mono blocks at 16 kHz, whatever it came as. */
export interface JobAudio {
  readonly name: string;
  /** Duration in seconds, when the source gives it. */
  readonly expectedSeconds: number | undefined;
  /** Information from the file's headers; absent for PCM. */
  readonly info?: AudioInfo;
  /** Produced in real time. */
  readonly live: boolean;
  /** Of a stream of bytes: true when all that has come is decoded, and more may be long in coming. */
  readonly isDry?: (() => boolean) | undefined;
  /** To be iterated once. */
  readonly blocks: AsyncIterable<Float32Array | DecodedGap>;
  /** How it went; known once `blocks` has ended. */
  summary(): JobAudioSummary;
  close(): Promise<void>;
}

/** What a result reports about the audio that it rests on. */
export interface JobAudioSummary {
  /** True when audio was missing. */
  readonly partial: boolean;
  /** Present when the average of the channels would have lost what they hold, and the louder one was taken there. */
  readonly channels?: 'opposite-phase';
}

export interface JobAudioOptions {
  readonly ffmpegPath: string | undefined;
  readonly signal: AbortSignal;
  /** Cores that the job may use. */
  readonly threads: number;
}

/** A thread takes some 60 ms to start: about as much as a file of this size takes to decode. */
const LEAST_BYTES_FOR_A_THREAD = 1 << 19;

/** With a core to spare, a long file is decoded beside the inference. An ffmpeg is a process beside it anyway. */
async function isWorthAThread(path: string, { ffmpegPath, threads }: JobAudioOptions): Promise<boolean> {
  if (threads < 2 || ffmpegPath !== undefined || !canRunThreads()) return false;
  const stats = await stat(nativePath(path)).catch(() => undefined);
  return stats?.isFile() === true && stats.size >= LEAST_BYTES_FOR_A_THREAD;
}

/** Opens a job's audio. Throws what `decodeMonoWithGaps` throws; for PCM, `NON_FINITE_SAMPLES` and `NO_SAMPLES`. */
export async function openJobAudio(
  source: JobSource,
  inbox: AsyncIterable<SourcePiece> | undefined,
  options: JobAudioOptions,
): Promise<JobAudio> {
  const audio = await openWhole(source, inbox, options);
  return source.limitSeconds === undefined ? audio : limitedAudio(audio, source.limitSeconds);
}

async function openWhole(
  source: JobSource,
  inbox: AsyncIterable<SourcePiece> | undefined,
  options: JobAudioOptions,
): Promise<JobAudio> {
  if (source.kind === 'file') {
    const { path, name, channel, track } = source;
    const isBeside = await isWorthAThread(path, options);
    return ofFile(
      isBeside
        ? await decodeInThread(path, { name, channel, track, signal: options.signal })
        : await decodeMonoWithGaps(path, { ...options, name, channel, track }),
    );
  }
  if (inbox === undefined) throw new TypeError('a source that is sent needs an inbox');
  if (source.kind === 'bytes') {
    const decoding = await decodeStream(source, bytesOnly(inbox), options);
    return { ...ofFile(decoding), isDry: decoding.isDry };
  }
  return openPcm(source, pcmOnly(inbox));
}

function ofFile({ info, blocks, summary, close }: Decoding<Float32Array | DecodedGap>): JobAudio {
  return {
    name: info.name,
    expectedSeconds: info.declaredDurationSeconds,
    info,
    live: false,
    blocks,
    summary: () => {
      const { partial, oppositePhaseSeconds } = summary();
      return summaryOf(partial, oppositePhaseSeconds);
    },
    close,
  };
}

async function* bytesOnly(pieces: AsyncIterable<SourcePiece>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) if (piece instanceof Uint8Array) yield piece;
}

async function* pcmOnly(pieces: AsyncIterable<SourcePiece>): AsyncGenerator<PcmSamples> {
  for await (const piece of pieces) if (!(piece instanceof Uint8Array)) yield piece;
}

async function openPcm(
  source: Extract<JobSource, { kind: 'pcm' }>,
  inbox: AsyncIterable<PcmSamples>,
): Promise<JobAudio> {
  const { name, live, channel } = source;
  const converter = await openMonoConverter({ name, channelIndex: channelIndex(channel) });
  return {
    name,
    expectedSeconds: undefined,
    live,
    blocks: monoBlocks(source, inbox, converter),
    summary: () => summaryOf(false, converter.oppositePhaseSeconds),
    close: () => Promise.resolve(),
  };
}

function summaryOf(partial: boolean, oppositePhaseSeconds = 0): JobAudioSummary {
  return oppositePhaseSeconds > 0 ? { partial, channels: 'opposite-phase' } : { partial };
}

/** Interleaved PCM of any rate to mono floats at 16 kHz. Frames cut in two by a piece's end are put together. */
async function* monoBlocks(
  { name, sampleRate, channels }: Extract<JobSource, { kind: 'pcm' }>,
  pieces: AsyncIterable<PcmSamples>,
  converter: MonoConverter,
): AsyncGenerator<Float32Array> {
  let rest = new Float32Array(0);
  let count = 0;
  for await (const piece of pieces) {
    const values = joined(rest, piece);
    const frames = Math.floor(values.length / channels);
    rest = values.slice(frames * channels);
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw new EcapaError(
        'NON_FINITE_SAMPLES',
        `${name}: the PCM holds NaN or infinite values. Check what produces it, its sample format above all.`,
        { file: name },
      );
    }
    count += frames;
    converter.pushInterleaved(values, channels, sampleRate);
    // Whatever has come out: a live stream does not wait for a second to be full.
    for (let block = converter.takeRest(); block; block = converter.takeRest()) yield block;
  }
  converter.endRun();
  for (let block = converter.takeRest(); block; block = converter.takeRest()) yield block;
  if (count === 0)
    throw new EcapaError('NO_SAMPLES', `${name}: the PCM is empty. Send samples before ending it.`, {
      file: name,
    });
}

function joined(rest: Float32Array, piece: PcmSamples): Float32Array {
  const values = new Float32Array(rest.length + piece.length);
  values.set(rest);
  values.set(piece, rest.length);
  if (piece instanceof Int16Array)
    for (let i = rest.length; i < values.length; i++) values[i] = (values[i] ?? 0) / 32_768;
  return values;
}
