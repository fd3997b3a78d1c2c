import { createWriteStream } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { copyTooLong, inputError, MOST_COPIED_BYTES } from '../audio/audio-input.js';
import { EcapaError, isEcapaError } from '../errors.js';
import { markTemporary, removeLeftBehind, removeTemporary, temporaryName } from '../temporary-paths.js';
import type { PreparedInput } from './input.js';
import { openPipe } from './pipe-bytes.js';

/** Copies bytes into a temporary file, which the input's `dispose` removes. */
export function copyBytes(
  bytes: Uint8Array,
  name: string,
  signal: AbortSignal | undefined,
): Promise<PreparedInput> {
  return spool(name, signal, (path) => writeFile(path, bytes, signal === undefined ? {} : { signal }));
}

/** The same for a stream of bytes; one of more than `limitBytes` is `TOO_LONG`. */
export function copyStream(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
  signal: AbortSignal | undefined,
  limitBytes = MOST_COPIED_BYTES,
): Promise<PreparedInput> {
  return spool(name, signal, (path) => copyTo(path, Readable.from(bytes), { name, signal, limitBytes }));
}

/** The same for a named pipe. */
export function copyPipe(
  pipe: string,
  name: string,
  signal: AbortSignal | undefined,
): Promise<PreparedInput> {
  const limitBytes = MOST_COPIED_BYTES;
  return spool(name, signal, async (path) =>
    copyTo(path, await openPipe(pipe), { name, signal, limitBytes }),
  );
}

function copyTo(
  path: string,
  source: Readable,
  options: {
    readonly name: string;
    readonly signal: AbortSignal | undefined;
    readonly limitBytes: number;
  },
): Promise<void> {
  const { name, signal, limitBytes } = options;
  return pipeline(
    source,
    copyLimit(name, limitBytes),
    createWriteStream(path),
    signal === undefined ? {} : { signal },
  );
}

/** Lets so many bytes through to a temporary copy, and fails with `TOO_LONG` at the next. */
function copyLimit(name: string, limitBytes: number): Transform {
  let copied = 0;
  return new Transform({
    transform(chunk: Uint8Array, _, done) {
      copied += chunk.length;
      if (copied > limitBytes) done(copyTooLong(name, limitBytes));
      else done(null, chunk);
    },
  });
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
  if (isEcapaError(cause)) return cause;
  const { code, syscall, path } = cause as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || !(syscall === 'write' || path === copy)) return inputError(name, cause);
  return new EcapaError(
    'WRITE_FAILED',
    `${name}: no temporary copy can be written in ${tmpdir()} (${code}). Make the folder writable or set TMPDIR to another one.`,
    { file: name, cause },
  );
}
