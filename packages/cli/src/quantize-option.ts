import { decodeMono16k, isHttpAddress, type Quantization } from '@ecapa/core';
import { type Command, Option } from 'commander';
import { findInputs, nameOf, readable } from './inputs.js';
import { UsageError } from './terminal/failure.js';

/** What `--quantize` and `--listen` say. */
export interface QuantizeOptions {
  readonly quantize?: Exclude<Quantization, 'none'>;
  readonly listen?: readonly string[];
}

/** The loss, for JSON and for people. */
export interface ToldLoss {
  readonly cosineToFloat32: { readonly minimum: number; readonly mean: number; readonly windows: number };
  readonly sameVerdicts?: { readonly head: string; readonly same: number };
}

/** Adds --quantize and --listen to a command that converts a checkpoint. */
export function addQuantizeOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--quantize <kind>',
        'smaller, and with int8 faster: fp16 keeps weights in 16 bits, int8 computes with 8-bit integers',
      ).choices(['int8', 'fp16']),
    )
    .option(
      '--listen <path...>',
      'recordings on which the loss of --quantize is measured (default: the sample clips)',
    );
}

/** Help that both commands print. */
export const QUANTIZE_HELP = `
--quantize compares embeddings with those in float32 on stretches of 1.5 s. It prints their
cosine similarities and, where a head for the model is built in, how many verdicts stay the
same. Recordings like yours say more than the sample clips: name them with --listen.`;

/** Measures a model that was made of a checkpoint. */
export type LossMeter = (checkpoint: string, model: string) => Promise<ToldLoss>;

/** What will measure the loss, its recordings found; undefined where nothing is quantised. */
export async function lossMeter(
  { quantize, listen }: QuantizeOptions,
  signal: AbortSignal,
): Promise<LossMeter | undefined> {
  if (quantize === undefined) {
    if (listen !== undefined) throw new UsageError('--listen needs --quantize: without it nothing is lost.');
    return undefined;
  }
  const stream = listen?.find((name) => name === '-' || isHttpAddress(name));
  if (stream !== undefined)
    throw new UsageError(`--listen ${nameOf(stream)}: name files, which can be heard twice`);
  const recordings = listen === undefined ? undefined : (await findInputs(listen, signal)).map(readable);
  // What is no audio is said before anything is written or downloaded.
  for (const recording of recordings ?? []) await requireAudio(recording);
  return async (checkpoint, model) => {
    const { measureQuantizationLoss } = await import('@ecapa/core/interop');
    const { verdicts, ...cosineToFloat32 } = await measureQuantizationLoss(checkpoint, model, recordings);
    return { cosineToFloat32, ...(verdicts === undefined ? {} : { sameVerdicts: verdicts }) };
  };
}

/** Decodes its beginning. Throws what `decodeMono16k` throws. */
async function requireAudio(recording: string): Promise<void> {
  const { blocks } = await decodeMono16k(recording);
  for await (const _ of blocks) return;
}

/** The loss as a line. */
export function lossLine(quantize: string, { cosineToFloat32, sameVerdicts }: ToldLoss): string {
  const { minimum, mean, windows } = cosineToFloat32;
  const verdicts =
    sameVerdicts === undefined
      ? ''
      : `; same verdict of head "${sameVerdicts.head}" for ${sameVerdicts.same} of ${windows}`;
  return `${quantize}: cosine similarity to float32 at least ${minimum.toFixed(6)}, mean ${mean.toFixed(6)} over ${windows} stretches of audio${verdicts}`;
}
