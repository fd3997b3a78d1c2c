import { randomBytes } from 'node:crypto';
import { mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EcapaError, isEcapaError } from './errors.js';
import { markTemporary, unmarkTemporary } from './temporary-paths.js';

/**
 * Writes a file whole or not at all: under a temporary name in the same folder, flushed, then renamed.
 * Throws `DISK_FULL`, `PERMISSION_DENIED`, `IS_DIRECTORY` or `WRITE_FAILED`, and leaves no temporary file behind.
 */
export async function writeFileAtomically(path: string, data: string | Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  markTemporary(temporary);
  try {
    // "wx": a file that happens to have this name is never overwritten or followed.
    const file = await open(temporary, 'wx');
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

/**
 * Makes a folder and those above it. Throws as `writeFileAtomically` does. (Node's own `recursive` never comes back
 * where the system says that nothing can be made, as under /proc.)
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

/** What a failed write means to the user; what has been typed already, further down, keeps its code and words. */
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
