import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { EcapaError } from '@ecapa/core';
import { isAlive } from './addresses.js';
import { results } from './ledger.js';
import type { BatchQueue } from './queue.js';

/** A lease that its holder has not renewed for so long is free. */
const LEASE_MILLISECONDS = 30_000;
/** What is about to be written is no longer written when the lease is older than this. */
const SAFE_MILLISECONDS = 15_000;

/** Jobs that have ended and whose results belong to one output from now on. */
export interface Claim {
  /** Size of the output when they were claimed: their lines can only be behind it. */
  readonly sizeBytes: number;
  readonly completed: readonly string[];
  readonly failed: readonly string[];
}

/** KEYS: lease, claimed, claimSize, completed, failed; ARGV: token, milliseconds, size, limit. */
const CLAIM = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if redis.call('EXISTS', KEYS[2]) == 0 then
  redis.call('SET', KEYS[3], ARGV[3])
  for state = 0, 1 do
    local ids = redis.call('ZRANGE', KEYS[4 + state], 0, ARGV[4] - 1)
    for _, id in ipairs(ids) do
      redis.call('ZREM', KEYS[4 + state], id)
      redis.call('ZADD', KEYS[2], state, id)
    end
  end
end
return { redis.call('GET', KEYS[3]), redis.call('ZRANGE', KEYS[2], 0, -1, 'WITHSCORES') }`;

/** KEYS: lease, claimed, counts; ARGV: token, milliseconds, prefix of job keys, ids. */
const SETTLE = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
for i = 4, #ARGV do
  local state = redis.call('ZSCORE', KEYS[2], ARGV[i])
  if state then
    redis.call('HINCRBY', KEYS[3], state == '0' and 'completed' or 'failed', 1)
    redis.call('ZREM', KEYS[2], ARGV[i])
  end
  local key = ARGV[3] .. ARGV[i]
  redis.call('DEL', key, key .. ':logs', key .. ':lock')
end
return 1`;

/** KEYS: lease, claimed, claimSize, the other output's lease and claimed; ARGV: token, milliseconds, size. */
const ADOPT = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return false end
redis.call('PEXPIRE', KEYS[1], ARGV[2])
if redis.call('EXISTS', KEYS[2], KEYS[4]) > 0 or redis.call('EXISTS', KEYS[5]) == 0 then return 0 end
redis.call('RENAME', KEYS[5], KEYS[2])
redis.call('SET', KEYS[3], ARGV[3])
return 1`;

/** KEYS: lease; ARGV: token that it has, token, milliseconds. */
const TAKE_OVER = `
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`;

/** KEYS: lease; ARGV: token. */
const RELEASE = `if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end`;

interface Holder {
  readonly host: string;
  readonly pid: number;
}

/**
 * The right of one process to write an output, and the jobs whose results belong there. A job that an output has
 * claimed is written there and nowhere else, however often its collector is killed.
 */
export class Claims {
  readonly #queue: BatchQueue;
  readonly #output: string;
  readonly #token = JSON.stringify({ host: hostname(), pid: process.pid, id: randomUUID() });
  #renewedAt = 0;

  constructor(queue: BatchQueue, output: string) {
    this.#queue = queue;
    this.#output = output;
  }

  /** Tries to become the one that writes the output; otherwise returns who is. */
  async take(): Promise<Holder | undefined> {
    const { redis, keys } = this.#queue;
    const lease = keys.lease(this.#output);
    const now = performance.now();
    if ((await redis.set(lease, this.#token, 'PX', LEASE_MILLISECONDS, 'NX')) === 'OK') {
      this.#renewedAt = now;
      return undefined;
    }
    const held = await redis.get(lease);
    if (held === null) return this.take();
    if (held === this.#token) return undefined; // the answer to the first command was lost
    const holder: Holder = JSON.parse(held);
    if (holder.host !== hostname() || isAlive(holder.pid)) return holder;
    // It was killed: no need to wait until its lease expires.
    const taken = await redis.eval(TAKE_OVER, 1, lease, held, this.#token, LEASE_MILLISECONDS);
    if (taken !== 1) return holder;
    this.#renewedAt = now;
    return undefined;
  }

  /**
   * The jobs that are to be written next: those claimed before and not settled, else up to `limit` new ones of either
   * kind.
   *
   * @throws EcapaError CLOSED when another process has the output
   */
  async claim(sizeBytes: number, limit: number): Promise<Claim> {
    const { redis, keys } = this.#queue;
    const now = performance.now();
    const reply = (await redis.eval(
      CLAIM,
      5,
      keys.lease(this.#output),
      keys.claimed(this.#output),
      keys.claimSize(this.#output),
      keys.completed,
      keys.failed,
      this.#token,
      LEASE_MILLISECONDS,
      sizeBytes,
      limit,
    )) as [string, string[]] | null;
    if (reply === null) throw lost();
    this.#renewedAt = now;
    const [size, members] = reply;
    const ids = (state: string): string[] =>
      members.filter((_, i) => i % 2 === 0 && members[i + 1] === state);
    return { sizeBytes: Number(size), completed: ids('0'), failed: ids('1') };
  }

  /**
   * Takes the jobs of another output over, unless this one has some already or that one is being written. False where
   * there are none to take. Throws EcapaError CLOSED.
   */
  async adopt(other: string, sizeBytes: number): Promise<boolean> {
    const { redis, keys } = this.#queue;
    const own = [keys.lease(this.#output), keys.claimed(this.#output), keys.claimSize(this.#output)];
    const others = [keys.lease(other), keys.claimed(other)];
    const adopted = await redis.eval(ADOPT, 5, ...own, ...others, this.#token, LEASE_MILLISECONDS, sizeBytes);
    if (adopted === null) throw lost();
    return adopted === 1;
  }

  /** To be called right before lines are written. Throws EcapaError CLOSED when another process may have the output. */
  async ensure(): Promise<void> {
    if (performance.now() - this.#renewedAt < SAFE_MILLISECONDS) return;
    const { redis, keys } = this.#queue;
    const now = performance.now();
    const lease = keys.lease(this.#output);
    const held = await redis.eval(TAKE_OVER, 1, lease, this.#token, this.#token, LEASE_MILLISECONDS);
    if (held !== 1) throw lost();
    this.#renewedAt = now;
  }

  /** Removes jobs whose lines are on the disk from Redis, and counts them. Throws EcapaError CLOSED. */
  async settle(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    const { redis, keys } = this.#queue;
    const now = performance.now();
    const settled = await redis.eval(
      SETTLE,
      3,
      keys.lease(this.#output),
      keys.claimed(this.#output),
      keys.counts,
      this.#token,
      LEASE_MILLISECONDS,
      keys.job(''),
      ...ids,
    );
    if (settled === null) throw lost();
    this.#renewedAt = now;
  }

  /** What jobs hold: data, result, reason of failure; null for what is not there. */
  async read(ids: readonly string[]): Promise<readonly (readonly (string | null)[])[]> {
    const pipeline = this.#queue.redis.pipeline();
    for (const id of ids) pipeline.hmget(this.#queue.keys.job(id), 'data', 'returnvalue', 'failedReason');
    return (await results(pipeline.exec())) as (string | null)[][];
  }

  /** Bytes that the results of jobs take. */
  async sizes(ids: readonly string[]): Promise<readonly number[]> {
    const pipeline = this.#queue.redis.pipeline();
    for (const id of ids) pipeline.hstrlen(this.#queue.keys.job(id), 'returnvalue');
    return (await results(pipeline.exec())) as number[];
  }

  async release(): Promise<void> {
    await this.#queue.redis.eval(RELEASE, 1, this.#queue.keys.lease(this.#output), this.#token);
  }
}

function lost(): EcapaError {
  return new EcapaError(
    'CLOSED',
    'Another process collects into this file now, since this one was held up for too long. Nothing was written twice.',
  );
}
