import { stat } from 'node:fs/promises';
import type { ChannelChoice, TrackChoice } from '../audio/audio-source.js';
import { nativePath } from '../audio/native-path.js';
import { type PlainInput, plainInput } from '../audio/plain-input.js';
import { EcapaError } from '../errors.js';
import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import { checkBytes, checkPcm, pieces, splitPieces } from './input-pieces.js';
import type { JobSource, PcmSamples, SourcePiece } from './protocol.js';
import { copyBytes, copyPipe, copyStream } from './temporary-copy.js';

/** PCM in memory: interleaved when `channels` is more than 1. */
export interface PcmInput {
  readonly samples: PcmSamples;
  readonly sampleRate: number;
  readonly channels?: number;
}

/** PCM as it is produced: blocks of any size, interleaved when `channels` is more than 1. */
export interface PcmStreamInput {
  readonly blocks: AsyncIterable<PcmSamples>;
  readonly sampleRate: number;
  readonly channels?: number;
}

/**
 * The bytes of a file of any length, as they come: standard input, the body of a response. They are decoded while they
 * arrive, in constant memory and without a temporary copy, where the format allows it (all that radio and pipes carry; not
 * MP4 with its index at the end, CAF, APE, Musepack, TAK). A job on them is not done again when its worker dies.
 */
export interface ByteStreamInput {
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Of another format no more is copied into a temporary file; beyond it the job rejects with `TOO_LONG`. Default 2 GiB. */
  readonly copyLimitBytes?: number;
}

/**
 * Audio to work on: the path or `file:` URL of an audio file, the bytes of one, a stream of the bytes of one (which is
 * copied into a temporary file first, or, as `{ bytes }`, decoded as it comes), or PCM in memory or as it comes.
 */
export type AudioInput =
  | string
  | URL
  | Uint8Array
  | ArrayBuffer
  | Blob
  | AsyncIterable<Uint8Array>
  | ByteStreamInput
  | PcmInput
  | PcmStreamInput;

/** Audio made ready for a worker process. */
export interface PreparedInput {
  readonly source: JobSource;
  /** What to send, for sources that the worker does not read itself. */
  readonly pieces?: () => AsyncIterable<SourcePiece> | Iterable<SourcePiece>;
  /** Removes what was written for the job. Never rejects. */
  dispose(): Promise<void>;
}

/** An input that has been inspected, but not read or spooled yet. */
export interface InputPlan {
  /** What messages call it. */
  readonly name: string;
  /** Memory that it holds while it waits, as far as that is known. */
  readonly sizeBytes: number;
  /** True when the job can be done again from the start, e.g. after its worker died. */
  readonly replayable: boolean;
  /** True when the source is produced in real time and must not take a worker for itself. */
  readonly live: boolean;
  /** Set for PCM. */
  readonly pcmChannels?: number;
  /**
   * Makes it ready: bytes and byte streams are spooled to a temporary file, PCM is sent in pieces, so that neither holds
   * up the caller. What comes at the pace of another program, as from a pipe, may take without limit. Throws `READ_FAILED`, `DISK_FULL` or `CANCELLED` when spooling stops, `NOT_AUDIO` for devices.
   */
  prepare(signal?: AbortSignal): Promise<PreparedInput | SlowInput>;
}

/** Audio that is being spooled, at a pace that is not ours. */
export interface SlowInput {
  readonly spooling: Promise<PreparedInput>;
}

const NOTHING = (): Promise<void> => Promise.resolve();

/**
 * Decides what has to be done before a worker process can have this input.
 * Throws `TypeError`/`RangeError` naming the field for input of the wrong form.
 */
export function planInput(input: AudioInput, name: string | undefined): InputPlan {
  if (isObject(input) && 'samples' in input) {
    const { samples, sampleRate, channels = 1 } = input;
    checkPcm(samples, sampleRate, channels);
    const called = name ?? 'PCM audio';
    const source: JobSource = { kind: 'pcm', sampleRate, channels, name: called, live: false };
    const prepared = { source, pieces: () => pieces(samples, channels), dispose: NOTHING };
    return {
      ...storedPlan(called, samples.byteLength, () => Promise.resolve(prepared)),
      pcmChannels: channels,
    };
  }
  if (isObject(input) && 'blocks' in input) {
    const { blocks, sampleRate, channels = 1 } = input;
    checkPcm(undefined, sampleRate, channels);
    const called = name ?? 'PCM stream';
    const source: JobSource = { kind: 'pcm', sampleRate, channels, name: called, live: true };
    const check = (piece: PcmSamples): void => checkPcm(piece, SAMPLE_RATE_HZ, channels);
    return {
      ...livePlan(source, () => splitPieces(blocks, channels, check)),
      pcmChannels: channels,
    };
  }
  if (isByteStream(input)) {
    const { bytes, copyLimitBytes } = input;
    checkByteStream(bytes, copyLimitBytes);
    const source: JobSource = { kind: 'bytes', name: name ?? 'audio stream', copyLimitBytes };
    return livePlan(source, () => splitPieces(bytes, 1, checkBytes));
  }
  const plain = plainInput(input);
  if (plain === undefined) {
    throw new TypeError(
      'input: expected a path, a file: URL, the bytes of an audio file (Uint8Array, ArrayBuffer or Blob), a stream of bytes, { bytes }, { samples, sampleRate } or { blocks, sampleRate }',
    );
  }
  return planFile(plain.input, name ?? plain.name);
}

function planFile(input: PlainInput['input'], name: string | undefined): InputPlan {
  if (typeof input === 'string') {
    const called = name ?? input;
    return storedPlan(called, 0, (signal) => preparePath(input, called, signal));
  }
  if (input instanceof Uint8Array) {
    const called = name ?? 'audio data';
    return storedPlan(called, input.byteLength, (signal) => copyBytes(input, called, signal));
  }
  return copiedPlan(input, name, undefined);
}

/** The same audio, of which the job hears this channel and this track, and no more than so many seconds. */
export function choosing(
  plan: InputPlan,
  choice: {
    readonly channel: ChannelChoice | undefined;
    readonly track: TrackChoice | undefined;
    readonly limitSeconds: number | undefined;
  },
): InputPlan {
  const chosen = (prepared: PreparedInput): PreparedInput => ({
    ...prepared,
    source: { ...prepared.source, ...choice },
  });
  return { ...plan, prepare: async (signal) => eventually(await plan.prepare(signal), chosen) };
}

/** What `planInput` does, for several jobs that hear the audio one after the other: a stream is copied first. */
export function planCopiedInput(input: AudioInput, name: string | undefined): InputPlan {
  return isByteStream(input) ? copiedPlan(input.bytes, name, input.copyLimitBytes) : planInput(input, name);
}

function copiedPlan(
  bytes: AsyncIterable<Uint8Array> & { readonly byteLength?: number | undefined },
  name: string | undefined,
  copyLimitBytes: number | undefined,
): InputPlan {
  checkByteStream(bytes, copyLimitBytes);
  // A stream that knows its length holds its bytes; any other waits for somebody.
  const { byteLength } = bytes;
  const called = name ?? (byteLength === undefined ? 'audio stream' : 'audio data');
  return storedPlan(called, byteLength ?? 0, (signal) => {
    const copying = copyStream(bytes, called, signal, copyLimitBytes);
    return byteLength === undefined ? slowly(copying) : copying;
  });
}

/** The same audio for several jobs: it is made ready once, and stays until `dispose`. */
export function keptInput(plan: InputPlan): { readonly plan: InputPlan; dispose(): Promise<void> } {
  let ready: Promise<PreparedInput | SlowInput> | undefined;
  const kept = (prepared: PreparedInput): PreparedInput => ({ ...prepared, dispose: NOTHING });
  return {
    plan: {
      ...plan,
      prepare: async (signal) => {
        ready ??= plan.prepare(signal);
        return eventually(await ready, kept);
      },
    },
    async dispose() {
      try {
        const made = await ready;
        if (made !== undefined) await ('spooling' in made ? await made.spooling : made).dispose();
      } catch {
        // It was never ready, and has removed what it had written.
      }
    },
  };
}

function eventually(
  made: PreparedInput | SlowInput,
  change: (prepared: PreparedInput) => PreparedInput,
): PreparedInput | SlowInput {
  return 'spooling' in made ? { spooling: made.spooling.then(change) } : change(made);
}

function livePlan(source: JobSource, pieces: () => AsyncIterable<SourcePiece>): InputPlan {
  const prepared = { source, pieces, dispose: NOTHING };
  return {
    name: source.name,
    sizeBytes: 0,
    replayable: false,
    live: true,
    prepare: () => Promise.resolve(prepared),
  };
}

function slowly(spooling: Promise<PreparedInput>): Promise<SlowInput> {
  spooling.catch(() => undefined); // awaited by who takes it over
  return Promise.resolve({ spooling });
}

function storedPlan(name: string, sizeBytes: number, prepare: InputPlan['prepare']): InputPlan {
  return { name, sizeBytes, replayable: true, live: false, prepare };
}

/**
 * A worker reads a file by seeking in it, and a pipe cannot be sought in: its content is spooled, so that
 * `<(...)` and /dev/stdin work. Devices never end, and are refused.
 */
async function preparePath(
  path: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<PreparedInput | SlowInput> {
  // A path that leads nowhere is the worker's to report, as all that is wrong with files.
  const stats = await stat(nativePath(path)).catch(() => undefined);
  if (stats?.isFIFO()) {
    return slowly(copyPipe(path, name, signal));
  }
  if (stats?.isSocket() || stats?.isCharacterDevice() || stats?.isBlockDevice()) {
    throw new EcapaError(
      'NOT_AUDIO',
      `${name}: this is a device or a socket, not a file. Record from it into a file or a pipe first.`,
      {
        file: name,
      },
    );
  }
  return { source: { kind: 'file', path, name }, dispose: NOTHING };
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Blobs of newer Node versions have a method of that name. */
function isByteStream(input: AudioInput): input is ByteStreamInput {
  return isObject(input) && 'bytes' in input && !(input instanceof Blob);
}

function checkByteStream(bytes: unknown, copyLimitBytes: unknown): void {
  if (!isObject(bytes) || !(Symbol.asyncIterator in bytes)) {
    throw new TypeError('bytes: expected a stream of bytes (an async iterable of Uint8Array)');
  }
  const isCount = typeof copyLimitBytes === 'number' && copyLimitBytes >= 0;
  if (copyLimitBytes === undefined || isCount) return;
  throw new RangeError(`copyLimitBytes: expected a number of bytes from 0, got ${String(copyLimitBytes)}`);
}
