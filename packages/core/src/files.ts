import { createHash } from 'node:crypto';
import { closeSync, constants, openSync } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import nodePath, { dirname, posix } from 'node:path';
import { nativePath } from './audio/native-path.js';
import { EcapaError, type ErrorCode, isEcapaError } from './errors.js';
import { markTemporary, removeLeftBehind, temporaryName, unmarkTemporary } from './temporary-paths.js';

/** How a failed read is worded, and the code it gets where the system gives no better one. */
export interface ReadErrorOptions {
  /** What messages call the file. Default: its path. */
  readonly name?: string | undefined;
  /** In place of `FILE_NOT_FOUND`, with what to do about it. */
  readonly notFound?: { readonly code: ErrorCode; readonly advice: string } | undefined;
  /** Once aborted, the error is `CANCELLED`, whatever the file system reported. */
  readonly signal?: AbortSignal | undefined;
}

/** Which sizes are accepted when a whole file is read. */
export interface ReadFileOptions extends ReadErrorOptions {
  /** A larger file is refused before it is in memory. */
  readonly maximumBytes: number;
  /** Default false: an empty file is `EMPTY_FILE`. */
  readonly mayBeEmpty?: boolean;
}

/**
 * Reads a small file whole: heads, models, lists, settings. Only regular files are read, because a pipe may block
 * without end and a device may never end.
 *
 * Throws `FILE_NOT_FOUND`, `PERMISSION_DENIED`, `IS_DIRECTORY`, `EMPTY_FILE`, `CANCELLED` or `READ_FAILED` (also
 * for anything but a regular file, and for one larger than `maximumBytes`).
 */
export async function readRegularFile(path: string, options: ReadFileOptions): Promise<Buffer> {
  const { maximumBytes, mayBeEmpty = false, name = path, signal } = options;
  try {
    signal?.throwIfAborted();
    const file = await openRegular(path, name);
    try {
      const stats = await file.stat();
      if (stats.size > maximumBytes) throw tooLarge(path, name, maximumBytes);
      // The size is only a hint: files under /proc report 0, and a file can grow while it is read.
      const chunks: Buffer[] = [];
      let length = 0;
      for (;;) {
        signal?.throwIfAborted();
        const chunk = Buffer.allocUnsafe(length < stats.size ? stats.size - length : SPARE_BYTES);
        const { bytesRead } = await file.read(chunk, 0, chunk.length, length);
        if (bytesRead === 0) break;
        length += bytesRead;
        if (length > maximumBytes) throw tooLarge(path, name, maximumBytes);
        chunks.push(chunk.subarray(0, bytesRead));
      }
      if (length === 0 && !mayBeEmpty)
        throw new EcapaError('EMPTY_FILE', `${name}: the file is empty.`, { file: path });
      return chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks, length);
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw readError(path, cause, options);
  }
}

/** Read past the end of a file, to see that it is the end. */
const SPARE_BYTES = 4096;

async function openRegular(path: string, name: string): Promise<FileHandle> {
  // Without O_NONBLOCK, opening a pipe waits for its writer (Windows has neither the flag nor such pipes).
  const file = await open(nativePath(path), constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  try {
    const stats = await file.stat();
    if (stats.isFile()) return file;
    if (stats.isDirectory()) throw Object.assign(new Error('it is a folder'), { code: 'EISDIR' });
    throw new EcapaError(
      'READ_FAILED',
      `${name}: this is a pipe, a socket or a device, not a regular file. Copy its content into a file first.`,
      { file: path },
    );
  } catch (error) {
    await file.close();
    throw error;
  }
}

function tooLarge(path: string, name: string, maximumBytes: number): EcapaError {
  const limit = maximumBytes >= 1 << 20 ? `${maximumBytes >> 20} MiB` : `${maximumBytes} bytes`;
  return new EcapaError(
    'READ_FAILED',
    `${name}: larger than ${limit}, the limit for a file of this kind. Check that it is the right file.`,
    { file: path },
  );
}

/** SHA-256 of a regular file's bytes, 64 lower-case hexadecimal digits. Throws as `readRegularFile` does. */
export async function hashFile(path: string, options: ReadErrorOptions = {}): Promise<string> {
  const { name = path, signal } = options;
  const hash = createHash('sha256');
  try {
    signal?.throwIfAborted();
    const file = await openRegular(path, name);
    // The stream closes the file at its end, at an error and when it is aborted.
    for await (const chunk of file.createReadStream(signal === undefined ? {} : { signal }))
      hash.update(chunk as Buffer);
  } catch (cause) {
    throw readError(path, cause, options);
  }
  return hash.digest('hex');
}

/** SHA-256 of bytes or UTF-8 text, 64 lower-case hexadecimal digits. */
export function sha256Of(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex');
}

/**
 * Converts what the file system reported on a read into a typed error: `FILE_NOT_FOUND`, `PERMISSION_DENIED`,
 * `IS_DIRECTORY`, `CANCELLED` or `READ_FAILED`. An `EcapaError` is passed on as it is.
 */
export function readError(path: string, cause: unknown, options: ReadErrorOptions = {}): EcapaError {
  if (isEcapaError(cause)) return cause;
  const { name = path, notFound, signal } = options;
  const typed = (code: ErrorCode, reason: string): EcapaError =>
    new EcapaError(code, `${name}: ${reason}`, { file: path, cause });
  if (signal?.aborted) return typed('CANCELLED', 'cancelled.');
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
      if (notFound !== undefined) return typed(notFound.code, `there is no such file. ${notFound.advice}`);
      return typed('FILE_NOT_FOUND', 'there is no such file. Check the path.');
    case 'ELOOP':
      return typed(notFound?.code ?? 'FILE_NOT_FOUND', 'this is a link that leads back to itself.');
    case 'EACCES':
    case 'EPERM':
      return typed(
        'PERMISSION_DENIED',
        'no permission to read it. Change its permissions or run as another user.',
      );
    case 'EISDIR':
      return typed('IS_DIRECTORY', 'this is a folder. Name a file in it.');
    default: {
      const reason = cause instanceof Error ? cause.message : String(cause);
      return typed('READ_FAILED', `it cannot be read (${reason}). Try again, or copy the file first.`);
    }
  }
}

/**
 * Writes a file whole or not at all: under a temporary name in the same folder, flushed, then renamed.
 * Throws `DISK_FULL`, `PERMISSION_DENIED`, `IS_DIRECTORY` or `WRITE_FAILED`, and leaves no temporary file behind.
 */
export async function writeFileAtomically(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = temporarySibling(path);
  await removeLeftBehind(dirname(path));
  markTemporary(temporary);
  try {
    // "wx": a file that happens to have this name is never overwritten or followed. Created at once: one that a thread
    // creates while the process exits would stay behind.
    closeSync(openSync(temporary, 'wx'));
    const file = await open(temporary, 'r+');
    try {
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await rm(temporary, { force: true });
    throw writeError(path, cause);
  } finally {
    unmarkTemporary(temporary);
  }
}

/** A new hidden name in the same folder: two writers of one file never share it, and a rename stays on one disk. */
export function temporarySibling(path: string, form: 'native' | 'posix' = 'native'): string {
  const { dirname, join } = form === 'native' ? nodePath : posix;
  return join(dirname(path), `.${temporaryName()}.tmp`);
}

/**
 * Makes a folder and those above it. Throws as `writeFileAtomically` does. (Node's own `recursive` never comes back
 * where the system reports that nothing can be created, as under /proc.)
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path).catch(async (cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT' || dirname(path) === path) throw cause;
      await makeFolder(dirname(path));
      await mkdir(path);
    });
  } catch (cause) {
    const isFolder = await stat(path).then(
      (stats) => stats.isDirectory(),
      () => false,
    );
    if (!isFolder) throw writeError(path, cause);
  }
}

/** Converts what the file system reported on a write into a typed error. An `EcapaError` is passed on as it is. */
export function writeError(path: string, cause: unknown): EcapaError {
  if (isEcapaError(cause)) return cause;
  const options = { file: path, cause };
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new EcapaError(
        'DISK_FULL',
        `${path}: no space left to write this file. Free some and try again.`,
        options,
      );
    case 'ENOENT':
    case 'ENOTDIR':
      return new EcapaError(
        'WRITE_FAILED',
        `${path}: the folder to write to does not exist. Create it first.`,
        options,
      );
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new EcapaError(
        'PERMISSION_DENIED',
        `${path}: no permission to write here. Name another place.`,
        options,
      );
    case 'EISDIR':
      return new EcapaError('IS_DIRECTORY', `${path}: this is a folder. Name a file to write to.`, options);
    default: {
      const reason = cause instanceof Error ? cause.message : String(cause);
      return new EcapaError('WRITE_FAILED', `${path}: the file cannot be written (${reason}).`, options);
    }
  }
}
