import { setTimeout as sleep } from 'node:timers/promises';
import type { QueueStatus } from '@ecapa/queue';
import type { Command } from 'commander';
import { interruptible } from '../../terminal/interrupt.js';
import { print } from '../../terminal/output.js';
import { jsonLine, printable } from '../../terminal/printable.js';
import { createProgressBar } from '../../terminal/progress.js';
import { addQueueOptions, type QueueCommandOptions, withQueue } from './queue-options.js';

interface StatusCommandOptions extends QueueCommandOptions {
  readonly json?: boolean;
  readonly watch?: boolean;
}

const WATCH_MILLISECONDS = 1000;

export function registerStatus(batch: Command): void {
  addQueueOptions(batch.command('status').description('how far the queue is'))
    .option('--json', 'one JSON object')
    .option('--watch', 'a progress bar until all files have ended')
    .action((options: StatusCommandOptions) => interruptible((signal) => showStatus(options, signal)));
}

async function showStatus(options: StatusCommandOptions, signal: AbortSignal): Promise<void> {
  await withQueue(options, signal, async (queue, { queueStatus }) => {
    if (options.watch) await watch(() => queueStatus(queue), signal);
    const status = await queueStatus(queue);
    await print(options.json ? jsonLine(status) : statusText(status));
  });
}

async function watch(read: () => Promise<QueueStatus>, signal: AbortSignal): Promise<void> {
  let status = await read();
  const bar = createProgressBar(status.total, 'files');
  try {
    while (!signal.aborted && (leftOf(status) > 0 || status.isSubmitting)) {
      bar.update(status.total - leftOf(status), status.name, status.total);
      await sleep(WATCH_MILLISECONDS, undefined, { signal }).catch(() => undefined);
      status = await read();
    }
  } finally {
    bar.stop();
  }
}

function leftOf({ waiting, active, retrying }: QueueStatus): number {
  return waiting + active + retrying;
}

/** The status for people; empty lines are left out. */
export function statusText(status: QueueStatus): string {
  const rate =
    status.filesPerMinute === undefined
      ? 'not known yet'
      : `${status.filesPerMinute.toFixed(status.filesPerMinute < 10 ? 1 : 0)} files a minute`;
  const left = status.secondsLeft === undefined ? '' : `, ${durationText(status.secondsLeft)} left`;
  const rows: (readonly [string, string])[] = [
    ['files', `${status.total}${status.isSubmitting ? ', more are being submitted' : ''}`],
    ['waiting', `${status.waiting}${status.isPaused ? ' (the queue is paused)' : ''}`],
    ['active', `${status.active}`],
    ['retrying', `${status.retrying}`],
    ['to collect', `${status.completed + status.failed + status.claimed}`],
    ['collected', `${status.collected}`],
    ['rate', `${rate}${left}`],
    [
      'workers',
      status.workers.length === 0 ? 'none' : `${status.workers.length}: ${status.workers.join(', ')}`,
    ],
    ...status.outputs.map((output) => ['output', output] as const),
    ...Object.entries(status.errors).map(([code, count]) => ['errors', `${count} ${code}`] as const),
    ...status.slowest.map(({ file, seconds }) => ['slowest', `${seconds.toFixed(1)} s  ${file}`] as const),
    ...status.refusals.map((reason) => ['refused', reason] as const),
  ];
  return rows.map(([name, text]) => `${name.padEnd(11)} ${printable(text)}\n`).join('');
}

function durationText(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.round(hours / 24)} days`;
}
