import { stat } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { EcapaError } from '@ecapa/core';
import { nativePath, readError, realPath } from '@ecapa/core/host';

/** A folder that jobs may name files in. */
export interface Root {
  readonly name: string;
  /** Absolute, as named. */
  readonly path: string;
}

interface OpenRoot extends Root {
  /** Without links. */
  readonly real: string;
  /** Which folder it is: another one in its place (an empty mount point) is not it. */
  readonly device: number;
  readonly inode: number;
}

/** Reads `NAME=FOLDER`. Throws RangeError for anything else. */
export function parseRoot(text: string): Root {
  const at = text.indexOf('=');
  const [name, path] = [text.slice(0, at), text.slice(at + 1)];
  if (at < 1 || path === '' || !/^[\w.-]{1,64}$/.test(name))
    throw new RangeError(
      `root: expected NAME=FOLDER, with a name of letters, digits, ".", "_" and "-", got "${text}"`,
    );
  return { name, path: resolve(path) };
}

/** Where a job's file lies. */
export interface FilePlace {
  /** As named: below the root's path. Messages and results have it. */
  readonly file: string;
  /** Without links; it is this one that is read. */
  readonly real: string;
}

/** The folders that jobs may name files in, and nothing outside of them. */
export class Roots {
  readonly #roots: ReadonlyMap<string, OpenRoot>;

  private constructor(roots: ReadonlyMap<string, OpenRoot>) {
    this.#roots = roots;
  }

  /** Throws EcapaError FILE_NOT_FOUND for a folder that is not there. */
  static async open(roots: readonly Root[]): Promise<Roots> {
    const opened = new Map<string, OpenRoot>();
    for (const root of roots) {
      if (opened.has(root.name)) throw new RangeError(`root: "${root.name}" is named twice`);
      const facts = await factsOf(root.path);
      if (facts === undefined) {
        throw new EcapaError('FILE_NOT_FOUND', `${root.path}: there is no such folder. Is it mounted?`, {
          file: root.path,
        });
      }
      opened.set(root.name, { ...root, ...facts });
    }
    return new Roots(opened);
  }

  get names(): readonly string[] {
    return [...this.#roots.keys()];
  }

  /**
   * Finds a file of a root. Links are followed as long as they stay inside.
   *
   * @throws EcapaError JOB_INVALID (unknown root, outside of it, no plain file), FILE_NOT_FOUND, IS_DIRECTORY,
   *   PERMISSION_DENIED, READ_FAILED
   */
  async find(name: string, path: string): Promise<FilePlace> {
    const root = this.#roots.get(name);
    if (root === undefined) {
      throw new EcapaError(
        'JOB_INVALID',
        `${name}/${path}: this worker has no root "${name}". Start it with --root ${name}=FOLDER.`,
      );
    }
    const file = join(root.path, path);
    let real: string;
    let isFile: boolean;
    let isDirectory: boolean;
    try {
      real = await realPath(file);
      const stats = await stat(nativePath(real));
      isFile = stats.isFile();
      isDirectory = stats.isDirectory();
    } catch (cause) {
      throw readError(file, cause);
    }
    if (!real.startsWith(root.real.endsWith(sep) ? root.real : root.real + sep)) {
      throw new EcapaError('JOB_INVALID', `${file}: it leads outside the root "${name}", and was not read.`, {
        file,
      });
    }
    if (isDirectory) throw readError(file, { code: 'EISDIR' });
    if (!isFile) {
      throw new EcapaError('JOB_INVALID', `${file}: it is a pipe or a device, and was not read.`, { file });
    }
    return { file, real };
  }

  /** True when the folder is the one that it was: not another, and not unmounted. */
  async isThere(name: string): Promise<boolean> {
    const root = this.#roots.get(name);
    if (root === undefined) return false;
    const facts = await factsOf(root.path);
    return facts !== undefined && facts.device === root.device && facts.inode === root.inode;
  }
}

async function factsOf(
  path: string,
): Promise<{ readonly real: string; readonly device: number; readonly inode: number } | undefined> {
  try {
    const real = await realPath(path);
    const stats = await stat(nativePath(real));
    return stats.isDirectory() ? { real, device: stats.dev, inode: stats.ino } : undefined;
  } catch {
    return undefined;
  }
}
