import {
  BatchJournal,
  type BatchOutcome,
  type Classifier,
  type CutMode,
  type FoundFile,
  runBatch,
  sortLeastSure,
  type TimelineOptions,
  timelineFormat,
} from '@ecapa/core';
import { type Command, Option } from 'commander';
import { EXIT_OK, EXIT_SOME_FAILED } from '../exit.js';
import { findInputs } from '../inputs.js';
import { interruptible } from '../interrupt.js';
import { addModelOptions, type ModelOptions, openClassifier, parseSeconds } from '../model-options.js';
import { createProgressBar } from '../progress.js';
import { cutLabel } from '../timeline-cut.js';
import { createTimelineWriter, isPicture, PICTURE_FORMATS, TEXT_FORMATS } from '../timeline-output.js';
import { makeTimeline, sureness, type Timeline } from '../timeline-run.js';

export interface TimelineCommandOptions extends ModelOptions {
  readonly json?: boolean;
  readonly format?: string;
  readonly output?: string;
  readonly window?: number;
  readonly hop?: number;
  readonly minSegment?: number;
  readonly minSilence?: number;
  readonly cut?: string;
  readonly keep?: string;
  readonly mask?: string;
  readonly resume?: string;
  readonly leastSureFirst?: boolean;
}

export function registerTimeline(program: Command): void {
  const command = program
    .command('timeline')
    .description('say what is where in recordings, of any length')
    .argument('<input...>', 'audio files, folders (searched for audio), globs, or - for standard input')
    .option('--json', 'one JSON object a line, one line a file (the same as --format json)')
    .addOption(
      new Option('--format <name>', 'what to write instead of a table').choices([
        ...TEXT_FORMATS,
        ...PICTURE_FORMATS,
      ]),
    )
    .option('-o, --output <path>', 'write there: a file for one input, a folder for several or for --cut')
    .option('--window <seconds>', 'audio that one verdict is based on', parseSeconds)
    .option('--hop <seconds>', 'from one verdict to the next', parseSeconds)
    .option('--min-segment <seconds>', 'shortest stretch of one label', parseSeconds)
    .option('--min-silence <seconds>', 'shorter quiet stretches are pauses, not silence', parseSeconds)
    .option('--cut <label>', 'write each stretch of a label as a WAV file')
    .option('--keep <label>', 'write one WAV file with everything but a label removed')
    .option('--mask <label>', 'write one WAV file with everything but a label silenced')
    .option('--resume <journal>', 'remember finished files there, and do not do them again')
    .option('--least-sure-first', 'tell the files that need a look first, once all are done')
    .addHelpText('after', HELP);
  addModelOptions(command).action((names: string[], options: TimelineCommandOptions) =>
    interruptible((signal) => timeline(names, options, signal)),
  );
}

const HELP = `
JSON, one object a line in the order of the files:
  {"file","durationSeconds","segments":[{"start","end","label","probability","runnerUp","presence", ...}],"model","head"}
  {"file","error":{"code","message"}} for a file that could not be read.

Labels besides the head's: "silence", "unknown" (unlike anything the head knows), "gap" (unreadable).
Parts are cut to the sample, at the recording's own rate and with its channels.

Exit code: 0 all done, 1 some failed, 2 wrong usage.

Examples:
  ecapa timeline radio.mp3
  ecapa timeline --format textgrid -o talk.TextGrid talk.wav
  ecapa timeline --cut speech -o parts/ meeting.m4a
  ecapa timeline --json --resume archive.journal archive/ > archive.jsonl`;

async function timeline(
  names: readonly string[],
  options: TimelineCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  const format = options.format ?? (options.json ? 'json' : undefined);
  checkUsage(names, options, format);
  const found = await findInputs(names, signal);
  const journal =
    options.resume === undefined ? undefined : await BatchJournal.open<Timeline>(options.resume);
  const classifier = await openClassifier(options, found.length).catch(async (error: unknown) => {
    await journal?.close();
    throw error;
  });
  const bar = createProgressBar(found.length, 'files');
  let failures = 0;
  try {
    const cut = cutRequest(options, classifier);
    const writer = await createTimelineWriter({
      format,
      output: cut === undefined ? options.output : undefined,
      files: found.map((file) => file.path),
      labels: classifier.head.labels,
      bar,
    });
    const settings = { ...timelineOptions(options), sketch: isPicture(format) };
    const make = (file: string): Promise<Timeline> =>
      makeTimeline(classifier, file, settings, bar, found.length, signal);
    const outcomes = inOrder(
      runBatch(
        found.flatMap((file) => ('error' in file ? [] : [file.path])),
        make,
        {
          identity: {
            task: 'timeline',
            modelSha256: classifier.model.sha256,
            head: classifier.head,
            settings,
          },
          concurrency: classifier.workers,
          journal,
          signal,
        },
      ),
      found,
      options.leastSureFirst ?? false,
    );
    for await (const outcome of outcomes) {
      if ('error' in outcome) failures++;
      await writer.write(outcome);
      if (cut !== undefined && 'value' in outcome) {
        await cutLabel(outcome.file, outcome.value.segments, {
          ...cut,
          files: found.length,
          output: options.output,
          ffmpegPath: options.ffmpeg,
          signal,
        });
      }
    }
    process.exitCode = failures === 0 ? EXIT_OK : EXIT_SOME_FAILED;
  } finally {
    bar.stop();
    await classifier.close();
    await journal?.close();
  }
}

/** Throws RangeError for options that do not go together. */
function checkUsage(
  names: readonly string[],
  options: TimelineCommandOptions,
  format: string | undefined,
): void {
  if (options.json && format !== 'json') throw new RangeError('--json and --format cannot both be given');
  if (format !== undefined && !isPicture(format)) timelineFormat(format);
  const cuts = [options.cut, options.keep, options.mask].filter((label) => label !== undefined);
  if (cuts.length > 1) throw new RangeError('--cut, --keep and --mask cannot be given together');
  if (cuts.length > 0 && names.includes('-')) {
    throw new RangeError('standard input is gone once it is heard, so that it cannot be cut; name a file');
  }
  if (options.resume !== undefined && names.includes('-')) {
    throw new RangeError('--resume remembers files; standard input is none');
  }
  if (options.resume !== undefined && isPicture(format)) {
    throw new RangeError(
      `--resume does not keep what the picture formats (${PICTURE_FORMATS.join(', ')}) need`,
    );
  }
}

function cutRequest(
  options: TimelineCommandOptions,
  classifier: Classifier,
): { readonly mode: CutMode; readonly label: string } | undefined {
  for (const mode of ['cut', 'keep', 'mask'] as const) {
    const label = options[mode];
    if (label === undefined) continue;
    const labels = [...classifier.head.labels, 'silence', 'unknown'];
    if (labels.includes(label)) return { mode, label };
    throw new RangeError(`--${mode}: there is no label "${label}", only ${labels.join(', ')}`);
  }
  return undefined;
}

function timelineOptions(options: TimelineCommandOptions): TimelineOptions {
  return {
    ...(options.window === undefined ? {} : { windowSeconds: options.window }),
    ...(options.hop === undefined ? {} : { hopSeconds: options.hop }),
    ...(options.minSegment === undefined ? {} : { minSegmentSeconds: options.minSegment }),
    ...(options.minSilence === undefined ? {} : { silence: { minSilenceSeconds: options.minSilence } }),
  };
}

/** Outcomes in the order of the files as soon as each and all before it are there, or sorted at the end. */
async function* inOrder(
  outcomes: AsyncIterable<BatchOutcome<Timeline>>,
  found: readonly FoundFile[],
  leastSureFirst: boolean,
): AsyncGenerator<BatchOutcome<Timeline>> {
  const done = new Map<string, BatchOutcome<Timeline>>();
  for (const file of found) {
    if ('error' in file) done.set(file.path, { file: file.path, error: file.error, isRepeated: false });
  }
  const order = found.map((file) => file.path);
  const ready = function* (): Generator<BatchOutcome<Timeline>> {
    for (let path = order[0]; path !== undefined && done.has(path); path = order[0]) {
      const outcome = done.get(path);
      done.delete(path);
      order.shift();
      if (outcome !== undefined) yield outcome;
    }
  };
  for await (const outcome of outcomes) {
    done.set(outcome.file, outcome);
    if (!leastSureFirst) yield* ready();
  }
  if (!leastSureFirst) yield* ready();
  else {
    yield* sortLeastSure(done.values(), (outcome) =>
      'value' in outcome ? sureness(outcome.value) : undefined,
    );
  }
}
