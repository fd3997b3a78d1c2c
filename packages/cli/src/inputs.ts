import { type AudioInput, type FoundFile, findAudioFiles, isHttpAddress } from '@ecapa/core';
import { isMeantAsAddress, pathOfAddress, shownName, withoutPassword } from '@ecapa/core/host';
import type { Command } from 'commander';
import { isStream, type StreamRequest, streamOf } from './streams.js';
import { UsageError, warn } from './terminal/failure.js';

/** What is taken of the folders on a command line. */
export interface FolderOptions {
  readonly all?: boolean;
  readonly showSkipped?: boolean;
}

/** Adds --all and --show-skipped to a command. */
export function addFolderOptions(command: Command): Command {
  return command
    .option('--all', 'in folders, look into every file, whatever it is called')
    .option('--show-skipped', 'list the files of folders that are passed over');
}

/** The files behind the names on a command line, each once; `-` stands for standard input, addresses for themselves. */
export async function findInputs(
  names: readonly string[],
  signal: AbortSignal,
  { all, showSkipped }: FolderOptions = {},
): Promise<FoundFile[]> {
  const passedOver: string[] = [];
  const options = { signal, all, onPassedOver: (path: string) => passedOver.push(path) };
  const found = await Promise.all(
    names.map((name) =>
      name === '-' || isHttpAddress(name) ? [{ path: name }] : findAudioFiles([pathOf(name)], options),
    ),
  );
  reportPassedOver(passedOver, showSkipped ?? false);
  return [...new Map(found.flat().map((file) => [file.path, file])).values()];
}

function reportPassedOver(paths: readonly string[], showSkipped: boolean): void {
  if (showSkipped) for (const path of paths) warn(`passed over: ${path}`);
  else if (paths.length > 0 && process.stderr.isTTY) {
    const files = paths.length === 1 ? '1 file that is' : `${paths.length} files that are`;
    warn(`passed over ${files} not called like audio; --show-skipped lists them, --all looks into them`);
  }
}

/** The path of a file that was found; throws the error of one that could not be. */
export function readable(file: FoundFile): string {
  if ('error' in file) throw file.error;
  return file.path;
}

/** What a name stands for, as the engine takes it. */
export function inputOf(name: string, signal: AbortSignal, options: StreamRequest = {}): AudioInput {
  return isStream(name) ? streamOf(name, signal, options) : pathOf(name);
}

/** What messages call it: its name as outputs have it. */
export function nameOf(name: string): string {
  if (name === '-') return 'standard input';
  return shownName(name);
}

/** Throws for what can only be meant as an address and is none that can be read, such as `ftp://host/a.mp3`. */
function refuseOtherAddress(name: string): void {
  if (!isMeantAsAddress(name)) return;
  throw new UsageError(
    `${withoutPassword(name)}: this address cannot be read; use one that begins with http:// or https://`,
  );
}

function pathOf(name: string): string {
  if (!/^file:\/\//i.test(name)) {
    refuseOtherAddress(name);
    return name;
  }
  try {
    return pathOfAddress(new URL(name));
  } catch {
    throw new UsageError(`${name}: this file: address leads to no path on this machine`);
  }
}
