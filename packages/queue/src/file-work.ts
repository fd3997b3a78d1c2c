import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type ContentStamp, type JournalEntry, outcomeKey, recordOf, stampFile } from '@ecapa/core/host';
import { type AllowList, fetchFile } from './addresses.js';
import type { Engine, OutcomeValue } from './engines.js';
import type { AddressJob, FileJob, JobData } from './job.js';
import type { Roots } from './roots.js';

export type QueueEntry = JournalEntry<OutcomeValue>;

export interface FileWorkOptions {
  readonly roots: Roots;
  readonly allow: AllowList;
  readonly maxDownloadBytes: number;
  readonly downloadFolder: string;
}

/**
 * Does the work of one job: the very entry that a local batch would write into its journal.
 *
 * @throws EcapaError for what does not lie in the file itself, as `recordOf` does; and as `Roots.find` and
 *   `fetchFile` do
 */
export async function workOn(
  data: JobData,
  engine: Engine,
  options: FileWorkOptions,
  signal: AbortSignal,
): Promise<QueueEntry> {
  return 'url' in data
    ? workOnAddress(data, engine, options, signal)
    : workOnFile(data, engine, options, signal);
}

async function workOnFile(
  { root, path }: FileJob,
  engine: Engine,
  { roots }: FileWorkOptions,
  signal: AbortSignal,
): Promise<QueueEntry> {
  const { file, real } = await roots.find(root, path);
  const stamp = await stampFile(real, undefined, signal);
  return entryOf(file, real, stamp, engine, signal);
}

let downloads = 0;

async function workOnAddress(
  { url }: AddressJob,
  engine: Engine,
  { allow, maxDownloadBytes, downloadFolder }: FileWorkOptions,
  signal: AbortSignal,
): Promise<QueueEntry> {
  const target = join(downloadFolder, `${++downloads}`);
  try {
    const modifiedMs = await fetchFile(url, target, { allow, maxBytes: maxDownloadBytes, signal });
    // Of the copy only size and content belong to the address.
    const { sizeBytes, sha256 } = await stampFile(target, undefined, signal);
    const stamp = { sizeBytes, modifiedMs, sha256 };
    return await entryOf(url, target, stamp, engine, signal);
  } finally {
    await rm(target, { force: true }).catch(() => undefined);
  }
}

async function entryOf(
  file: string,
  path: string,
  stamp: ContentStamp,
  engine: Engine,
  signal: AbortSignal,
): Promise<QueueEntry> {
  const key = outcomeKey(stamp.sha256, engine.identity);
  const { entry } = await recordOf(file, stamp, key, () => engine.run(path, file, signal));
  return entry;
}
