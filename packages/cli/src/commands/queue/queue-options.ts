import { readFile } from 'node:fs/promises';
import { readError } from '@ecapa/core/host';
import type { BatchQueue, QueueOptions } from '@ecapa/queue';
import { type Command, Option } from 'commander';
import { UsageError, warn } from '../../terminal/failure.js';

/** Options of every command that uses a queue. */
export interface QueueCommandOptions {
  readonly queue?: string;
  readonly name: string;
  readonly ca?: string;
}

export function addQueueOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--queue <url>',
        'Redis or Valkey: redis://[user:password@]host[:port][/db], rediss:// for TLS',
      ).env('ECAPA_QUEUE'),
    )
    .option('--name <name>', 'which queue of that server', 'ecapa')
    .option('--ca <file>', "certificates (PEM) that the server's is signed by");
}

/** Connects to the queue; prints on standard error when the connection is lost and when it is back. */
export async function queueOptions(options: QueueCommandOptions, signal: AbortSignal): Promise<QueueOptions> {
  const { queue: url, name, ca } = options;
  if (url === undefined) throw new UsageError('--queue is needed, or ECAPA_QUEUE: redis://HOST[:PORT]');
  const certificates =
    ca === undefined
      ? undefined
      : await readFile(ca, 'utf8').catch((cause: unknown) => {
          throw readError(ca, cause);
        });
  return {
    url,
    name,
    ca: certificates,
    signal,
    onConnection: (isConnected, reason) =>
      warn(isConnected ? 'connected to the queue again.' : `lost the queue (${reason}); waiting for it.`),
  };
}

/** Opens the queue, does `work` with it and closes it. The client is loaded only here: other commands start faster. */
export async function withQueue(
  options: QueueCommandOptions,
  signal: AbortSignal,
  work: (queue: BatchQueue, client: typeof import('@ecapa/queue')) => Promise<void>,
): Promise<void> {
  const client = await import('@ecapa/queue');
  const queue = await client.BatchQueue.open(await queueOptions(options, signal));
  try {
    await work(queue, client);
  } catch (error) {
    throw client.serverError(options.name, error);
  } finally {
    await queue.close();
  }
}
