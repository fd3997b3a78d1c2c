import { stat } from 'node:fs/promises';
import type { ChannelChoice } from '@ecapa/core';
import { isHttpAddress } from '@ecapa/core';
import { timelineFormat } from '@ecapa/core/timeline';
import { nameOf } from '../../inputs.js';
import { UsageError } from '../../terminal/failure.js';
import { holdsOneRecording, isPicture, PICTURE_FORMATS } from './timeline-output.js';

/** The options of the command that may contradict one another. */
export interface TimelineUsage {
  readonly json?: boolean;
  readonly format?: string;
  readonly output?: string;
  readonly cut?: string;
  readonly keep?: string;
  readonly mask?: string;
  readonly resume?: string;
  readonly channel?: ChannelChoice | 'each';
}

/** Throws RangeError for options that do not go together. */
export async function checkUsage(
  names: readonly string[],
  options: TimelineUsage,
  format: string | undefined,
): Promise<void> {
  if (options.json && format !== 'json') throw new UsageError('--json and --format cannot both be given');
  if (format !== undefined && !isPicture(format)) timelineFormat(format);
  const cuts = [options.cut, options.keep, options.mask].filter((label) => label !== undefined);
  if (cuts.length > 0 && options.channel === 'each') {
    throw new UsageError(
      '--channel each and --cut, --keep or --mask cannot be given together; choose one channel',
    );
  }
  if (cuts.length > 1) throw new UsageError('--cut, --keep and --mask cannot be given together');
  if (cuts.length > 0)
    await refusePipes(names, 'is gone once it is heard, so that it cannot be cut; name a file');
  if (options.resume !== undefined) {
    await refusePipes(names, 'is not a file, and --resume remembers files');
    if (isPicture(format)) {
      throw new UsageError(
        `--resume does not keep what the picture formats (${PICTURE_FORMATS.join(', ')}) need`,
      );
    }
  }
}

/** Throws RangeError when standard output would get several of what a program reads only one of. */
export function checkOneRecording(format: string | undefined, files: number, options: TimelineUsage): void {
  const isOne = files < 2 && options.channel !== 'each';
  if (isOne || !holdsOneRecording(format)) return;
  const cutting = options.cut ?? options.keep ?? options.mask;
  if (cutting !== undefined) {
    throw new UsageError(
      `--format ${format} holds one recording; with several to be cut, ask for it in a run of its own`,
    );
  }
  if (options.output !== undefined) return;
  throw new UsageError(
    `--format ${format} holds one recording; with several recordings or channels, give a folder for them: -o FOLDER`,
  );
}

/** Standard input and named pipes, such as `<(...)`, can be read once and have no content to recognise them by. */
async function refusePipes(names: readonly string[], reason: string): Promise<void> {
  for (const name of names) {
    if (name === '-') throw new UsageError(`standard input ${reason}`);
    if (isHttpAddress(name)) throw new UsageError(`${nameOf(name)}: an address ${reason}`);
    // Missing files are reported when they are read.
    const stats = await stat(name).catch(() => undefined);
    if (stats?.isFIFO()) throw new UsageError(`${name}: a pipe ${reason}`);
  }
}
