import { failureToJson, isEcapaError, isFatal, OUTPUT_VERSION } from '@ecapa/core';
import type { Command } from 'commander';
import { inputOf } from '../inputs.js';
import {
  type AudioOptions,
  addAudioOptions,
  addModelOptions,
  audioChoice,
  type ModelOptions,
  openClassifier,
} from '../model-options.js';
import { EXIT_OK, EXIT_SOME_FAILED } from '../terminal/exit.js';
import { UsageError, warnOf } from '../terminal/failure.js';
import { interruptible } from '../terminal/interrupt.js';
import { print } from '../terminal/output.js';

interface EmbedOptions extends ModelOptions, AudioOptions {
  readonly json?: boolean;
}

export function registerEmbed(program: Command): void {
  const command = program
    .command('embed')
    .description('print the embedding of a recording')
    .argument('<file...>', 'audio files, or - for standard input')
    .option('--json', 'one JSON object a line: {"file","model","embedding":[numbers]}')
    .addHelpText(
      'after',
      `
Without --json: the numbers of one recording a line, separated by spaces.
The embedding is as the model emits it, not normalised to unit length.

Examples:
  ecapa embed voice.wav --json
  ecapa embed voice.wav --model ./voxceleb --json`,
    );
  addModelOptions(addAudioOptions(command)).action((files: string[], options: EmbedOptions) =>
    interruptible((signal) => embed(files, options, signal)),
  );
}

async function embed(files: readonly string[], options: EmbedOptions, signal: AbortSignal): Promise<void> {
  if (options.channel === 'each')
    throw new UsageError('--channel each: give a channel of its own for each run of embed');
  const classifier = await openClassifier(options, 1);
  let failures = 0;
  try {
    for (const file of files) {
      try {
        const input = inputOf(file, signal);
        const { values, modelId } = await classifier.embed(input, {
          ...audioChoice(options),
          signal,
          name: file === '-' ? 'standard input' : file,
        });
        const numbers = [...values];
        await print(
          options.json
            ? `${JSON.stringify({ version: OUTPUT_VERSION, file, model: modelId, embedding: numbers })}\n`
            : `${numbers.join(' ')}\n`,
        );
      } catch (error) {
        if (!isEcapaError(error) || isFatal(error.code)) throw error;
        failures++;
        if (options.json) await print(`${JSON.stringify(failureToJson(file, error))}\n`);
        else warnOf(error);
      }
    }
    process.exitCode = failures === 0 ? EXIT_OK : EXIT_SOME_FAILED;
  } finally {
    await classifier.close();
  }
}
