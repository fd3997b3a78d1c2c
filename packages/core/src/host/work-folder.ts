import { existsSync } from 'node:fs';
import { rename, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { makeFolder, writeError } from '../files.js';
import { makeTemporaryFolder, removeTemporary } from '../temporary-paths.js';

/**
 * Makes a file or folder whole or not at all, however `work` ends: it is given a path in a new folder beside `output`,
 * and what it has made there is renamed to `output`. The folder of `output` is made when there is none, and removed
 * again when `work` fails. Throws what `work` throws, and `writeError`'s errors.
 */
export async function makeWhole<Result>(
  output: string,
  work: (path: string) => Promise<Result>,
): Promise<Result> {
  const parent = dirname(output);
  const isNewParent = !existsSync(parent);
  await makeFolder(parent);
  const typed = (cause: unknown): never => {
    throw writeError(output, cause);
  };
  let folder: string | undefined;
  let isDone = false;
  try {
    folder = await makeTemporaryFolder(parent).catch(typed);
    const made = join(folder, basename(output));
    const result = await work(made);
    await rename(made, output).catch(typed);
    isDone = true;
    return result;
  } finally {
    if (folder !== undefined) await removeTemporary(folder);
    if (isNewParent && !isDone) await rmdir(parent).catch(() => undefined); // not when others use it
  }
}
