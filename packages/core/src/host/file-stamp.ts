import { stat } from 'node:fs/promises';
import { nativePath } from '../audio/native-path.js';
import { hashFile, readError } from '../files.js';

/**
 * How a file looks without reading it. The time of its last change of any kind and its inode belong to it, because a
 * program can set the time of modification to whatever it likes; file systems that are not on a disk report neither.
 */
export interface FileStamp {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
  readonly changedMs?: number;
  readonly inode?: number;
}

/** A stamp with the content that was behind it: an unchanged file need not be read again. */
export interface ContentStamp extends FileStamp {
  /** SHA-256 of its bytes, hexadecimal. */
  readonly sha256: string;
}

/** How the file at `path` looks now. Throws `FILE_NOT_FOUND`, `PERMISSION_DENIED` or `READ_FAILED`. */
export async function statStamp(path: string): Promise<FileStamp> {
  try {
    const { size, mtimeMs, ctimeMs, ino } = await stat(nativePath(path));
    return { sizeBytes: size, modifiedMs: mtimeMs, changedMs: ctimeMs, inode: ino };
  } catch (cause) {
    throw readError(path, cause);
  }
}

/**
 * Stamp and hash of a file; the hash is taken over when all else is as in `known`.
 *
 * @throws EcapaError FILE_NOT_FOUND, PERMISSION_DENIED, IS_DIRECTORY, READ_FAILED, CANCELLED
 */
export async function stampFile(
  path: string,
  known?: ContentStamp,
  signal?: AbortSignal,
): Promise<ContentStamp> {
  const stamp = await statStamp(path);
  if (known !== undefined && isSameStamp(known, stamp)) return known;
  return { ...stamp, sha256: await hashFile(path, { signal }) };
}

/** True when nothing suggests that the file was changed. A stamp that lacks a field is not the same as one with it. */
export function isSameStamp(a: FileStamp, b: FileStamp): boolean {
  return isSameMovedStamp(a, b) && a.changedMs === b.changedMs;
}

/** The same for a file that was moved or renamed in between, which sets the time of its last change. */
export function isSameMovedStamp(a: FileStamp, b: FileStamp): boolean {
  return a.sizeBytes === b.sizeBytes && a.modifiedMs === b.modifiedMs && a.inode === b.inode;
}

/** The model and the head that an outcome comes from, by their content. */
export interface OutcomeOrigin {
  readonly modelSha256: string;
  readonly headSha256: string;
}

/** Why an outcome is out of date: its file, its model or its head is another one by now. */
export type Staleness = 'file' | 'model' | 'head';

/**
 * Why an outcome is out of date now, the file first; undefined while it is not. What is not known now (`undefined`)
 * is taken to be as it was `before`.
 */
export function stalenessOf(
  { stamp, identity }: { readonly stamp: FileStamp; readonly identity: OutcomeOrigin },
  now: { readonly stamp?: FileStamp | undefined; readonly identity?: OutcomeOrigin | undefined },
  before?: Staleness,
): Staleness | undefined {
  const isFileStale = now.stamp === undefined ? before === 'file' : !isSameStamp(stamp, now.stamp);
  if (isFileStale) return 'file';
  if (now.identity === undefined) return before === 'file' ? undefined : before;
  if (identity.modelSha256 !== now.identity.modelSha256) return 'model';
  return identity.headSha256 === now.identity.headSha256 ? undefined : 'head';
}
