import { open } from 'node:fs/promises';
import { EcapaError, isEcapaError } from '../errors.js';

/**
 * Reads a small file whole. Throws `FILE_NOT_FOUND`, `IS_DIRECTORY`, `PERMISSION_DENIED`, `EMPTY_FILE`, or
 * `READ_FAILED` (also when it is larger than `maxBytes`, before reading it).
 */
export async function readInputFile(path: string, maxBytes: number): Promise<Buffer> {
  try {
    const file = await open(path, 'r');
    try {
      const { size } = await file.stat();
      if (size > maxBytes) {
        throw new EcapaError(
          'READ_FAILED',
          `${path}: ${size} bytes is too large for a file of this kind (at most ${maxBytes}). Check that it is the right one.`,
          { file: path },
        );
      }
      const bytes = await file.readFile();
      if (bytes.length === 0)
        throw new EcapaError('EMPTY_FILE', `${path}: the file is empty.`, { file: path });
      return bytes;
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw isEcapaError(cause) ? cause : inputError(path, cause);
  }
}

/** What a failed read means to the user. */
export function inputError(path: string, cause: unknown): EcapaError {
  const options = { file: path, cause };
  switch ((cause as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new EcapaError('FILE_NOT_FOUND', `${path}: no such file. Check the path.`, options);
    case 'EISDIR':
      return new EcapaError('IS_DIRECTORY', `${path}: this is a folder, not a file.`, options);
    case 'EACCES':
    case 'EPERM':
      return new EcapaError('PERMISSION_DENIED', `${path}: no permission to read this file.`, options);
    default: {
      const reason = cause instanceof Error ? cause.message : String(cause);
      return new EcapaError('READ_FAILED', `${path}: the file cannot be read (${reason}).`, options);
    }
  }
}
