import { setTimeout as sleep } from 'node:timers/promises';
import { EcapaError } from '../errors.js';
import { writeError } from '../files.js';

/** A holder of a lock that has not renewed it for so long is gone. */
const STALE_MILLISECONDS = 20_000;
const RETRY_MILLISECONDS = 500;

/**
 * Takes the lock of an existing folder, waiting for its current holder; resolves with its release, which never rejects.
 * Throws `CANCELLED` while waiting, `PERMISSION_DENIED`, `DISK_FULL` or `WRITE_FAILED`.
 */
export async function lockFolder(folder: string, signal?: AbortSignal): Promise<() => Promise<void>> {
  const { default: lockfile } = await import('proper-lockfile'); // no verdict waits for it to load
  for (;;) {
    if (signal?.aborted)
      throw new EcapaError('CANCELLED', `${folder}: cancelled while another process was working in it.`);
    try {
      const release = await lockfile.lock(folder, {
        stale: STALE_MILLISECONDS,
        realpath: false,
        // Losing the lock (a suspended machine) is no reason to crash: files appear whole or not at all anyway.
        onCompromised: () => undefined,
      });
      return () => release().catch(() => undefined);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'ELOCKED') throw writeError(folder, cause);
    }
    await sleep(RETRY_MILLISECONDS, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
  }
}
