import { statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type AudioInput,
  type ByteStreamInput,
  type FoundFile,
  findAudioFiles,
  isHttpAddress,
  remoteAudio,
} from '@ecapa/core';
import { pipeBytes } from '@ecapa/core/host';
import { type Command, InvalidArgumentError } from 'commander';
import { parseSeconds } from './model-options.js';
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
    names.map((name) => {
      refuseOtherAddress(name);
      return name === '-' || isHttpAddress(name) ? [{ path: name }] : findAudioFiles([pathOf(name)], options);
    }),
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

/** How much is heard, and how standard input and addresses are read. */
export interface StreamOptions {
  readonly limit?: number;
  readonly timeout?: number;
  /** Megabytes. */
  readonly copyLimit?: number;
}

/** Adds --limit, --timeout and --copy-limit to a command. */
export function addStreamOptions(command: Command): Command {
  return command
    .option('--limit <seconds>', 'hear no more than so much of each recording or stream', parseSeconds)
    .option(
      '--timeout <seconds>',
      'a server that sends nothing for so long has failed (default: 30)',
      parseSeconds,
    )
    .option(
      '--copy-limit <megabytes>',
      'longest temporary copy of a stream in a format that is decoded from files alone (default: 2048)',
      parseMegabytes,
    );
}

/** True for names of what is heard while it comes: standard input, addresses and named pipes, such as `<(...)`. */
export function isStream(name: string): boolean {
  return name === '-' || isHttpAddress(name) || isPipe(name);
}

function isPipe(name: string): boolean {
  try {
    return statSync(name).isFIFO();
  } catch {
    return false; // what is wrong with it is reported when it is read
  }
}

/** What a name stands for, as the engine takes it. With `mustEnd`, a station that never ends is refused. */
export function inputOf(
  name: string,
  signal: AbortSignal,
  options: StreamOptions & { readonly mustEnd?: boolean } = {},
): AudioInput {
  return isStream(name) ? streamOf(name, signal, options) : pathOf(name);
}

/** The same for a stream alone. */
export function streamOf(
  name: string,
  signal: AbortSignal,
  { timeout, copyLimit, mustEnd }: StreamOptions & { readonly mustEnd?: boolean } = {},
): ByteStreamInput {
  const limit = copyLimit === undefined ? {} : { copyLimitBytes: copyLimit * 1024 ** 2 };
  if (name === '-') return { bytes: standardInput(), ...limit };
  if (!isHttpAddress(name)) return { bytes: pipeBytes(name), ...limit };
  const maximumBytes = Number.POSITIVE_INFINITY; // nothing of it is kept
  return { bytes: remoteAudio(name, { signal, maximumBytes, idleSeconds: timeout, mustEnd }), ...limit };
}

/** Standard input, closed as soon as no more of it is wanted, also while it sends nothing. */
function standardInput(): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const chunks: AsyncIterator<Uint8Array> = process.stdin[Symbol.asyncIterator]();
      return {
        next: () => chunks.next(),
        return: async () => {
          process.stdin.destroy();
          return { done: true, value: undefined };
        },
      };
    },
  };
}

/** The same bytes, which end as soon as the signal is aborted. */
export function endedBy(signal: AbortSignal, bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const source = bytes[Symbol.asyncIterator]();
      const end: IteratorResult<Uint8Array> = { done: true, value: undefined };
      const close = (): void => {
        Promise.resolve(source.return?.()).catch(() => undefined);
      };
      const aborted = new Promise<typeof end>((resolve) => {
        const stop = (): void => {
          resolve(end);
          close();
        };
        if (signal.aborted) stop();
        else signal.addEventListener('abort', stop, { once: true });
      });
      return {
        async next() {
          try {
            return await Promise.race([aborted, source.next()]);
          } catch (error) {
            if (signal.aborted) return end; // closed under its pending read
            throw error;
          }
        },
        return: async () => {
          close();
          return end;
        },
      };
    },
  };
}

function parseMegabytes(text: string): number {
  const value = Number(text);
  if (!(value >= 0)) throw new InvalidArgumentError('expected a number of megabytes from 0.');
  return value;
}

/** What messages call it: an address without its name and password. */
export function nameOf(name: string): string {
  if (name === '-') return 'standard input';
  return withoutPassword(name);
}

/** An address without its name and password; any other name as it is. */
export function withoutPassword(name: string): string {
  return isHttpAddress(name) ? name.replace(/^(https?:\/\/)[^/@]*@/i, '$1') : name;
}

/** Throws for what can only be meant as an address and is none that can be read, such as `ftp://host/a.mp3`. */
function refuseOtherAddress(name: string): void {
  if (isHttpAddress(name) || !/^(https?:\/|[a-z][a-z0-9+.-]+:\/\/)/i.test(name) || /^file:/i.test(name))
    return;
  throw new UsageError(`${name}: this address cannot be read; use one that begins with http:// or https://`);
}

function pathOf(name: string): string {
  if (!/^file:\/\//i.test(name)) return name;
  try {
    return fileURLToPath(name);
  } catch {
    throw new UsageError(`${name}: this file: address leads to no path on this machine`);
  }
}
