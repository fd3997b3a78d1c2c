import type { BatchQueue } from './queue.js';

/**
 * The ids of all jobs that have been added and not been given up, also when their results have been collected:
 * submitting again adds only what is new. Many small hashes, which Redis packs: 27 bytes an id at a million.
 */
export class Ledger {
  readonly #queue: BatchQueue;

  constructor(queue: BatchQueue) {
    this.#queue = queue;
  }

  /** Which of the jobs have been added before. */
  async known(ids: readonly string[]): Promise<ReadonlySet<string>> {
    const pipeline = this.#queue.redis.pipeline();
    for (const id of ids) pipeline.hexists(...this.#place(id));
    const replies = await results(pipeline.exec());
    return new Set(ids.filter((_, i) => replies[i] === 1));
  }

  async add(ids: readonly string[]): Promise<void> {
    const pipeline = this.#queue.redis.pipeline();
    for (const id of ids) {
      const [key, field] = this.#place(id);
      pipeline.hset(key, field, '');
    }
    await results(pipeline.exec());
  }

  /** From now on they may be added again. */
  async remove(ids: readonly string[]): Promise<void> {
    const pipeline = this.#queue.redis.pipeline();
    for (const id of ids) pipeline.hdel(...this.#place(id));
    await results(pipeline.exec());
  }

  #place(id: string): [string, Buffer] {
    return [this.#queue.keys.ledger(id.slice(0, 4)), Buffer.from(id.slice(4), 'hex')];
  }
}

/** The replies of a pipeline; rejects with the first that is an error. */
export async function results(
  replies: Promise<readonly [Error | null, unknown][] | null>,
): Promise<readonly unknown[]> {
  return ((await replies) ?? []).map(([error, reply]) => {
    if (error !== null) throw error;
    return reply;
  });
}
