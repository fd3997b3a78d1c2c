import {
  type Classifier,
  type ClassifyResult,
  type EcapaError,
  type FoundFile,
  failureToJson,
  isEcapaError,
  isFatal,
  verdictToJson,
} from '@ecapa/core';
import type { Command } from 'commander';
import { pMapIterable } from 'p-map';
import { addFolderOptions, type FolderOptions, findInputs, inputOf, nameOf } from '../../inputs.js';
import {
  type AudioOptions,
  addAudioOptions,
  addModelOptions,
  audioChoice,
  type ModelOptions,
  openClassifier,
} from '../../model-options.js';
import { EXIT_OK, EXIT_SOME_FAILED } from '../../terminal/exit.js';
import { warn } from '../../terminal/failure.js';
import { interruptible } from '../../terminal/interrupt.js';
import { print } from '../../terminal/output.js';
import { createProgressBar, type ProgressBar } from '../../terminal/progress.js';
import { seedStyle } from './seed-style.js';
import { failureLine, headerLine, tableLayout, verdictLine } from './verdict-table.js';

interface ClassifyOptions extends ModelOptions, AudioOptions, FolderOptions {
  readonly json?: boolean;
  readonly seedStyle?: boolean;
}

type Outcome =
  /** One verdict, or one for each channel. */
  | { readonly file: string; readonly verdicts: readonly Verdict[] }
  | { readonly file: string; readonly error: EcapaError };

interface Verdict {
  readonly result: ClassifyResult;
  /** From 1; present when the channel was classified by itself. */
  readonly channel?: number;
}

export function registerClassify(program: Command): void {
  const command = program
    .command('classify')
    .description('classify recordings as speech, music or noise')
    .argument('<input...>', 'audio files, folders (searched for audio), globs, or - for standard input')
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

Exit code: 0 all classified, 1 some failed, 2 wrong usage.

Examples:
  ecapa classify recording.mp3
  ecapa classify --json recordings/ > verdicts.jsonl
  ecapa classify https://radio.example/clip.mp3
  ffmpeg -i talk.mkv -f wav - | ecapa classify -`,
    );
  addModelOptions(addFolderOptions(addAudioOptions(command))).action(
    (names: string[], options: ClassifyOptions) =>
      interruptible((signal) => classify(names, options, signal)),
  );
}

async function classify(
  names: readonly string[],
  options: ClassifyOptions,
  signal: AbortSignal,
): Promise<void> {
  const found = await findInputs(names, signal, options);
  const classifier = await openClassifier(options, found.length);
  const bar = createProgressBar(found.length, 'files');
  const writer = createWriter(
    options,
    found.map((file) => file.path),
    classifier,
    bar,
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
    const classifyOne = async (file: FoundFile): Promise<Outcome> => {
      if ('error' in file) return { file: file.path, error: file.error };
      try {
        const input = inputOf(file.path, signal);
        const name = nameOf(file.path);
        const onProgress = found.length === 1 ? followOne(file.path) : undefined;
        const jobOptions = {
          ...audioChoice(options),
          signal,
          name,
          ...(onProgress === undefined ? {} : { onProgress }),
        };
        if (options.channel !== 'each') {
          return { file: file.path, verdicts: [{ result: await classifier.classify(input, jobOptions) }] };
        }
        const verdicts: Verdict[] = [];
        for await (const { channel, value } of classifier.classifyChannels(input, jobOptions)) {
          verdicts.push({ result: value, channel });
        }
        return { file: file.path, verdicts };
      } catch (error) {
        if (!isEcapaError(error) || isFatal(error.code)) throw error;
        return { file: file.path, error };
      }
    };
    const { workers: concurrency } = classifier;
    const outcomes = pMapIterable(found, classifyOne, { concurrency, backpressure: 4 * concurrency });
    for await (const outcome of outcomes) {
      done++;
      if ('error' in outcome) failures++;
      bar.clear();
      single?.stop();
      await writer(outcome);
      if (done < found.length) bar.update(done, outcome.file);
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
): (outcome: Outcome) => Promise<void> {
  if (options.json) {
    return (outcome) => {
      const lines =
        'error' in outcome
          ? [failureToJson(outcome.file, outcome.error)]
          : outcome.verdicts.map(({ result, channel }) => verdictToJson(outcome.file, result, channel));
      return print(lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
    };
  }
  if (options.seedStyle) {
    return async (outcome) => {
      if ('error' in outcome) warn(outcome.error.message);
      else {
        for (const { result, channel } of outcome.verdicts) {
          const heading =
            files.length > 1 || channel !== undefined ? `${rowName(outcome.file, channel)}\n` : '';
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
        ? [failureLine(outcome.file, outcome.error.message, layout)]
        : outcome.verdicts.map(({ result, channel }) =>
            verdictLine(rowName(outcome.file, channel), result, layout),
          );
    await print(lines.map((line) => `${line}\n`).join(''));
  };
}

/** What a row is about: the file, or one channel of it. */
function rowName(file: string, channel: number | undefined): string {
  return channel === undefined ? file : `${file} (channel ${channel})`;
}
