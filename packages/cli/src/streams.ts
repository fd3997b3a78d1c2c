import { statSync } from 'node:fs';
import { type ByteStreamInput, EcapaError, isHttpAddress, remoteAudio } from '@ecapa/core';
import { pipeBytes } from '@ecapa/core/host';
import { type Command, InvalidArgumentError } from 'commander';
import { parseSeconds } from './model-options.js';
import { warn } from './terminal/failure.js';

/** How much is heard, and how standard input and addresses are read. */
export interface StreamOptions {
  readonly limit?: number;
  readonly timeout?: number;
  /** Megabytes. */
  readonly copyLimit?: number;
}

/** What a command wants of its streams. */
export interface StreamRequest extends StreamOptions {
  /** A station that never ends is refused. */
  readonly mustEnd?: boolean;
  /** Ends the stream as if its source had ended it. */
  readonly ended?: AbortSignal;
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

function parseMegabytes(text: string): number {
  const value = Number(text);
  if (!(value >= 0)) throw new InvalidArgumentError('expected a number of megabytes from 0.');
  return value;
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

/** What to do when Ctrl-C ends the stream that is a command's only input; undefined where it stops the command. */
export function streamEnder(names: readonly string[]): (() => void) | undefined {
  const [name, ...others] = names;
  if (name === undefined || others.length > 0 || !isStream(name)) return undefined;
  return () =>
    warn(
      'the stream is ended here, and the result is of what was heard until now; Ctrl-C again stops at once',
    );
}

/** What JSON says of a stream that did not end by itself. */
export function endMark(ended: AbortSignal): { readonly endedBy?: 'user' } {
  return ended.aborted ? { endedBy: 'user' } : {};
}

/** A stream, as the engine takes it. */
export function streamOf(
  name: string,
  signal: AbortSignal,
  { timeout, copyLimit, mustEnd, ended }: StreamRequest = {},
): ByteStreamInput {
  const limit = copyLimit === undefined ? {} : { copyLimitBytes: copyLimit * 1024 ** 2 };
  const bytes = bytesOf(name, { signal, idleSeconds: timeout, mustEnd });
  return { bytes: ended === undefined ? bytes : endedBy(ended, bytes), ...limit };
}

function bytesOf(name: string, options: Parameters<typeof remoteAudio>[1]): AsyncIterable<Uint8Array> {
  if (name === '-') return standardInput();
  if (!isHttpAddress(name)) return pipeBytes(name);
  const maximumBytes = Number.POSITIVE_INFINITY; // nothing of it is kept
  return remoteAudio(name, { ...options, maximumBytes, onUnknownLength: warnOfLength });
}

function warnOfLength(address: string): void {
  warn(
    `${address}: the server gives no length. If this is a station that never ends, say how much of it is to be heard (--limit), or end it with Ctrl-C`,
  );
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

/** The same bytes, which end as soon as the signal is aborted; throws `CANCELLED` where none had come until then. */
export function endedBy(signal: AbortSignal, bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const source = bytes[Symbol.asyncIterator]();
      const close = (): void => {
        Promise.resolve(source.return?.()).catch(() => undefined);
      };
      let hasBegun = false;
      const end = (): IteratorResult<Uint8Array> => {
        if (hasBegun) return { done: true, value: undefined };
        throw new EcapaError('CANCELLED', 'The stream was ended before any of it had come.');
      };
      let wake = (): void => undefined;
      const stop = (): void => {
        wake();
        close();
      };
      if (signal.aborted) close();
      else signal.addEventListener('abort', stop, { once: true });
      return {
        async next() {
          if (signal.aborted) return end();
          const ended = new Promise<'ended'>((resolve) => {
            wake = () => resolve('ended');
          });
          try {
            const next = await Promise.race([ended, source.next()]);
            if (next === 'ended') return end();
            hasBegun = true;
            return next;
          } catch (error) {
            if (signal.aborted) return end(); // closed under its pending read
            throw error;
          }
        },
        return: async () => {
          signal.removeEventListener('abort', stop);
          close();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
