import { describeModel, loadEmbeddedManifest, OUTPUT_VERSION } from '@ecapa/core';
import { importSklearn, importSpeechbrain } from '@ecapa/core/interop';
import { saveHead } from '@ecapa/core/train';
import type { Command } from 'commander';
import {
  addQuantizeOptions,
  lossLine,
  lossMeter,
  QUANTIZE_HELP,
  type QuantizeOptions,
} from '../quantize-option.js';
import { warn } from '../terminal/failure.js';
import { interruptible } from '../terminal/interrupt.js';
import { print, printLine } from '../terminal/output.js';
import { jsonLine } from '../terminal/printable.js';

interface SpeechbrainOptions extends QuantizeOptions {
  readonly output: string;
  readonly id?: string;
  readonly json?: boolean;
}

interface SklearnOptions {
  readonly output?: string;
  readonly model?: string;
  readonly id?: string;
  readonly labels?: readonly string[];
}

export function registerImport(program: Command): void {
  const command = program
    .command('import')
    .description('make a model or a head of files that Python wrote; nothing in them is executed');
  addQuantizeOptions(
    command
      .command('speechbrain')
      .description('turn a SpeechBrain ECAPA-TDNN checkpoint into a model folder')
      .argument('<dir>', 'folder with embedding_model.ckpt and hyperparams.yaml')
      .requiredOption('-o, --output <dir>', 'model folder to write: model.onnx and model.json')
      .option('--id <id>', 'id of the model, which heads will name'),
  )
    .option('--json', 'print what was written as one JSON object')
    .addHelpText(
      'after',
      `${QUANTIZE_HELP}

Use the model anywhere with --model DIR.

Example:
  ecapa import speechbrain spkrec-ecapa-voxceleb/ -o voxceleb
  ecapa embed voice.wav --model ./voxceleb --json`,
    )
    .action((directory: string, options: SpeechbrainOptions) =>
      interruptible((signal) => speechbrain(directory, options, signal)),
    );
  command
    .command('sklearn')
    .description('turn scikit-learn LogisticRegressions, alone, one per label or in a Pipeline, into a head')
    .argument('<file>', 'file of joblib.dump or pickle.dump')
    .option('-o, --output <file>', 'head file to write (default: the file name with .head.json)')
    .option('--model <id|path>', 'model whose embeddings it was fitted on: an id or a model folder')
    .option('--id <id>', 'id of the head (default: the file name)')
    .option(
      '--labels <names>',
      'names of the labels, with commas, for files of several labels at once that hold numbers only',
      (text: string) => text.split(',').map((label) => label.trim()),
    )
    .addHelpText(
      'after',
      `
A OneVsRestClassifier or MultiOutputClassifier of LogisticRegressions becomes a head that detects which labels are present,
each by itself; its verdict is the surest of them.

The file does not name the embeddings that it was fitted on. Without --model, one for 192 numbers is taken to be for
SpeechBrain's spkrec-ecapa-voxceleb (id "voxceleb").

Example:
  ecapa import sklearn classifier.pkl --model ./voxceleb -o head.json
  ecapa classify recording.mp3 --model ./voxceleb --head head.json`,
    )
    .action((file: string, options: SklearnOptions) => interruptible(() => sklearn(file, options)));
}

async function speechbrain(
  directory: string,
  options: SpeechbrainOptions,
  signal: AbortSignal,
): Promise<void> {
  const { id, quantize } = options;
  const meter = await lossMeter(options, signal);
  const { info, hasHyperparams } = await importSpeechbrain(directory, options.output, {
    ...(id === undefined ? {} : { id }),
    ...(quantize === undefined ? {} : { quantize }),
  });
  if (!hasHyperparams) {
    warn(`${directory}: no hyperparams.yaml; SpeechBrain's default dilations were taken.`);
  }
  if ((await embeddedModelIds()).includes(info.id)) {
    warn(
      `"${info.id}" is an embedded model, too: its heads are taken for this one's. --id gives it another id.`,
    );
  }
  const loss = await meter?.(directory, options.output);
  if (options.json) {
    await print(jsonLine({ version: OUTPUT_VERSION, ...info, ...loss }));
    return;
  }
  await printLine(
    `${options.output}: model "${info.id}", ${info.dimension} dimensions, sha256 ${info.sha256}`,
  );
  if (loss !== undefined) await printLine(lossLine(info.quantization, loss));
}

async function embeddedModelIds(): Promise<string[]> {
  const { manifest } = await loadEmbeddedManifest();
  return manifest.models.flatMap(({ id, directory }) => (directory === undefined ? [] : [id]));
}

async function sklearn(file: string, options: SklearnOptions): Promise<void> {
  const model = options.model === undefined ? undefined : await describeModel(options.model);
  const { head, estimator, modelIdAssumed } = await importSklearn(file, {
    ...(model === undefined ? {} : { modelId: model.id, dimension: model.dimension }),
    ...(options.labels === undefined ? {} : { labels: options.labels }),
    ...(options.id === undefined ? {} : { headId: options.id }),
  });
  const output = options.output ?? `${file.replace(/\.[^./\\]+$/, '')}.head.json`;
  await saveHead(output, head);
  await printLine(
    `${output}: head "${head.id}" for model "${head.modelId}", from ${estimator}; labels ${head.labels.join(', ')}`,
  );
  if (modelIdAssumed) {
    warn(
      `the file names no model, "${head.modelId}" was assumed by its ${head.dimension} dimensions; --model names another.`,
    );
  }
}
