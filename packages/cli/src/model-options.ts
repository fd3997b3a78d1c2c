import { availableParallelism } from 'node:os';
import { type ChannelChoice, Classifier, type ClassifierOptions, type TrackChoice } from '@ecapa/core';
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

/** Which of a recording's audio is heard. */
export interface AudioOptions {
  readonly channel?: ChannelChoice | 'each';
  readonly track?: TrackChoice;
}

/** Adds --channel and --track to a command. */
export function addAudioOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--channel <which>',
        'mix (the average, the default), left, right, a number from 1, or each by itself',
      ).argParser(parseChannel),
    )
    .addOption(
      new Option(
        '--track <which>',
        "audio track of a file with several: a number from 1, or a language such as de (default: the file's best)",
      ).argParser(parseTrack),
    );
}

/** The same, and a limit, as what a job takes; `each` is for the caller. */
export function audioChoice({ channel, track, limit }: AudioOptions & { readonly limit?: number }): {
  readonly channel?: ChannelChoice;
  readonly track?: TrackChoice;
  readonly limitSeconds?: number;
} {
  return {
    ...(channel === undefined || channel === 'each' ? {} : { channel }),
    ...(track === undefined ? {} : { track }),
    ...(limit === undefined ? {} : { limitSeconds: limit }),
  };
}

/** Opens a classifier for `files` inputs: cores go to files first, then to threads within one. */
export function openClassifier(options: ModelOptions, files: number): Promise<Classifier> {
  const cores = availableParallelism();
  const workers = options.workers ?? Math.max(1, Math.min(cores, files));
  const settings: ClassifierOptions = {
    workers,
    startAllWorkers: files >= workers,
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

function parseChannel(text: string): ChannelChoice | 'each' {
  if (text === 'mix' || text === 'left' || text === 'right' || text === 'each') return text;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > 64) {
    throw new InvalidArgumentError('expected mix, left, right, each or a number from 1 to 64.');
  }
  return value;
}

function parseTrack(text: string): TrackChoice {
  if (/^[a-z]{2,3}(-[a-z0-9]+)*$/i.test(text)) return text;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) {
    throw new InvalidArgumentError('expected a number from 1 or a language such as de or deu.');
  }
  return value;
}
