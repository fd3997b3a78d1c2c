import { checkModel, EcapaError, type Head, OUTPUT_VERSION, predict, UNKNOWN_LABEL } from '@ecapa/core';
import { writeFileAtomically } from '@ecapa/core/host';
import {
  clipsFromProvenance,
  type EmbeddedFiles,
  type Evaluation,
  evaluateHead,
  evaluationHtml,
  findLabelledFiles,
  type LabelledFile,
} from '@ecapa/core/train';
import type { Command } from 'commander';
import { embedLabelled, failuresJson } from '../../labelled-clips.js';
import { addModelOptions, type ModelOptions, openClassifier } from '../../model-options.js';
import { EXIT_OK, EXIT_SOME_FAILED } from '../../terminal/exit.js';
import { interruptible } from '../../terminal/interrupt.js';
import { print } from '../../terminal/output.js';
import { jsonLine, printable } from '../../terminal/printable.js';
import { percent, scoresText } from './scores-text.js';

interface EvaluateOptions extends ModelOptions {
  readonly json?: boolean;
  readonly html?: string;
  readonly cache: boolean;
}

export function registerEvaluate(program: Command): void {
  const command = program
    .command('evaluate')
    .description('score a head on labelled clips that it was not trained on')
    .argument('<dir|list>', 'a folder with one sub-folder of clips per class, or a list (.csv, .jsonl)')
    .option('--html <file>', 'also write a report with plots, as one HTML file')
    .option('--no-cache', 'embed all clips again')
    .option('--json', 'print the evaluation as one JSON object')
    .addHelpText(
      'after',
      `
Sub-folders (or labels of the list) must be classes of the head. A folder "unknown" may hold what is none
of them: it is counted apart, as clips that the head should refuse.

JSON: {"head","model","source","scores":{"labels","accuracy":{"count","total","share","low","high"},
  "classes":[{"label","clips","precision","recall","f1"}],"confusion" (rows: true class),"logLoss",
  "calibrationError","reliability":[{"low","high","clips","meanProbability","accuracy"}],
  "riskCoverage":[{"coverage","risk","threshold"}],"areaUnderRiskCoverage","accepted","acceptedAccuracy"
  (the last two with a rejecting head)},"files":[{"file","label","predicted","probability"}],
  "strangers":{"clips","rejected"} (with a folder "unknown"),"notes":[text],
  "failures":[{"file","error":{"code","message"}}]}
Intervals are Wilson's, at 95 %.

Exit code: 0 all clips were scored, 1 some could not be read, 2 wrong usage.

Examples:
  ecapa evaluate held-out/ --head birds.json
  ecapa evaluate held-out.csv --head birds.json --html report.html`,
    );
  addModelOptions(command).action((source: string, options: EvaluateOptions) =>
    interruptible((signal) => evaluate(source, options, signal)),
  );
}

async function evaluate(source: string, options: EvaluateOptions, signal: AbortSignal): Promise<void> {
  const files = await findLabelledFiles(source, signal);
  const classifier = await openClassifier(options, files.length);
  try {
    const { head, model } = classifier;
    checkModel(head, model.id, model.dimension);
    refuseForeignLabels(files, head);
    const embedded = await embedLabelled(files, classifier, {
      ...options,
      signal,
      quiet: options.json === true,
    });
    const evaluation = evaluationOf(source, head, embedded);
    if (options.html !== undefined) await writeFileAtomically(options.html, evaluationHtml(evaluation));
    if (options.json) await print(jsonLine({ version: OUTPUT_VERSION, ...evaluation }));
    else await print(evaluationText(evaluation, options.html));
    process.exitCode = embedded.failures.length === 0 ? EXIT_OK : EXIT_SOME_FAILED;
  } finally {
    await classifier.close();
  }
}

function refuseForeignLabels(files: readonly LabelledFile[], head: Head): void {
  const foreign = files.find(({ label }) => !head.labels.includes(label) && label !== UNKNOWN_LABEL);
  if (foreign === undefined) return;
  throw new EcapaError(
    'LABEL_UNKNOWN',
    `${foreign.name}: "${foreign.label}" is not a class of head "${head.id}" (${head.labels.join(', ')}). ` +
      'Rename the folder, or call it "unknown" when it holds none of them.',
    { file: foreign.path },
  );
}

function evaluationOf(source: string, head: Head, { clips, failures }: EmbeddedFiles): Evaluation {
  const isStranger = (label: string) => label === UNKNOWN_LABEL && !head.labels.includes(UNKNOWN_LABEL);
  const own = clips.filter(({ label }) => !isStranger(label));
  if (own.length === 0) {
    throw new EcapaError(
      'TOO_FEW_CLIPS',
      `${source}: no clip of any of the head's classes could be read. Add some.`,
      { file: source },
    );
  }
  const verdicts = clips.map(({ path, label, embedding }) => {
    const verdict = predict(head, { values: embedding, modelId: head.modelId });
    return { file: path, label, predicted: verdict.label, probability: verdict.probability };
  });
  const strangers = verdicts.filter(({ label }) => isStranger(label));
  return {
    head: head.id,
    model: head.modelId,
    source,
    scores: evaluateHead(head, own, head.modelId),
    files: verdicts,
    ...(strangers.length > 0 && {
      strangers: {
        clips: strangers.length,
        rejected: strangers.filter(({ predicted }) => predicted === UNKNOWN_LABEL).length,
      },
    }),
    notes: notesOn(head, own),
    failures: failuresJson(failures),
  };
}

function notesOn(head: Head, clips: EmbeddedFiles['clips']): string[] {
  const trainedOn = new Set(
    Array.isArray(head.provenance?.clips) ? clipsFromProvenance(head).map(({ sha256 }) => sha256) : [],
  );
  const seen = clips.filter(({ sha256 }) => trainedOn.has(sha256)).length;
  const missing = head.labels.filter((label) => !clips.some((clip) => clip.label === label));
  return [
    ...(seen > 0
      ? [`The head was trained on ${seen} of these ${clips.length} clips, so the scores are too good.`]
      : []),
    ...(missing.length > 0
      ? [`There is no clip of ${missing.join(', ')}: how well the head knows them is not tested.`]
      : []),
  ];
}

function evaluationText(evaluation: Evaluation, html: string | undefined): string {
  const { head, model, scores, strangers, notes, files } = evaluation;
  const wrong = files.filter(({ label, predicted }) => label !== predicted && label !== UNKNOWN_LABEL);
  const shown = wrong.toSorted((a, b) => b.probability - a.probability).slice(0, 10);
  const parts = [
    `Head "${head}" for model "${model}" on ${scores.accuracy.total} clips.`,
    scoresText(scores),
    strangers &&
      `Clips of none of the classes: ${strangers.rejected} of ${strangers.clips} called "unknown".`,
    shown.length === 0
      ? undefined
      : [
          `Wrong, the surest first${wrong.length > shown.length ? ` (${shown.length} of ${wrong.length})` : ''}:`,
          ...shown.map(
            ({ file, label, predicted, probability }) =>
              `  ${printable(file)}: "${printable(label)}" called "${printable(predicted)}" (${percent(probability)})`,
          ),
        ].join('\n'),
    notes.length === 0 ? undefined : notes.map((note) => `! ${note}`).join('\n'),
    html === undefined ? undefined : `Written: ${printable(html)}`,
  ];
  return `${parts.filter((part) => part !== undefined).join('\n\n')}\n`;
}
