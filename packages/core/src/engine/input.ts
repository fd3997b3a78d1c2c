import { randomUUID } from 'node:crypto';
import { constants, createWriteStream, open } from 'node:fs';
import { rm, stat, writeFile } from 'node:fs/promises';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { inputError } from '../audio/audio-input.js';
import { EcapaError } from '../errors.js';
import { markTemporary, unmarkTemporary } from '../temporary-paths.js';
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
 * Audio to work on: the path of an audio file, the bytes of one, a stream of the bytes of one,
 * or PCM in memory or as it comes.
 */
export type AudioInput = string | Uint8Array | AsyncIterable<Uint8Array> | PcmInput | PcmStreamInput;

/** Audio made ready for a worker process. */
export interface PreparedInput {
  readonly source: JobSource;
  /** The samples to send, for PCM sources. */
  readonly pcm?: () => AsyncIterable<PcmSamples> | Iterable<PcmSamples>;
  /** True when the job can be done again from the start, e.g. after its worker died. */
  readonly replayable: boolean;
  /** True when the source is produced in real time and must not take a worker for itself. */
  readonly live: boolean;
  /** Removes what was written for the job. Never rejects. */
  dispose(): Promise<void>;
}

/** PCM goes to the worker in pieces of this many values, so that no single message holds up the host. */
const PCM_PIECE_VALUES = 64 * 1024;

const NOTHING = (): Promise<void> => Promise.resolve();

/**
 * Turns any `AudioInput` into something that crosses a process boundary without holding up the caller:
 * bytes and byte streams are spooled to a temporary file, PCM is sent in pieces.
 * Throws `TypeError`/`RangeError` naming the field for input of the wrong form, and `READ_FAILED`,
 * `DISK_FULL` or `CANCELLED` when spooling stops.
 */
export async function prepareInput(
  input: AudioInput,
  name: string | undefined,
  signal?: AbortSignal,
): Promise<PreparedInput> {
  if (typeof input === 'string') {
    if (input === '') throw new TypeError('input: the path is empty');
    return preparePath(input, name ?? input, signal);
  }
  if (input instanceof Uint8Array) {
    return spool(name ?? 'audio data', signal, (path) =>
      writeFile(path, input, signal === undefined ? {} : { signal }),
    );
  }
  if (isObject(input) && 'samples' in input) {
    const { samples, sampleRate, channels = 1 } = input;
    checkPcm(samples, sampleRate, channels);
    return {
      source: { kind: 'pcm', sampleRate, channels, name: name ?? 'PCM audio', live: false },
      pcm: () => pieces(samples, channels),
      replayable: true,
      live: false,
      dispose: NOTHING,
    };
  }
  if (isObject(input) && 'blocks' in input) {
    const { blocks, sampleRate, channels = 1 } = input;
    checkPcm(undefined, sampleRate, channels);
    return {
      source: { kind: 'pcm', sampleRate, channels, name: name ?? 'PCM stream', live: true },
      pcm: () => splitBlocks(blocks, channels),
      replayable: false,
      live: true,
      dispose: NOTHING,
    };
  }
  if (isObject(input) && Symbol.asyncIterator in input) {
    return spool(name ?? 'audio stream', signal, (path) =>
      pipeline(Readable.from(input), createWriteStream(path), signal === undefined ? {} : { signal }),
    );
  }
  throw new TypeError(
    'input: expected a path, the bytes of an audio file, a stream of bytes, { samples, sampleRate } or { blocks, sampleRate }',
  );
}

/**
 * A worker reads a file by seeking in it, and a pipe cannot be sought in: its content is spooled, so that
 * `<(...)` and /dev/stdin work. Devices never end, and are refused.
 */
async function preparePath(
  path: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<PreparedInput> {
  // A path that leads nowhere is the worker's to report, as all that is wrong with files.
  const stats = await stat(path).catch(() => undefined);
  if (stats?.isFIFO()) {
    return spool(name, signal, async (target) =>
      pipeline(await readPipe(path), createWriteStream(target), signal === undefined ? {} : { signal }),
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
  return { source: { kind: 'file', path, name }, replayable: true, live: false, dispose: NOTHING };
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
              checkPcm(next.value, 16_000, channels);
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
  const path = join(tmpdir(), `ecapa-${process.pid}-${randomUUID()}`);
  const dispose = async (): Promise<void> => {
    await rm(path, { force: true }).catch(() => undefined);
    unmarkTemporary(path);
  };
  markTemporary(path);
  try {
    await write(path);
  } catch (cause) {
    await dispose();
    if (signal?.aborted) throw new EcapaError('CANCELLED', `${name}: cancelled.`, { file: name, cause });
    throw inputError(name, cause);
  }
  return { source: { kind: 'file', path, name }, replayable: true, live: false, dispose };
}
