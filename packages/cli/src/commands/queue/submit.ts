import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { extname } from 'node:path';
import { createInterface } from 'node:readline';
import { AUDIO_EXTENSIONS, walkAudioFiles } from '@ecapa/core';
import { readError, withoutPassword } from '@ecapa/core/host';
import type { SubmitItem } from '@ecapa/queue';
import { type Command, Option } from 'commander';
import { type AudioOptions, addAudioOptions, parseCount, parseSeconds } from '../../model-options.js';
import { EXIT_OK, EXIT_SOME_FAILED } from '../../terminal/exit.js';
import { UsageError, warnOf } from '../../terminal/failure.js';
import { interruptible } from '../../terminal/interrupt.js';
import { print } from '../../terminal/output.js';
import { addQueueOptions, type QueueCommandOptions, withQueue } from './queue-options.js';

interface SubmitCommandOptions extends QueueCommandOptions, AudioOptions {
  readonly root?: string;
  readonly classify?: boolean;
  readonly timeline?: boolean;
  readonly model?: string;
  readonly head?: string;
  readonly window?: number;
  readonly hop?: number;
  readonly minSegment?: number;
  readonly minSilence?: number;
  readonly maxWaiting: number;
  readonly attempts: number;
}

export function registerSubmit(batch: Command): void {
  const command = batch
    .command('submit')
    .description('add a job for each file that is new or has changed')
    .argument('<input...>', 'folders, audio files, addresses, lists of files and addresses, or - for a list');
  addAudioOptions(addQueueOptions(command))
    .option('--root <name=folder>', 'the folder that the files lie below; workers may have it elsewhere')
    .addOption(new Option('--classify', 'one verdict on each file (the default)').conflicts('timeline'))
    .option('--timeline', 'what is where in each file')
    .option('--model <id|path>', 'embedding model: workers use it only if it is the very same')
    .option('--head <id|path>', 'head: workers use it only if it is the very same')
    .option('--window <seconds>', 'with --timeline: audio that one verdict is based on', parseSeconds)
    .option('--hop <seconds>', 'with --timeline: from one verdict to the next', parseSeconds)
    .option('--min-segment <seconds>', 'with --timeline: shortest stretch of one label', parseSeconds)
    .option('--min-silence <seconds>', 'with --timeline: shorter quiet stretches are pauses', parseSeconds)
    .option('--max-waiting <n>', 'wait while more jobs than this are in the queue', parseCount, 1_000_000)
    .option('--attempts <n>', 'tries for a file whose failure may pass', parseCount, 3)
    .addHelpText(
      'after',
      `
A file with the extension of audio is a recording; any other is a list with one file or http(s):// address a line.
May be stopped at any moment and run again: files that are in the queue, or have been, are not added twice.
Files that could not be read, or whose worker crashed, are added again.

Exit code: 0 all added, 1 some could not be, 2 wrong usage.`,
    )
    .action((names: string[], options: SubmitCommandOptions) =>
      interruptible((signal) => submitFiles(names, options, signal)),
    );
}

async function submitFiles(
  names: readonly string[],
  options: SubmitCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  const { channel, track } = options;
  const taskOptions = {
    ...timelineOptionsOf(options),
    ...(channel === undefined ? {} : { channel }),
    ...(track === undefined ? {} : { track }),
  };
  await withQueue(options, signal, async (queue, { makeSettings, parseRoot, submit }) => {
    const root = options.root === undefined ? undefined : parseRoot(options.root);
    const settings = await makeSettings({
      task: options.timeline ? 'timeline' : 'classify',
      model: options.model,
      head: options.head,
      options: taskOptions,
    });
    const counts = await submit(queue, itemsOf(names, root !== undefined, signal), {
      settings,
      root,
      maxWaiting: options.maxWaiting,
      attempts: options.attempts,
      signal,
      onFailure: (_, error) => warnOf(error),
      onProgress: ({ added, known }) => {
        if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${added} added, ${known} known`);
      },
    });
    if (process.stderr.isTTY) process.stderr.write('\r\x1b[2K');
    await print(`added ${counts.added}, known ${counts.known}, failed ${counts.failed}\n`);
    process.exitCode = counts.failed === 0 ? EXIT_OK : EXIT_SOME_FAILED;
  });
}

function timelineOptionsOf(options: SubmitCommandOptions): Record<string, number> {
  const { window, hop, minSegment, minSilence } = options;
  const given = Object.entries({
    windowSeconds: window,
    hopSeconds: hop,
    minSegmentSeconds: minSegment,
    minSilenceSeconds: minSilence,
  }).filter((entry): entry is [string, number] => entry[1] !== undefined);
  if (given.length > 0 && !options.timeline)
    throw new UsageError('--window, --hop, --min-segment and --min-silence need --timeline');
  return Object.fromEntries(given);
}

/** What the names on the command line lead to, one by one. */
async function* itemsOf(
  names: readonly string[],
  hasRoot: boolean,
  signal: AbortSignal,
): AsyncGenerator<SubmitItem> {
  for (const name of names) {
    if (name === '-') yield* itemsOfList(process.stdin, hasRoot, signal);
    else yield* itemsOfName(name, hasRoot, signal, true);
  }
}

async function* itemsOfName(
  name: string,
  hasRoot: boolean,
  signal: AbortSignal,
  mayBeList: boolean,
): AsyncGenerator<SubmitItem> {
  const address = name.trim();
  if (/^https?:\/\//i.test(address)) {
    yield { url: address };
    return;
  }
  let isDirectory: boolean;
  try {
    isDirectory = (await stat(name)).isDirectory();
  } catch (cause) {
    const path = withoutPassword(name);
    yield { path, error: readError(path, cause) };
    return;
  }
  if (mayBeList && !isDirectory && !AUDIO_EXTENSIONS.includes(extname(name).toLowerCase())) {
    yield* itemsOfList(createReadStream(name), hasRoot, signal);
    return;
  }
  if (!hasRoot) throw new UsageError('--root NAME=FOLDER is needed for files: workers find them below it');
  if (isDirectory) yield* walkAudioFiles(name, { signal });
  else yield { path: name };
}

async function* itemsOfList(
  input: NodeJS.ReadableStream,
  hasRoot: boolean,
  signal: AbortSignal,
): AsyncGenerator<SubmitItem> {
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    if (line.trim() !== '' && !line.startsWith('#')) yield* itemsOfName(line, hasRoot, signal, false);
  }
}
