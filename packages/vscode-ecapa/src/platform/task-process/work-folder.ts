import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';

/**
 * Lends `work` a new folder beside `output`, so that what is made in it can be renamed into place, and removes
 * the folder whatever happens: a task that is ended in the middle of its work leaves nothing behind. The
 * folder of `output` is made when there is none, and taken away again when `work` fails.
 */
export async function withWorkFolder<T>(output: string, work: (folder: string) => Promise<T>): Promise<T> {
  const parent = dirname(output);
  const made = await mkdir(parent, { recursive: true });
  let folder: string | undefined;
  let isDone = false;
  try {
    folder = await mkdtemp(join(parent, '.ecapa-work-'));
    const result = await work(folder);
    isDone = true;
    return result;
  } finally {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    if (made !== undefined && !isDone) await rmdir(parent).catch(() => undefined); // not when others use it
  }
}
