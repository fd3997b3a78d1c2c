import { OUTPUT_VERSION } from '@ecapa/core';
import { shownName } from '@ecapa/core/host';
import type { Command } from 'commander';
import { inputOf, nameOf } from '../inputs.js';
import {
  type AudioOptions,
  addAudioOptions,
  addModelOptions,
  audioChoice,
  type ModelOptions,
  openClassifier,
} from '../model-options.js';
import { printEach } from '../print-each.js';
import { addStreamOptions, endMark, type StreamOptions, streamEnder } from '../streams.js';
import { UsageError } from '../terminal/failure.js';
import { interruptible } from '../terminal/interrupt.js';
import { jsonLine } from '../terminal/printable.js';

interface EmbedOptions extends ModelOptions, AudioOptions, StreamOptions {
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
  addModelOptions(addStreamOptions(addAudioOptions(command))).action(
    (files: string[], options: EmbedOptions) =>
      interruptible((signal, ended) => embed(files, options, signal, ended), streamEnder(files)),
  );
}

async function embed(
  files: readonly string[],
  options: EmbedOptions,
  signal: AbortSignal,
  ended: AbortSignal,
): Promise<void> {
  if (options.channel === 'each')
    throw new UsageError('--channel each: give a channel of its own for each run of embed');
  const classifier = await openClassifier(options, 1);
  const textOf = async (file: string, signal: AbortSignal): Promise<string> => {
    const { values, modelId } = await classifier.embed(inputOf(file, signal, { ...options, ended }), {
      ...audioChoice(options),
      signal,
      name: nameOf(file),
    });
    const numbers = [...values];
    return options.json
      ? jsonLine({
          version: OUTPUT_VERSION,
          file: shownName(file),
          model: modelId,
          embedding: numbers,
          ...endMark(ended),
        })
      : `${numbers.join(' ')}\n`;
  };
  try {
    await printEach(files, textOf, { json: options.json, signal });
  } finally {
    await classifier.close();
  }
}
