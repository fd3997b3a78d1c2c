import type { BatchQueue } from './queue.js';
import { WORKER_GONE_MILLISECONDS } from './worker-book.js';

export interface QueueStatus {
  readonly name: string;
  readonly waiting: number;
  /** Under way. */
  readonly active: number;
  /** To be tried again after a failure that may pass. */
  readonly retrying: number;
  /** Ended, not yet collected: with an outcome (also an error that lies in the file), and given up. */
  readonly completed: number;
  readonly failed: number;
  /** Being written by a collector now, or left by one that was stopped. */
  readonly claimed: number;
  /** Lines written. */
  readonly collected: number;
  /** All of these. */
  readonly total: number;
  readonly isPaused: boolean;
  readonly isSubmitting: boolean;
  /** Over the last five minutes; undefined before there is one. */
  readonly filesPerMinute: number | undefined;
  readonly secondsLeft: number | undefined;
  /** Files that ended with an error, by code, most frequent first. */
  readonly errors: Readonly<Record<string, number>>;
  readonly slowest: readonly { readonly file: string; readonly seconds: number }[];
  /** HOST:PID */
  readonly workers: readonly string[];
  /** What workers lack. */
  readonly refusals: readonly string[];
  /** HOST:PATH of the files that results were collected in. */
  readonly outputs: readonly string[];
}

const RATE_MINUTES = 5;
const SLOWEST = 10;

/** How far a queue is. Takes the same time however many jobs it holds. */
export async function queueStatus(queue: BatchQueue): Promise<QueueStatus> {
  const { redis, keys, bull } = queue;
  const [counts, metrics, collected, errors, slow, workers, refusals, outputs, submitting, isPaused] =
    await Promise.all([
      bull.getJobCounts('waiting', 'active', 'delayed', 'completed', 'failed', 'prioritized'),
      bull.getMetrics('completed', 0, RATE_MINUTES - 1),
      redis.hgetall(keys.counts),
      redis.hgetall(keys.errors),
      redis.zrange(keys.slowest, 0, SLOWEST - 1, 'REV', 'WITHSCORES'),
      redis.zrangebyscore(keys.workers, Date.now() - WORKER_GONE_MILLISECONDS, '+inf'),
      redis.hvals(keys.refusals),
      redis.hgetall(keys.outputs),
      redis.exists(keys.submitting),
      bull.isPaused(),
    ]);
  const claims = await Promise.all(Object.keys(outputs).map((output) => redis.zcard(keys.claimed(output))));
  const waiting = (counts.waiting ?? 0) + (counts.prioritized ?? 0);
  const active = counts.active ?? 0;
  const retrying = counts.delayed ?? 0;
  const completed = counts.completed ?? 0;
  const failed = counts.failed ?? 0;
  const claimed = sum(claims);
  const lines = Number(collected.completed ?? 0) + Number(collected.failed ?? 0);
  const minutes = metrics.data.map(Number);
  const filesPerMinute = minutes.length === 0 ? undefined : sum(minutes) / minutes.length;
  const left = waiting + active + retrying;
  return {
    name: queue.name,
    waiting,
    active,
    retrying,
    completed,
    failed,
    claimed,
    collected: lines,
    total: left + completed + failed + claimed + lines,
    isPaused,
    isSubmitting: submitting === 1,
    filesPerMinute,
    secondsLeft:
      filesPerMinute === undefined || filesPerMinute === 0 ? undefined : (60 * left) / filesPerMinute,
    errors: Object.fromEntries(
      Object.entries(errors)
        .map(([code, count]) => [code, Number(count)] as const)
        .sort(([, a], [, b]) => b - a),
    ),
    slowest: slow.flatMap((file, i) => (i % 2 === 0 ? [{ file, seconds: Number(slow[i + 1]) }] : [])),
    workers,
    refusals,
    outputs: Object.values(outputs),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
