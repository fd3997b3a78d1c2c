import { rmSync } from 'node:fs';

const paths = new Set<string>();

/**
 * Notes a file or folder that exists only until something is complete, so that a process which ends in the middle
 * (Ctrl-C, a reader that has gone) leaves nothing half-written. Only a kill can.
 */
export function markTemporary(path: string): void {
  if (paths.size === 0) process.on('exit', removeAll);
  paths.add(path);
}

/** It has got its final name, or is gone. */
export function unmarkTemporary(path: string): void {
  paths.delete(path);
  if (paths.size === 0) process.off('exit', removeAll);
}

function removeAll(): void {
  for (const path of paths) {
    try {
      rmSync(path, { recursive: true, force: true });
    } catch {
      // It cannot be removed, and there is no caller to report it to.
    }
  }
}
