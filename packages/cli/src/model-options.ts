import { availableParallelism } from 'node:os';
import { Classifier, type ClassifierOptions } from '@ecapa/core/verdicts';
import { type Command, InvalidArgumentError, Option } from 'commander';

/** Options that every command which runs a model takes. */
export interface EngineOptions {
  readonly model?: string;
  readonly workers?: number;
  readonly ffmpeg?: string;
}

/** The same, for commands that give verdicts. */
export interface ModelOptions extends EngineOptions {
  readonly head?: string;
}

/** Adds --model, --workers and --ffmpeg to a command. */
export function addEngineOptions(command: Command): Command {
  return command
    .option('--model <id|path>', 'embedding model: an id of "ecapa models list" or a model folder')
    .addOption(new Option('--workers <n>', 'worker processes (default: one per core)').argParser(parseCount))
    .option('--ffmpeg <path>', 'decode with this ffmpeg program instead of the built-in decoder');
}

/** The same and --head. */
export function addModelOptions(command: Command): Command {
  return addEngineOptions(command).option(
    '--head <id|path>',
    'head: an id or a head file, as written by "ecapa train"',
  );
}

/** Opens a classifier for `files` inputs: cores go to files first, then to threads within one. */
export function openClassifier(options: ModelOptions, files: number): Promise<Classifier> {
  const cores = availableParallelism();
  const workers = options.workers ?? Math.max(1, Math.min(cores, files));
  const settings: ClassifierOptions = {
    workers,
    threads: Math.max(1, Math.floor(cores / workers)),
    ...(options.model === undefined ? {} : { model: options.model }),
    ...(options.head === undefined ? {} : { head: options.head }),
    ...(options.ffmpeg === undefined ? {} : { ffmpegPath: options.ffmpeg }),
  };
  return Classifier.open(settings);
}

export function parseCount(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('expected a whole number from 1.');
  return value;
}

export function parseSeconds(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('expected a number of seconds above 0.');
  return value;
}
