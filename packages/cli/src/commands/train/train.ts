import { basename, extname } from 'node:path';
import { OUTPUT_VERSION } from '@ecapa/core';
import { writeFileAtomically } from '@ecapa/core/host';
import {
  classesOf,
  type EmbeddedFiles,
  exclusivePairs,
  findLabelledFiles,
  saveHead,
  type TeachingReport,
  type TeachOptions,
  teachHead,
  teachingHtml,
} from '@ecapa/core/train';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { embedLabelled, failuresJson, mixClips } from '../../labelled-clips.js';
import { addEngineOptions, type EngineOptions, openClassifier } from '../../model-options.js';
import { EXIT_OK, EXIT_SOME_FAILED } from '../../terminal/exit.js';
import { interruptible } from '../../terminal/interrupt.js';
import { print } from '../../terminal/output.js';
import { jsonLine, printable } from '../../terminal/printable.js';
import { teachingText } from './teaching-text.js';

interface TrainCommandOptions extends EngineOptions {
  readonly output: string;
  readonly id?: string;
  readonly c: number | 'auto';
  readonly classWeight: 'balanced' | 'none';
  readonly inputNorm: NonNullable<TeachOptions['inputNorm']>;
  readonly standardise?: boolean;
  readonly reject: NonNullable<TeachOptions['reject']>;
  readonly keep: number;
  readonly presence: boolean;
  readonly exclusive: readonly string[];
  readonly cache: boolean;
  readonly html?: string;
  readonly json?: boolean;
}

export function registerTrain(program: Command): void {
  const command = program
    .command('train')
    .description('learn classes of your own from a handful of clips of each')
    .argument('<dir|list>', 'a folder with one sub-folder of clips per class, or a list (.csv, .jsonl)')
    .requiredOption('-o, --output <file>', 'head file to write')
    .option('--id <name>', 'name of the head in results (default: the file name)')
    .addOption(
      new Option(
        '--c <number|auto>',
        'inverse strength of the penalty, as in scikit-learn; auto: cross-validation from ten clips a class on',
      )
        .argParser(parseC)
        .default('auto'),
    )
    .addOption(
      new Option('--class-weight <rule>', 'weight of the classes')
        .choices(['balanced', 'none'])
        .default('balanced'),
    )
    .addOption(
      new Option('--input-norm <norm>', 'divide embeddings by a norm')
        .choices(['l2', 'l1', 'max', 'none'])
        .default('l2'),
    )
    .option('--standardise', 'centre and scale each component of the embeddings')
    .addOption(
      new Option('--reject <rule>', 'answer "unknown": far from all training clips, or not sure enough')
        .choices(['none', 'distance', 'probability'])
        .default('none'),
    )
    .addOption(
      new Option('--keep <share>', 'share of clips like these that --reject must let pass')
        .argParser(parseShare)
        .default(0.95),
    )
    .addOption(
      new Option(
        '--exclusive <classes>',
        'classes that are never heard at once, as idle,fault (may be repeated); all, or auto: those whose mixtures cannot be distinguished from one of them alone',
      )
        .argParser((text: string, before: string[]) => [...before, text])
        .default([], 'none')
        .conflicts('presence'),
    )
    .option('--no-presence', 'learn the verdict alone, not which classes can be heard at once')
    .option('--html <file>', 'also write the report with plots, as one HTML file')
    .option('--no-cache', 'embed all clips again')
    .option('--json', 'print the report as one JSON object')
    .addHelpText(
      'after',
      `
A folder: every sub-folder is a class and gives it its name; all audio in and below it is used.
A list: CSV with a header "path,label" or JSON lines {"path","label"}; paths relative to the list.
A third column "group" keeps clips of one recording or speaker together in the test.

Presence (which classes can be heard at once) is learnt from mixtures that are made of the clips: each class alone and
with each other, the quieter 0 to 15 dB under. Classes that are states of one thing, such as idle and fault of a
machine, exclude one another: they are not mixed, and only the surer one is present.

The score is from clips the head had not heard: up to 30 recordings are left out one at a time, more in
ten parts. Embeddings are kept in the cache by content; mixtures are made and embedded again in each run
(--no-presence saves that).

JSON: {"head":{"file","id","model","labels"},"clips","report":{"classes":[{"label","clips","groups"}],
  "C","choseC","split":{"method","folds"},"scores":{"labels","accuracy":{"count","total","share","low","high"},
  "classes":[{"label","clips","precision","recall","f1"}],"confusion","logLoss","calibrationError",
  "reliability","riskCoverage","areaUnderRiskCoverage"},"uncalibratedError","temperature",
  "heldOut":[{"path","sha256","label","verdict","probability"}],"suspects":[{"path","label","looksLike","ownProbability","otherProbability"}],"copies":[{"path","of"}],
  "warnings":[{"code","message","template","values"}],
  "presence":{"mixtures","folds","temperature","exclusive","choseExclusive","inseparable","scores":{"macroF1","macroF1Low",
  "macroF1High","meanAveragePrecision","classes","quieterHeard":[{"fromDb","toDb","heard"}],"aloneHeardAlone"}}},"failures":[{"file","error":{"code","message"}}]}
  ("scores" is absent when there are too few clips to test.)

Exit code: 0 trained on all clips, 1 some clips could not be read or nothing was trained, 2 wrong usage.

Examples:
  ecapa train birds/ -o birds.json
  ecapa train clips.csv -o birds.json --reject distance
  ecapa train pump/ -o pump.json --exclusive idle,running,fault
  ecapa classify dawn.wav --head birds.json`,
    );
  addEngineOptions(command).action((source: string, options: TrainCommandOptions) =>
    interruptible((signal) => train(source, options, signal)),
  );
}

async function train(source: string, options: TrainCommandOptions, signal: AbortSignal): Promise<void> {
  const files = await findLabelledFiles(source, signal);
  const exclusive = exclusivePairs(options.exclusive, classesOf(files));
  const classifier = await openClassifier(options, files.length);
  try {
    const { clips, facts, failures } = await embedLabelled(files, classifier, {
      ...options,
      signal,
      quiet: options.json === true,
      withExcerpts: options.presence,
    });
    const mixtures = options.presence ? await mixClips(clips, exclusive, classifier, signal) : [];
    const { head, report } = await teachHead(clips, {
      id: options.id ?? basename(options.output, extname(options.output)),
      modelId: classifier.model.id,
      modelSha256: classifier.model.sha256,
      C: options.c,
      classWeight: options.classWeight,
      inputNorm: options.inputNorm,
      standardise: options.standardise === true,
      reject: options.reject,
      keep: options.keep,
      facts,
      mixtures,
      exclusive,
      signal,
    });
    await saveHead(options.output, head);
    if (options.html !== undefined) {
      const taught = { head, output: options.output, report, failures: failuresHtml(failures) };
      await writeFileAtomically(options.html, teachingHtml(taught));
    }
    if (options.json) {
      const about = { file: options.output, id: head.id, model: head.modelId, labels: head.labels };
      await print(
        jsonLine({
          version: OUTPUT_VERSION,
          head: about,
          clips: clips.length,
          report,
          failures: failuresJson(failures),
        }),
      );
    } else {
      await print(
        `${teachingText(head, report)}\n\nWritten: ${printable(options.output)}\n${nextStep(options, report)}`,
      );
    }
    process.exitCode = failures.length === 0 ? EXIT_OK : EXIT_SOME_FAILED;
  } finally {
    await classifier.close();
  }
}

function failuresHtml(failures: EmbeddedFiles['failures']) {
  return failures.map(({ file, error }) => ({ name: file.name, error }));
}

function nextStep({ output, model }: TrainCommandOptions, { suspects }: TeachingReport): string {
  const modelOption = model === undefined ? '' : ` --model ${model}`;
  const first = suspects.length > 0 ? 'Listen to the clips named above, then try it: ' : 'Try it: ';
  return `${first}ecapa classify FILE --head ${printable(output)}${printable(modelOption)}\n`;
}

function parseC(text: string): number | 'auto' {
  if (text === 'auto') return 'auto';
  const value = Number(text);
  if (!(Number.isFinite(value) && value > 0))
    throw new InvalidArgumentError('expected a number above 0, or auto.');
  return value;
}

function parseShare(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value < 1)) throw new InvalidArgumentError('expected a number between 0 and 1.');
  return value;
}
