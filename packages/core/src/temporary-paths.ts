import { createHash, randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { lstat, mkdir, opendir, rm } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';

const paths = new Set<string>();

/**
 * Notes a file or folder that exists only until something is complete, so that a process which ends in the middle
 * (Ctrl-C, a reader that has gone) leaves nothing half-written. Of one that is killed, `removeLeftBehind` removes it.
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

/** This machine, in names that several may see, as on a shared disk. */
const HOST = createHash('sha256').update(hostname()).digest('hex').slice(0, 8);
const NAME = /^\.?ecapa-([0-9a-f]{8})-(\d+)-[0-9a-f]{12}(?:\.tmp)?$/;

/** A new name for what is temporary: it says whose it is, so that what a killed process leaves can be told from the rest. */
export function temporaryName(): string {
  return `ecapa-${HOST}-${process.pid}-${randomBytes(6).toString('hex')}`;
}

/**
 * Makes a temporary folder that only this user can read: in the system's place for them, or hidden in a folder of the
 * user's. `removeTemporary` takes it away. Throws Node's errors.
 */
export async function makeTemporaryFolder(parent?: string): Promise<string> {
  const path = parent === undefined ? join(tmpdir(), temporaryName()) : join(parent, `.${temporaryName()}`);
  await removeLeftBehind(parent ?? tmpdir());
  await mkdir(path, { mode: 0o700 });
  markTemporary(path);
  return path;
}

/** Never rejects. */
export async function removeTemporary(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 }).catch(() => undefined);
  unmarkTemporary(path);
}

const looked = new Map<string, Promise<void>>();
/** A folder with more has other things to do than to be tidied. */
const MOST_ENTRIES = 50_000;

/**
 * Removes what killed processes of this machine and user have left in a folder, once in each process. What this and
 * other living processes work on stays. Never rejects.
 */
export function removeLeftBehind(folder: string): Promise<void> {
  let looking = looked.get(folder);
  if (looking === undefined) {
    looking = look(folder).catch(() => undefined); // it is not there, or not ours to tidy
    looked.set(folder, looking);
  }
  return looking;
}

async function look(folder: string): Promise<void> {
  let entries = 0;
  for await (const { name } of await opendir(folder)) {
    if (++entries > MOST_ENTRIES) return;
    const [, host, pid] = NAME.exec(name) ?? [];
    const path = join(folder, name);
    if (host === HOST && !paths.has(path) && (await isLeftBehind(path, Number(pid)).catch(() => false)))
      await rm(path, { recursive: true, force: true }).catch(() => undefined);
  }
}

async function isLeftBehind(path: string, pid: number): Promise<boolean> {
  const { uid, mtimeMs } = await lstat(path); // another process may be quicker
  if (process.getuid !== undefined && uid !== process.getuid()) return false;
  // In containers every run has the same number: what is older than this process was another's.
  return pid === process.pid ? mtimeMs < Date.now() - 1000 * process.uptime() - 1000 : !isAlive(pid);
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
