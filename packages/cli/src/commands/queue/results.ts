import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { EcapaError, type ErrorData, failureToJson, verdictToJson } from '@ecapa/core';
import { parseJournalLine, readError, shownName } from '@ecapa/core/host';
import { timelineToJson } from '@ecapa/core/timeline';
import type { OutcomeValue } from '@ecapa/queue';
import type { Command } from 'commander';
import { EXIT_OK, EXIT_SOME_FAILED } from '../../terminal/exit.js';
import { interruptible } from '../../terminal/interrupt.js';
import { print } from '../../terminal/output.js';
import { jsonLine } from '../../terminal/printable.js';

export function registerResults(batch: Command): void {
  batch
    .command('results')
    .description('print collected results as "classify --json" and "timeline --json" do')
    .argument('<file>', 'as written by "ecapa batch collect", or a journal of --resume')
    .action((file: string) => interruptible(() => printResults(file)));
}

async function printResults(file: string): Promise<void> {
  let errors = 0;
  const input = createReadStream(file);
  // An unreadable file ends the lines without an error.
  const failed = new Promise<never>((_, reject) =>
    input.once('error', (cause) => reject(readError(file, cause))),
  );
  failed.catch(() => undefined);
  const lines = createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })[Symbol.asyncIterator]();
  for (;;) {
    const next = await Promise.race([lines.next(), failed]);
    if (next.done) break;
    const record = parseJournalLine<OutcomeValue>(next.value);
    if (record === undefined) {
      throw new EcapaError('READ_FAILED', `${file}: this is not a file of "ecapa batch collect".`, { file });
    }
    const error = errorOf(record);
    if (error !== undefined) errors++;
    const printed = error === undefined ? valueJson(record) : [failureToJson(shownName(record.file), error)];
    await print(printed.map(jsonLine).join(''));
  }
  process.exitCode = errors === 0 ? EXIT_OK : EXIT_SOME_FAILED;
}

type Line = NonNullable<ReturnType<typeof parseJournalLine<OutcomeValue>>>;

function errorOf(record: Line): ErrorData | undefined {
  if ('failure' in record) return record.failure;
  return 'error' in record.outcome ? record.outcome.error : undefined;
}

function valueJson(record: Line): object[] {
  if ('failure' in record || !('value' in record.outcome)) return [];
  const file = shownName(record.file);
  return record.outcome.value.map((value) =>
    'segments' in value
      ? timelineToJson({ ...value, file, labels: [], channels: value.channels, channel: value.channel })
      : verdictToJson(file, value, value.channel),
  );
}
