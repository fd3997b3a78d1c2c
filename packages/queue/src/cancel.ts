import { Ledger } from './ledger.js';
import type { BatchQueue } from './queue.js';

const CHUNK = 500;

export interface CancelOptions {
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((removed: number) => void) | undefined;
}

/**
 * Removes the jobs that have not begun. Files under way end, and results stay until they are collected. What was
 * removed can be submitted again. Returns the number of jobs removed.
 */
export async function cancelWaiting(queue: BatchQueue, options: CancelOptions = {}): Promise<number> {
  const ledger = new Ledger(queue);
  let removed = 0;
  while (!options.signal?.aborted) {
    const ids = await queue.bull.getRanges(['waiting', 'delayed', 'prioritized'], 0, CHUNK - 1);
    if (ids.length === 0) break;
    // The ledger first: a job that is in it and not in the queue would never be done.
    await ledger.remove(ids);
    const gone = await Promise.all(ids.map((id) => queue.bull.remove(id).catch(() => 0)));
    removed += gone.filter((count) => count === 1).length;
    options.onProgress?.(removed);
  }
  return removed;
}

/** Removes the queue with all that it holds, results that were not collected included. */
export async function purgeQueue(queue: BatchQueue): Promise<void> {
  const { redis, keys, bull } = queue;
  for (const output of Object.keys(await redis.hgetall(keys.outputs))) {
    const ids = await redis.zrange(keys.claimed(output), 0, -1);
    if (ids.length > 0) await redis.del(...ids.map(keys.job));
  }
  await bull.obliterate({ force: true, count: CHUNK });
  const found = redis.scanStream({ match: keys.own, count: CHUNK });
  for await (const names of found as AsyncIterable<string[]>)
    if (names.length > 0) await redis.unlink(...names);
}
