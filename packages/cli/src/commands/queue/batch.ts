import type { Command } from 'commander';
import { registerCancel } from './cancel.js';
import { registerCollect } from './collect.js';
import { registerResults } from './results.js';
import { registerStatus } from './status.js';
import { registerSubmit } from './submit.js';

export function registerBatch(program: Command): void {
  const batch = program
    .command('batch')
    .description('classify archives on many machines, over a queue in Redis or Valkey')
    .addHelpText(
      'after',
      `
Examples:
  export ECAPA_QUEUE=redis://queue.example
  ecapa batch submit /mnt/archive --root archive=/mnt/archive --name archive
  ecapa worker --root archive=/data/archive --name archive        on each machine
  ecapa batch collect -o results.jsonl --name archive
  ecapa batch status --name archive
  ecapa batch results results.jsonl > verdicts.jsonl`,
    );
  registerSubmit(batch);
  registerCollect(batch);
  registerStatus(batch);
  registerResults(batch);
  registerCancel(batch);
}
