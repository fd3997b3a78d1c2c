import { availableParallelism } from 'node:os';
import { withoutPassword } from '@ecapa/core/host';
import type { QueueWorker, WorkerEvent } from '@ecapa/queue';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { parseCount, parseSeconds } from '../../model-options.js';
import { EXIT_OK } from '../../terminal/exit.js';
import { UsageError, warn } from '../../terminal/failure.js';
import { print, printLine } from '../../terminal/output.js';
import { jsonLine } from '../../terminal/printable.js';
import { addQueueOptions, type QueueCommandOptions, queueOptions } from './queue-options.js';

interface WorkerCommandOptions extends QueueCommandOptions {
  readonly root: string[];
  readonly allow: string[];
  readonly model: string[];
  readonly head: string[];
  readonly workers?: number;
  readonly ffmpeg?: string;
  readonly maxDownload: number;
  readonly lock: number;
  readonly retry: number;
  readonly drain: number;
  readonly listen?: { readonly port: number; readonly host?: string };
  readonly json?: boolean;
}

/** Status lines come so often. */
const STATUS_MILLISECONDS = 10_000;

export function registerWorker(program: Command): void {
  const command = program
    .command('worker')
    .description('do the jobs of "ecapa batch submit" on this machine');
  addQueueOptions(command)
    .addOption(
      new Option('--root <name=folder>', 'where this machine has a root; may be given again')
        .argParser(append)
        .default([], 'none'),
    )
    .addOption(
      new Option('--allow <address>', 'read http(s):// addresses that begin so; may be given again')
        .argParser(append)
        .default([], 'none'),
    )
    .addOption(
      new Option('--model <folder>', 'a model besides the installed ones; may be given again')
        .argParser(append)
        .default([], 'none'),
    )
    .addOption(
      new Option('--head <file>', 'a head besides the installed ones; may be given again')
        .argParser(append)
        .default([], 'none'),
    )
    .option('--workers <n>', 'worker processes, and so files at a time (default: one per core)', parseCount)
    .option('--ffmpeg <path>', 'decode with this ffmpeg program instead of the built-in decoder')
    .option('--max-download <megabytes>', 'largest file read from an address', parseCount, 2000)
    .option('--lock <seconds>', "a dead worker's files are given to others after this time", parseSeconds, 30)
    .option(
      '--retry <seconds>',
      'wait before a second attempt; four times as long before a third',
      parseSeconds,
      5,
    )
    .option('--drain <seconds>', 'time for files under way to end after SIGTERM', parseSeconds, 30)
    .addOption(
      new Option('--listen <[host:]port>', 'answer /health and /metrics there (host: 127.0.0.1)').argParser(
        parseListen,
      ),
    )
    .option('--json', 'a status line every 10 seconds, one JSON object each')
    .addHelpText(
      'after',
      `
ECAPA_ALLOW holds more addresses as for --allow, separated by spaces, which may have a name and password
(https://NAME:PASSWORD@HOST/folder/) that is sent there and nowhere else.

SIGTERM (or Ctrl-C) lets the files under way end and puts the rest back; a second one does not wait for them.
A worker that is killed loses nothing: its files are given to others.

Exit code: 0 ended by a signal, 1 it cannot continue, 2 wrong usage.`,
    )
    .action((options: WorkerCommandOptions) => work(options));
}

async function work(options: WorkerCommandOptions): Promise<void> {
  const controller = new AbortController();
  let worker: QueueWorker | undefined;
  const stop = (): void => {
    if (worker !== undefined) void worker.close(options.drain);
    else if (controller.signal.aborted) process.exit(EXIT_OK);
    controller.abort();
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
  try {
    const { parseRoot, QueueWorker } = await import('@ecapa/queue');
    worker = await QueueWorker.start({
      ...(await queueOptions(options, controller.signal)),
      patienceSeconds: 60, // the queue may still be starting, too
      roots: options.root.map(parseRoot),
      allow: allowedAddresses(options),
      models: options.model,
      heads: options.head,
      workers: options.workers ?? availableParallelism(),
      ffmpegPath: options.ffmpeg,
      maxDownloadBytes: options.maxDownload * 1e6,
      lockSeconds: options.lock,
      retrySeconds: options.retry,
      listen: options.listen,
      onEvent: report,
    });
    if (controller.signal.aborted) void worker.close(0);
    await run(worker, options);
  } catch (error) {
    if (!controller.signal.aborted) throw error;
  } finally {
    process.off('SIGTERM', stop);
    process.off('SIGINT', stop);
  }
}

/** Logins come by the environment alone: a command line is seen by all users of the machine. */
function allowedAddresses({ allow }: WorkerCommandOptions): string[] {
  for (const address of allow) {
    const shown = withoutPassword(address);
    if (shown !== address)
      throw new UsageError(
        `--allow ${shown}: others can read a command line; put an address with name and password into ECAPA_ALLOW`,
      );
  }
  const fromEnvironment = (process.env.ECAPA_ALLOW ?? '').split(/\s+/).filter((address) => address !== '');
  return [...allow, ...fromEnvironment];
}

/** Prints status lines until the worker has ended. */
async function run(worker: QueueWorker, { json, name }: WorkerCommandOptions): Promise<void> {
  const port = worker.port;
  const status = async (state: string): Promise<void> => {
    const counts = await worker.counts();
    await print(jsonLine({ state, ...(port === undefined ? {} : { port }), ...counts }));
  };
  if (json) await status('started');
  else
    await printLine(
      `working on "${name}"${port === undefined ? '' : `, /health and /metrics on port ${port}`}`,
    );
  const timer = json
    ? setInterval(() => void status('running').catch(() => undefined), STATUS_MILLISECONDS)
    : undefined;
  try {
    await worker.done;
  } finally {
    clearInterval(timer);
    if (json) await status('ended');
  }
}

function report(event: WorkerEvent): void {
  const again =
    event.type === 'refused' ? ' Left to other workers.' : event.isRetried ? ' It is tried again.' : '';
  warn(`${event.error.message} [${event.error.code}]${again}`);
}

function append(value: string, previous: string[]): string[] {
  return [...previous, value];
}

function parseListen(text: string): { port: number; host?: string } {
  const [, host, port] = /^(?:(.+):)?(\d{1,5})$/.exec(text) ?? [];
  if (port === undefined || Number(port) > 65_535)
    throw new InvalidArgumentError('expected a port or HOST:PORT.');
  return { port: Number(port), ...(host === undefined ? {} : { host }) };
}
