import { readlink, realpath, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, resolve, sep } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { EcapaError } from '@ecapa/core';
import type { Message } from './flow-node.js';
import { namesOf, oneOf } from './settings.js';

/**
 * What texts in a message may mean. `auto`: file paths, unless the message came from the network. `data`: audio data
 * only, never a path. `paths`: file paths, whatever brought the message.
 */
export type Accept = 'auto' | 'data' | 'paths';

/** A file system that does not answer (a network drive that is gone) must not hold up the messages behind. */
const STAT_SECONDS = 10;

/**
 * Decides which files of this machine messages may name. Anyone who can send a message could otherwise learn which files
 * exist, and have any recording judged.
 */
export class FileAccess {
  readonly #accept: Accept;
  readonly #folders: readonly string[];

  /** Throws RangeError naming the setting. An empty list of folders allows all of them. */
  constructor(accept: unknown, folders: unknown) {
    this.#accept = oneOf('accept', accept, ['auto', 'data', 'paths']);
    this.#folders = namesOf(folders);
    const odd = this.#folders.find((folder) => !isAbsolute(folder));
    if (odd !== undefined) throw new RangeError(`folders: expected absolute paths, got "${odd}"`);
  }

  /** True where a text may name a file; elsewhere every text is audio in base64, or is refused. */
  allowsPaths(message: Message): boolean {
    return this.#accept === 'paths' || (this.#accept === 'auto' && !isFromNetwork(message));
  }

  /**
   * The real path of a regular file, below one of the folders where there are any; a path that leads nowhere as it is,
   * for the decoder to report. Throws `PERMISSION_DENIED`, `NOT_AUDIO` for devices, pipes and sockets, and `TIMED_OUT`.
   */
  async open(path: string, message: Message): Promise<string> {
    this.check(path, message);
    const checking = new AbortController();
    try {
      return await Promise.race([this.#regularFile(path), timeOut(path, checking.signal)]);
    } finally {
      checking.abort();
    }
  }

  /**
   * The real path of a file to write, below one of the folders where there are any. That path is to be written: behind a
   * link, the system takes ".." for another folder than it looks like. Throws `PERMISSION_DENIED`.
   */
  async target(path: string, message: Message): Promise<string> {
    this.check(path, message);
    const real = await realTarget(resolve(path));
    if (!this.#isBelow(real, await this.#realFolders())) throw notBelow();
    return real;
  }

  /** What `open` checks before it looks at the file system. */
  check(path: string, message: Message): void {
    if (!this.allowsPaths(message)) throw notAccepted();
    if (!this.#isBelow(resolve(path), this.#folders)) throw notBelow();
  }

  async #regularFile(path: string): Promise<string> {
    const real = await realpath(path).catch(() => undefined);
    if (real === undefined) return path;
    if (!this.#isBelow(real, await this.#realFolders())) throw notBelow();
    const stats = await stat(real).catch(() => undefined);
    if (stats !== undefined && !stats.isFile() && !stats.isDirectory()) {
      throw new EcapaError('NOT_AUDIO', `${path}: this is a device, a pipe or a socket, not a file.`, {
        file: path,
      });
    }
    return real;
  }

  #realFolders(): Promise<readonly string[]> {
    return Promise.all(this.#folders.map((folder) => realpath(folder).catch(() => folder)));
  }

  #isBelow(path: string, folders: readonly string[]): boolean {
    return (
      folders.length === 0 ||
      folders.some((folder) => {
        const way = relative(folder, path);
        return way !== '' && way !== '..' && !way.startsWith(`..${sep}`) && !isAbsolute(way);
      })
    );
  }
}

/** More links than any system follows. */
const MOST_LINKS = 40;

/** Where a file lies, or would lie once it is written: links are followed as far as anything is there. */
async function realTarget(path: string, links = 0): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    // A link that leads nowhere yet could lead anywhere.
    const link = await readlink(path).catch(() => undefined);
    const folder = dirname(path);
    if (folder === path) return path;
    const realFolder = await realTarget(folder, links);
    if (link === undefined || links >= MOST_LINKS) return join(realFolder, basename(path));
    return realTarget(resolve(realFolder, link), links + 1);
  }
}

/** Messages of HTTP In, WebSocket, TCP and UDP nodes, and of MQTT In, as these mark them. */
function isFromNetwork(message: Message): boolean {
  return (
    message.req !== undefined ||
    message.res !== undefined ||
    message._session !== undefined ||
    (message.ip !== undefined && message.port !== undefined) ||
    (message.qos !== undefined && message.retain !== undefined)
  );
}

/** Contains neither the path nor whether such a file exists. */
function notAccepted(): EcapaError {
  return new EcapaError(
    'PERMISSION_DENIED',
    'This node takes audio data only, no file paths, at least not from the network. Send the bytes of the recording; where paths are meant, set Accept to "audio data and file paths".',
  );
}

function notBelow(): EcapaError {
  return new EcapaError(
    'PERMISSION_DENIED',
    'This path is not below one of the folders that this node may read. Add the folder to its settings.',
  );
}

async function timeOut(path: string, signal: AbortSignal): Promise<never> {
  await delay(1000 * STAT_SECONDS, undefined, { signal, ref: false }).catch(
    () => new Promise(() => undefined),
  );
  throw new EcapaError(
    'TIMED_OUT',
    `${path}: the file system did not answer within ${STAT_SECONDS} s. Check the drive.`,
    { file: path },
  );
}
