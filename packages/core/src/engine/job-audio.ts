import { stat } from 'node:fs/promises';
import type { AudioInfo } from '../audio/audio-source.js';
import { type DecodedGap, decodeMonoWithGaps, SAMPLE_RATE_HZ } from '../audio/decode.js';
import { mixdown } from '../audio/mixdown.js';
import { createResampler } from '../audio/resample.js';
import { EcapaError } from '../errors.js';
import { decodeInThread } from './decoder-thread.js';
import type { PcmInbox } from './pcm-inbox.js';
import type { JobSource, PcmSamples } from './protocol.js';

/** A job's audio as mono blocks at 16 kHz, whatever it came as. */
export interface JobAudio {
  readonly name: string;
  /** Seconds, when the source says how long it is. */
  readonly expectedSeconds: number | undefined;
  /** What the file's headers say; absent for PCM. */
  readonly info?: AudioInfo;
  /** Produced in real time. */
  readonly live: boolean;
  /** To be iterated once. */
  readonly blocks: AsyncIterable<Float32Array | DecodedGap>;
  /** True when audio was missing; known once `blocks` has ended. */
  isPartial(): boolean;
  close(): Promise<void>;
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
  // Run from its sources, the program is TypeScript, which a thread cannot load.
  const isBuilt = process.argv[1]?.endsWith('.ts') !== true;
  if (threads < 2 || ffmpegPath !== undefined || !isBuilt) return false;
  const stats = await stat(path).catch(() => undefined);
  return stats?.isFile() === true && stats.size >= LEAST_BYTES_FOR_A_THREAD;
}

/** Opens a job's audio. Throws what `decodeMonoWithGaps` throws; for PCM, `NON_FINITE_SAMPLES` and `NO_SAMPLES`. */
export async function openJobAudio(
  source: JobSource,
  inbox: PcmInbox | undefined,
  options: JobAudioOptions,
): Promise<JobAudio> {
  if (source.kind === 'file') {
    const { path, name } = source;
    const decoding = (await isWorthAThread(path, options))
      ? await decodeInThread(path, { name, signal: options.signal })
      : await decodeMonoWithGaps(path, { ...options, name });
    return {
      name,
      expectedSeconds: decoding.info.declaredDurationSeconds,
      info: decoding.info,
      live: false,
      blocks: decoding.blocks,
      isPartial: () => decoding.summary().partial,
      close: () => decoding.close(),
    };
  }
  if (inbox === undefined) throw new TypeError('a PCM job needs an inbox');
  return {
    name: source.name,
    expectedSeconds: undefined,
    live: source.live,
    blocks: monoBlocks(source, inbox),
    isPartial: () => false,
    close: () => Promise.resolve(),
  };
}

/** Interleaved PCM of any rate to mono floats at 16 kHz. Frames cut in two by a piece's end are put together. */
async function* monoBlocks(
  { name, sampleRate, channels }: Extract<JobSource, { kind: 'pcm' }>,
  pieces: AsyncIterable<PcmSamples>,
): AsyncGenerator<Float32Array> {
  const resampler = createResampler(sampleRate, SAMPLE_RATE_HZ);
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
    const planes = Array.from({ length: channels }, (_, channel) => {
      const plane = new Float32Array(frames);
      for (let frame = 0; frame < frames; frame++) plane[frame] = values[frame * channels + channel] ?? 0;
      return plane;
    });
    const block = resampler.push(mixdown(planes));
    if (block.length > 0) yield block;
  }
  const tail = resampler.finish();
  if (tail.length > 0) yield tail;
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
