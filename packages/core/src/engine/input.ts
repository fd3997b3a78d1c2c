import { constants, createWriteStream, open } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { inputError, type PlainInput, plainInput } from '../audio/audio-input.js';
import type { ChannelChoice, TrackChoice } from '../audio/audio-source.js';
import { nativePath } from '../audio/native-path.js';
import { EcapaError } from '../errors.js';
import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import { markTemporary, removeLeftBehind, removeTemporary, temporaryName } from '../temporary-paths.js';
import { iteratorOf } from './pcm-sender.js';
import type { JobSource, PcmSamples } from './protocol.js';

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
 * Audio to work on: the path or `file:` URL of an audio file, the bytes of one, a stream of the bytes of one,
 * or PCM in memory or as it comes.
 */
export type AudioInput =
  | string
  | URL
  | Uint8Array
  | ArrayBuffer
  | Blob
  | AsyncIterable<Uint8Array>
  | PcmInput
  | PcmStreamInput;

/** Audio made ready for a worker process. */
export interface PreparedInput {
  readonly source: JobSource;
  /** The samples to send, for PCM sources. */
  readonly pcm?: () => AsyncIterable<PcmSamples> | Iterable<PcmSamples>;
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

/** PCM goes to the worker in pieces of this many values, so that no single message holds up the host. */
const PCM_PIECE_VALUES = 64 * 1024;

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
    const prepared = { source, pcm: () => pieces(samples, channels), dispose: NOTHING };
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
    const prepared = { source, pcm: () => splitBlocks(blocks, channels), dispose: NOTHING };
    return {
      name: called,
      sizeBytes: 0,
      replayable: false,
      live: true,
      pcmChannels: channels,
      prepare: () => Promise.resolve(prepared),
    };
  }
  const plain = plainInput(input);
  if (plain === undefined) {
    throw new TypeError(
      'input: expected a path, a file: URL, the bytes of an audio file (Uint8Array, ArrayBuffer or Blob), a stream of bytes, { samples, sampleRate } or { blocks, sampleRate }',
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
    return storedPlan(called, input.byteLength, (signal) =>
      spool(called, signal, (path) => writeFile(path, input, signal === undefined ? {} : { signal })),
    );
  }
  // A stream that knows its length holds its bytes; any other waits for somebody.
  const { byteLength } = input;
  const called = name ?? (byteLength === undefined ? 'audio stream' : 'audio data');
  return storedPlan(called, byteLength ?? 0, (signal) => {
    const spooling = spool(called, signal, (path) =>
      pipeline(Readable.from(input), createWriteStream(path), signal === undefined ? {} : { signal }),
    );
    return byteLength === undefined ? slowly(spooling) : spooling;
  });
}

/** The same audio, of which the job hears this channel and this track. */
export function choosing(
  plan: InputPlan,
  choice: { readonly channel: ChannelChoice | undefined; readonly track: TrackChoice | undefined },
): InputPlan {
  const chosen = (prepared: PreparedInput): PreparedInput => ({
    ...prepared,
    source: { ...prepared.source, ...choice },
  });
  return { ...plan, prepare: async (signal) => eventually(await plan.prepare(signal), chosen) };
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
    return slowly(
      spool(name, signal, async (target) =>
        pipeline(await readPipe(path), createWriteStream(target), signal === undefined ? {} : { signal }),
      ),
    );
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

/** A plain open waits for the pipe's writer, in one of the few threads that all file access of the host shares. */
async function readPipe(path: string): Promise<Readable> {
  const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function checkPcm(samples: unknown, sampleRate: unknown, channels: unknown): void {
  if (samples !== undefined && !(samples instanceof Float32Array) && !(samples instanceof Int16Array)) {
    throw new TypeError('samples: expected a Float32Array or an Int16Array');
  }
  if (typeof sampleRate !== 'number' || !(sampleRate >= 1000 && sampleRate <= 768_000)) {
    throw new RangeError(`sampleRate: expected 1000 to 768000 hertz, got ${String(sampleRate)}`);
  }
  if (!Number.isInteger(channels) || (channels as number) < 1 || (channels as number) > 64) {
    throw new RangeError(`channels: expected 1 to 64, got ${String(channels)}`);
  }
}

/** Views of whole frames (one value per channel); nothing is copied here. */
function* pieces(samples: PcmSamples, channels: number): Iterable<PcmSamples> {
  const step = Math.max(1, Math.floor(PCM_PIECE_VALUES / channels)) * channels;
  for (let start = 0; start < samples.length; start += step) yield samples.subarray(start, start + step);
}

/**
 * Pieces of a live source. No generator: its `return` would wait behind a `next` that a stuck source never
 * answers, and the source would not hear that no more is wanted.
 */
function splitBlocks(blocks: AsyncIterable<PcmSamples>, channels: number): AsyncIterable<PcmSamples> {
  return {
    [Symbol.asyncIterator]: () => {
      const source = iteratorOf(blocks);
      const close = async (): Promise<void> => void (await source.return?.());
      let current: Iterator<PcmSamples> = [].values();
      return {
        next: async () => {
          for (;;) {
            const piece = current.next();
            if (!piece.done) return piece;
            const next = await source.next();
            if (next.done) return { done: true, value: undefined };
            try {
              checkPcm(next.value, SAMPLE_RATE_HZ, channels);
            } catch (error) {
              await close();
              throw error;
            }
            current = pieces(next.value, channels)[Symbol.iterator]();
          }
        },
        return: async () => {
          await close();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

async function spool(
  name: string,
  signal: AbortSignal | undefined,
  write: (path: string) => Promise<unknown>,
): Promise<PreparedInput> {
  const path = join(tmpdir(), temporaryName());
  const dispose = (): Promise<void> => removeTemporary(path);
  await removeLeftBehind(tmpdir());
  markTemporary(path);
  try {
    await write(path);
  } catch (cause) {
    await dispose();
    if (signal?.aborted) throw new EcapaError('CANCELLED', `${name}: cancelled.`, { file: name, cause });
    throw spoolError(name, path, cause);
  }
  return { source: { kind: 'file', path, name }, dispose };
}

/** Where a temporary copy cannot be written the temporary folder is at fault, and not the audio. */
function spoolError(name: string, copy: string, cause: unknown): EcapaError {
  const { code, syscall, path } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || !(syscall === 'write' || path === copy)) return inputError(name, cause);
  return new EcapaError(
    'WRITE_FAILED',
    `${name}: no temporary copy can be written in ${tmpdir()} (${code}). Make the folder writable or set TMPDIR to another one.`,
    { file: name, cause },
  );
}
