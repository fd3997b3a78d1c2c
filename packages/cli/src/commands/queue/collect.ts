import type { Command } from 'commander';
import { EXIT_OK, EXIT_SOME_FAILED } from '../../terminal/exit.js';
import { warn } from '../../terminal/failure.js';
import { interruptible } from '../../terminal/interrupt.js';
import { print } from '../../terminal/output.js';
import { createProgressBar, type ProgressBar } from '../../terminal/progress.js';
import { addQueueOptions, type QueueCommandOptions, withQueue } from './queue-options.js';

interface CollectCommandOptions extends QueueCommandOptions {
  readonly output: string;
  readonly follow?: boolean;
  readonly takeOver?: boolean;
}

export function registerCollect(batch: Command): void {
  const command = batch
    .command('collect')
    .description('write results as they come, each once, and remove them from the queue')
    .requiredOption('-o, --output <file>', 'lines are added to it');
  addQueueOptions(command)
    .option('--follow', 'keep running when the queue is empty')
    .option(
      '--take-over',
      'also write what collectors of other files left unfinished; those may have part of it',
    )
    .addHelpText(
      'after',
      `
The file is a journal, as --resume reads it: "ecapa batch results FILE" prints it as --json does.
Ends when the queue is empty. May be killed at any moment and be run again with the same file.

Exit code: 0 all collected, 1 some of them are errors, 2 wrong usage.`,
    )
    .action((options: CollectCommandOptions) => interruptible((signal) => collectResults(options, signal)));
}

async function collectResults(options: CollectCommandOptions, signal: AbortSignal): Promise<void> {
  await withQueue(options, signal, async (queue, { collect }) => {
    let bar: ProgressBar | undefined;
    try {
      const counts = await collect(queue, {
        output: options.output,
        follow: options.follow,
        takeOver: options.takeOver,
        signal,
        onProgress: ({ written, left }) => {
          bar ??= written + left > 0 ? createProgressBar(written + left, 'files') : undefined;
          bar?.update(written, options.output, written + left);
        },
        onWaiting: ({ host, pid }) =>
          warn(`process ${pid} on ${host} writes ${options.output}; waiting until it has ended.`),
      });
      bar?.stop();
      await print(`wrote ${counts.written} results, ${counts.errors} of them errors\n`);
      process.exitCode = counts.errors === 0 ? EXIT_OK : EXIT_SOME_FAILED;
    } finally {
      bar?.stop();
    }
  });
}
