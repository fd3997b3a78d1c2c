import { closeSync, constants, createReadStream, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EcapaError } from '../errors.js';
import { readError } from '../files.js';
import { makeTemporaryFolder, unmarkTemporary } from '../temporary-paths.js';
import { nativePath } from './native-path.js';
import { plainInput } from './plain-input.js';

/**
 * A file of audio: its path or `file:` URL, the bytes of it, or a stream of its bytes (a Node `Readable` is one).
 */
export type AudioInput = string | URL | Uint8Array | ArrayBuffer | Blob | AsyncIterable<Uint8Array>;

/** Bytes at any place, at once: decoders seek (MP4 may keep its index at the end) and read synchronously. */
export interface ByteSource {
  /** The input as the user named it, for messages. */
  readonly name: string;
  /** Of a stream, as many as have come. */
  readonly sizeBytes: number;
  /**
   * Set for a stream, which is read once from its beginning to its end: true when the next bytes have not come, so that
   * reading waits for them.
   */
  readonly isDry?: () => boolean;
  /** Where a program of its own can read the same bytes; set for paths and when `needsPath` was asked. */
  readonly path: string | undefined;
  /** Fills `into` from `offset` on; returns how many bytes there were, 0 at the end. Throws Node's errors. */
  readAt(offset: number, into: Uint8Array): number;
  /** Closes and removes what was made; safe to call twice. */
  close(): void;
}

export interface OpenInputOptions {
  readonly signal?: AbortSignal | undefined;
  readonly name?: string | undefined;
  /** Put bytes and streams into a file with a name, so that another program can open it. */
  readonly needsPath?: boolean;
  /** Of a stream no more is copied into a file. Default `MOST_COPIED_BYTES`. */
  readonly copyLimitBytes?: number | undefined;
}

/** The longest temporary copy of a stream: an endless one must not fill the disk. */
export const MOST_COPIED_BYTES = 2 * 1024 ** 3;

/**
 * Opens an input. A stream is first read to its end into a temporary file (`StreamedBytes` is the way around), and memory
 * stays flat. The file has no name from the start (or, with `needsPath`, until `close`), so that not even a killed process
 * leaves it behind.
 *
 * @throws EcapaError FILE_NOT_FOUND, PERMISSION_DENIED, IS_DIRECTORY, EMPTY_FILE, READ_FAILED, DISK_FULL,
 *   TOO_LONG (a stream of more than `copyLimitBytes`), CANCELLED; TypeError for any other kind of input
 */
export async function openInput(
  input: AudioInput | ByteSource,
  options: OpenInputOptions = {},
): Promise<ByteSource> {
  throwIfCancelled(options.signal, options.name);
  if (isByteSource(input)) return input;
  const source = await openAny(input, options);
  if (source.sizeBytes > 0) return source;
  source.close();
  throw new EcapaError('EMPTY_FILE', `${source.name}: the file is empty (0 bytes). Give a file with audio.`, {
    file: source.name,
  });
}

/** Throws CANCELLED once `signal` is aborted. */
export function throwIfCancelled(signal: AbortSignal | undefined, file: string | undefined): void {
  if (!signal?.aborted) return;
  const name = file === undefined ? '' : `${file}: `;
  throw new EcapaError('CANCELLED', `${name}cancelled before the audio was decoded.`, {
    file,
    cause: signal.reason,
  });
}

function isByteSource(input: AudioInput | ByteSource): input is ByteSource {
  return typeof input === 'object' && input !== null && 'readAt' in input;
}

async function openAny(given: AudioInput, options: OpenInputOptions): Promise<ByteSource> {
  const plain = plainInput(given);
  if (plain === undefined) {
    throw new TypeError(
      'input: expected a path, a file: URL, the bytes of an audio file (Uint8Array, ArrayBuffer or Blob) or a stream of bytes',
    );
  }
  const { input } = plain;
  if (typeof input === 'string') return openPath(input, options);
  if (!(input instanceof Uint8Array)) {
    return spool(input, options.name ?? plain.name ?? 'audio stream', options);
  }
  const name = options.name ?? 'audio bytes';
  return options.needsPath ? spool(oneChunk(input), name, options) : fromMemory(input, name);
}

async function openPath(path: string, options: OpenInputOptions): Promise<ByteSource> {
  const name = options.name ?? path;
  try {
    const native = nativePath(path);
    const found = await stat(native);
    if (found.isDirectory()) {
      throw new EcapaError('IS_DIRECTORY', `${name}: it is a directory. Name a file in it.`, { file: name });
    }
    // A pipe, a socket, a terminal: no seeking there.
    if (!found.isFile()) return await spool(createReadStream(native), name, options);
    const fd = openSync(native, constants.O_RDONLY);
    return fromDescriptor(fd, found.size, name, path, () => {});
  } catch (error) {
    throw inputError(name, error);
  }
}

async function* oneChunk(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function fromMemory(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    sizeBytes: bytes.length,
    path: undefined,
    readAt(offset, into) {
      const part = bytes.subarray(offset, offset + into.length);
      into.set(part);
      return part.length;
    },
    close() {},
  };
}

function fromDescriptor(
  fd: number,
  sizeBytes: number,
  name: string,
  path: string | undefined,
  remove: () => void,
): ByteSource {
  let isOpen = true;
  return {
    name,
    sizeBytes,
    path,
    readAt: (offset, into) => readSync(fd, into, 0, into.length, offset),
    close() {
      if (!isOpen) return;
      isOpen = false;
      closeSync(fd);
      remove();
    },
  };
}

async function spool(
  stream: AsyncIterable<Uint8Array>,
  name: string,
  { signal, needsPath = false, copyLimitBytes = MOST_COPIED_BYTES }: OpenInputOptions,
): Promise<ByteSource> {
  const directory = await makeTemporaryFolder().catch((error: unknown) => {
    throw inputError(name, error);
  });
  const remove = (): void => {
    rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
    unmarkTemporary(directory);
  };
  const path = join(directory, 'audio');
  let fd: number | undefined;
  try {
    fd = openSync(path, 'wx+', 0o600);
    if (!needsPath) removeQuietly(remove);
    const sizeBytes = await copyTo(fd, stream, { name, signal, copyLimitBytes });
    return fromDescriptor(fd, sizeBytes, name, needsPath ? path : undefined, remove);
  } catch (error) {
    if (fd !== undefined) closeSync(fd);
    remove();
    throw error instanceof TypeError ? error : inputError(name, error);
  }
}

/** Some file systems refuse to remove an open file; `close` removes it then. */
function removeQuietly(remove: () => void): void {
  try {
    remove();
  } catch {
    // `close` tries again.
  }
}

async function copyTo(
  fd: number,
  stream: AsyncIterable<Uint8Array>,
  limits: {
    readonly name: string;
    readonly signal: AbortSignal | undefined;
    readonly copyLimitBytes: number;
  },
): Promise<number> {
  const { name, signal, copyLimitBytes } = limits;
  const iterator = stream[Symbol.asyncIterator]();
  const stop = stopperOf(signal);
  let sizeBytes = 0;
  try {
    for (;;) {
      // A stream may never send again: the signal must not wait for its next chunk.
      const next = await Promise.race([iterator.next(), stop.stopped]);
      throwIfCancelled(signal, name);
      if (next === undefined || next.done) return sizeBytes;
      if (!(next.value instanceof Uint8Array)) {
        throw new TypeError('input must yield Uint8Array chunks; give the stream no encoding');
      }
      if (sizeBytes + next.value.length > copyLimitBytes) throw copyTooLong(name, copyLimitBytes);
      for (let at = 0; at < next.value.length; ) at += writeSync(fd, next.value, at, next.value.length - at);
      sizeBytes += next.value.length;
    }
  } catch (error) {
    // Not awaited: a stream that hangs would hold the error back.
    iterator.return?.().catch(() => {});
    throw error;
  } finally {
    stop.forget();
  }
}

interface Stopper {
  readonly stopped: Promise<undefined>;
  forget(): void;
}

function stopperOf(signal: AbortSignal | undefined): Stopper {
  let listener = (): void => {};
  const stopped = new Promise<undefined>((resolve) => {
    listener = () => resolve(undefined);
    if (signal?.aborted) resolve(undefined); // its event has passed while the place for the copy was made
    signal?.addEventListener('abort', listener, { once: true });
  });
  return { stopped, forget: () => signal?.removeEventListener('abort', listener) };
}

/** The error of a stream that would have to be copied whole, and is longer than its copy may be. */
export function copyTooLong(name: string, copyLimitBytes: number): EcapaError {
  const limit = `${Math.floor(copyLimitBytes / 1024 ** 2)} MiB`;
  return new EcapaError(
    'TOO_LONG',
    `${name}: this format is decoded from a file, and its temporary copy may not be longer than ${limit} (copyLimitBytes, --copy-limit). Raise the limit, or send a format that can be decoded as it comes, such as WAV, FLAC, Ogg or MP3.`,
    { file: name },
  );
}

/** A typed error of what the file system reported. Reading an input fills a disk only by its temporary copy. */
export function inputError(name: string, cause: unknown): EcapaError {
  if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') return readError(name, cause);
  const advice = `no room for a temporary copy in ${tmpdir()}. Free some space or set TMPDIR.`;
  return new EcapaError('DISK_FULL', `${name}: ${advice}`, { file: name, cause });
}
