import type { Command } from 'commander';
import { interruptible } from '../../terminal/interrupt.js';
import { print } from '../../terminal/output.js';
import { addQueueOptions, type QueueCommandOptions, withQueue } from './queue-options.js';

interface CancelCommandOptions extends QueueCommandOptions {
  readonly purge?: boolean;
}

export function registerCancel(batch: Command): void {
  addQueueOptions(batch.command('cancel').description('remove the jobs that have not begun'))
    .option('--purge', 'remove the queue with all it holds, results that were not collected included')
    .addHelpText(
      'after',
      `
Files under way end, and their results can be collected. What was removed can be submitted again.`,
    )
    .action((options: CancelCommandOptions) => interruptible((signal) => cancel(options, signal)));
}

async function cancel(options: CancelCommandOptions, signal: AbortSignal): Promise<void> {
  await withQueue(options, signal, async (queue, { cancelWaiting, purgeQueue }) => {
    const removed = await cancelWaiting(queue, { signal });
    if (options.purge) await purgeQueue(queue);
    await print(options.purge ? `removed the queue ${queue.name}\n` : `removed ${removed} jobs\n`);
  });
}
