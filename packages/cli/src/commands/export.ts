import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Head, loadHead, loadModelDirectory, locateHead, locateModel } from '@ecapa/core';
import { writeFileAtomically } from '@ecapa/core/host';
import { DEFAULT_SKLEARN_VERSION, exportJson, exportOnnx, exportSklearn } from '@ecapa/core/interop';
import type { Command } from 'commander';
import { UsageError, warn } from '../terminal/failure.js';
import { printLine } from '../terminal/output.js';

interface ExportOptions {
  readonly output: string;
  readonly head?: string;
}

export function registerExport(program: Command): void {
  const group = program
    .command('export')
    .description('write a head for other programs: ONNX, scikit-learn, JSON')
    .addHelpText(
      'after',
      `
Examples:
  ecapa export onnx --head birds.json -o birds.onnx
  ecapa export sklearn --head birds.json -o birds.pkl
  ecapa export json --head birds.json -o birds-numbers.json`,
    );
  const subcommand = (name: string, description: string) =>
    group
      .command(name)
      .description(description)
      .requiredOption('-o, --output <file>', 'file to write')
      .option('--head <id|path>', 'head: an id or a head file (default: the embedded one)');

  subcommand('onnx', 'model and head as one ONNX file: waveform in, probabilities out')
    .option('--model <id|path>', "model folder, when the head's own model is not found by its id")
    .addHelpText(
      'after',
      `
Input "waveform": float32, 1 x samples, mono, 16 kHz, full scale 1. Outputs: "embedding",
"probabilities" and, where the head has that readout, "presence"; the latter two in the order of the file's metadata
entry "labels" (a JSON list). Runs in any
ONNX runtime with operator set 18. Not part of it: decoding, resampling, the head's "unknown" rule and, of models whose
model.json says "conditioned", what is done to a clip before the network hears it. There, take out the mean, cut off silence
at both ends, and bring the clip to one level, or quiet and shifted clips are judged otherwise than by "ecapa classify".`,
    )
    .action(async (options: ExportOptions & { readonly model?: string }) => {
      const head = await namedHead(options);
      const { info, onnx } = await loadModelDirectory(await locateModel(options.model ?? head.modelId));
      await write(options.output, exportOnnx(head, info, onnx), head);
    });

  subcommand('sklearn', 'a pickle that joblib.load opens as a fitted LogisticRegression')
    .option(
      '--sklearn-version <version>',
      'version to name in it; others open it with a warning',
      DEFAULT_SKLEARN_VERSION,
    )
    .addHelpText(
      'after',
      `
It takes the embeddings of the head's model (see "ecapa embed"). A head that normalises its input becomes a
Pipeline of Normalizer and LogisticRegression. The head's "unknown" rule and its presence readout are not part of it.`,
    )
    .action(async (options: ExportOptions & { readonly sklearnVersion: string }) => {
      const head = await namedHead(options);
      await write(options.output, exportSklearn(head, options.sklearnVersion), head);
    });

  subcommand('json', "the head's numbers without the clips it was trained on")
    .addHelpText(
      'after',
      `
JSON: {"formula","id","model","labels","inputNorm","bias":[one per label],"weights":[one row per label],
  "presence":{"formula","inputNorm","bias","weights","exclusive"},"rejection" (if the head has them)}
probabilities = softmax(weights . n(embedding) + bias), n dividing by the embedding's "inputNorm".`,
    )
    .action(async (options: ExportOptions) => {
      const head = await namedHead(options);
      await write(options.output, exportJson(head), undefined);
    });
}

/** Loads the head to export; refuses to write over it. */
async function namedHead({ head, output }: ExportOptions): Promise<Head> {
  const path = await locateHead(head);
  const [source, target] = await Promise.all(
    [path, output].map((name) => realpath(name).catch(() => resolve(name))),
  );
  if (source === target) throw new UsageError(`--output: ${output} is the head itself. Name another file.`);
  return loadHead(path);
}

/** `rejecting`: the head, when the format cannot hold its rejection rule. */
async function write(path: string, content: string | Uint8Array, rejecting: Head | undefined): Promise<void> {
  await writeFileAtomically(path, content);
  if (rejecting?.rejection !== undefined) {
    warn('note: the head\'s "unknown" rule is not part of the exported file.');
  }
  await printLine(`Written: ${path}`);
}
