import {
  type Classifier,
  type ClassifyResult,
  type FoundFile,
  failureToJson,
  verdictToJson,
} from '@ecapa/core';
import { type FileOutcome, processFiles, shownName } from '@ecapa/core/host';
import type { Command } from 'commander';
import { addFolderOptions, type FolderOptions, findInputs, inputOf, nameOf, readable } from '../../inputs.js';
import {
  type AudioOptions,
  addAudioOptions,
  addModelOptions,
  audioChoice,
  type ModelOptions,
  openClassifier,
} from '../../model-options.js';
import { addStreamOptions, endMark, type StreamOptions, streamEnder } from '../../streams.js';
import { EXIT_OK, EXIT_SOME_FAILED } from '../../terminal/exit.js';
import { warn } from '../../terminal/failure.js';
import { interruptible } from '../../terminal/interrupt.js';
import { print } from '../../terminal/output.js';
import { jsonLine, printable } from '../../terminal/printable.js';
import { createProgressBar, type ProgressBar } from '../../terminal/progress.js';
import { seedStyle } from './seed-style.js';
import { failureLine, headerLine, tableLayout, verdictLine } from './verdict-table.js';

interface ClassifyOptions extends ModelOptions, AudioOptions, FolderOptions, StreamOptions {
  readonly json?: boolean;
  readonly seedStyle?: boolean;
}

/** One verdict, or one for each channel. */
type Outcome = FileOutcome<FoundFile, readonly Verdict[]>;

interface Verdict {
  readonly result: ClassifyResult;
  /** From 1; present when the channel was classified by itself. */
  readonly channel?: number;
}

export function registerClassify(program: Command): void {
  const command = program
    .command('classify')
    .description('classify recordings as speech, music or noise')
    .argument(
      '<input...>',
      'audio files, folders (searched for audio), globs, http(s) addresses, or - for standard input',
    )
    .option('--json', 'one JSON object a line')
    .option('--seed-style', 'print what the ECAPA acoustic domain classifier script prints')
    .addHelpText(
      'after',
      `
JSON, one object a line in the order of the files:
  {"file","label","probability","probabilities":{"music","noise","speech"},
   "presence":{"music","noise","speech"},"present":["speech","music"],"durationSeconds","model","head"}
  and "method":"timeline","secondsByLabel","shareByLabel","presentSecondsByLabel" for long recordings,
  with "mixed":true when no label has most of the time; "partial":true for damaged ones;
  "channels":"opposite-phase" where the channels cancelled each other out and the louder one was taken;
  "channel":N with --channel each;
  {"file","error":{"code","message"}} for a file that could not be classified.

"label" is what a recording is mostly, and "probability" is "probabilities"[label] (they sum to 1).
"presence" is how sure it is that each label can be heard at all, and "present" lists those from 0.5 on: speech over
music is both. Heads without that readout leave the two out.

Labels besides the head's: "silence" (no signal), "unknown" (unlike anything the head knows).

Standard input, addresses and named pipes are heard while they come, without a copy on disk, to their end: of a radio
station, say how much with --limit. What cannot be decoded as it comes (MP4 with its index at the end, CAF) is copied into a temporary
file first, up to --copy-limit.

Exit code: 0 all classified, 1 some failed, 2 wrong usage.

Examples:
  ecapa classify recording.mp3
  ecapa classify --json recordings/ > verdicts.jsonl
  ecapa classify https://radio.example/clip.mp3
  ecapa classify --limit 60 https://radio.example/live
  ffmpeg -i talk.mkv -f wav - | ecapa classify -`,
    );
  addModelOptions(addStreamOptions(addFolderOptions(addAudioOptions(command)))).action(
    (names: string[], options: ClassifyOptions) =>
      interruptible((signal, ended) => classify(names, options, signal, ended), streamEnder(names)),
  );
}

async function classify(
  names: readonly string[],
  options: ClassifyOptions,
  signal: AbortSignal,
  ended: AbortSignal,
): Promise<void> {
  const found = await findInputs(names, signal, options);
  const classifier = await openClassifier(options, found.length);
  const bar = createProgressBar(found.length, 'files');
  const writer = createWriter(
    options,
    found.map((file) => shownName(file.path)),
    classifier,
    bar,
    ended,
  );
  let failures = 0;
  let done = 0;
  // Many files are counted; a single one, when it is long, is followed by the second.
  let single: ProgressBar | undefined;
  const followOne = (file: string) => (doneSeconds: number, totalSeconds: number | undefined) => {
    if (totalSeconds === undefined) return;
    single ??= createProgressBar(Math.ceil(totalSeconds), 's');
    single.update(doneSeconds, file);
  };
  try {
    const classifyOne = async (file: FoundFile, signal: AbortSignal): Promise<readonly Verdict[]> => {
      const mustEnd = options.limit === undefined || options.channel === 'each';
      const input = inputOf(readable(file), signal, { ...options, mustEnd, ended });
      const onProgress = found.length === 1 ? followOne(shownName(file.path)) : undefined;
      const jobOptions = {
        ...audioChoice(options),
        signal,
        name: nameOf(file.path),
        ...(onProgress === undefined ? {} : { onProgress }),
      };
      if (options.channel !== 'each') return [{ result: await classifier.classify(input, jobOptions) }];
      const verdicts: Verdict[] = [];
      for await (const { channel, value } of classifier.classifyChannels(input, jobOptions)) {
        verdicts.push({ result: value, channel });
      }
      return verdicts;
    };
    const { workers: concurrency } = classifier;
    for await (const outcome of processFiles(found, classifyOne, { concurrency, inOrder: true, signal })) {
      done++;
      if ('error' in outcome) failures++;
      bar.clear();
      single?.stop();
      const path = shownName(outcome.file.path);
      await writer({ ...outcome, file: { path } });
      if (done < found.length) bar.update(done, path);
    }
    process.exitCode = failures === 0 ? EXIT_OK : EXIT_SOME_FAILED;
  } finally {
    bar.stop();
    single?.stop();
    await classifier.close();
  }
}

function createWriter(
  options: ClassifyOptions,
  files: readonly string[],
  classifier: Classifier,
  bar: ProgressBar,
  ended: AbortSignal,
): (outcome: Outcome) => Promise<void> {
  if (options.json) {
    return (outcome) => {
      const { path } = outcome.file;
      const lines =
        'error' in outcome
          ? [failureToJson(path, outcome.error)]
          : outcome.value.map(({ result, channel }) => ({
              ...verdictToJson(path, result, channel),
              ...endMark(ended),
            }));
      return print(lines.map(jsonLine).join(''));
    };
  }
  if (options.seedStyle) {
    return async (outcome) => {
      if ('error' in outcome) warn(outcome.error.message);
      else {
        for (const { result, channel } of outcome.value) {
          const heading =
            files.length > 1 || channel !== undefined
              ? `${printable(rowName(outcome.file.path, channel))}\n`
              : '';
          await print(`${heading}${seedStyle(result, classifier.head.labels)}`);
        }
      }
    };
  }
  const layout = tableLayout(
    options.channel === 'each' ? files.map((file) => rowName(file, 1)) : files,
    classifier.head,
    process.stdout.columns ?? Number.POSITIVE_INFINITY, // a pipe gets names whole,
    process.stdout.isTTY === true && !process.env.NO_COLOR,
  );
  let started = false;
  return async (outcome) => {
    bar.clear();
    if (!started) await print(`${headerLine(layout)}\n`);
    started = true;
    const lines =
      'error' in outcome
        ? [failureLine(outcome.file.path, outcome.error.message, layout)]
        : outcome.value.map(({ result, channel }) =>
            verdictLine(rowName(outcome.file.path, channel), result, layout),
          );
    await print(lines.map((line) => `${line}\n`).join(''));
  };
}

/** What a row is about: the file, or one channel of it. */
function rowName(file: string, channel: number | undefined): string {
  return channel === undefined ? file : `${file} (channel ${channel})`;
}
