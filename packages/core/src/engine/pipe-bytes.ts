import { constants, open } from 'node:fs';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { inputError } from '../audio/audio-input.js';

/** A plain open waits for the pipe's writer, in one of the few threads that all file access of the host shares. */
export async function openPipe(path: string): Promise<Readable> {
  const fd = await promisify(open)(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}

/**
 * The bytes of a named pipe, such as the shell's `<(...)`, as an input that is decoded while it comes (`{ bytes }`). The
 * path alone is an input too, which is copied into a temporary file first.
 */
export function pipeBytes(path: string): AsyncIterable<Uint8Array> {
  return {
    [Symbol.asyncIterator]() {
      const opened = openPipe(path);
      opened.catch(() => undefined); // thrown where the first bytes are asked for
      const chunks = opened.then((pipe): AsyncIterator<Uint8Array> => pipe[Symbol.asyncIterator]());
      chunks.catch(() => undefined);
      return {
        async next() {
          try {
            return await (await chunks).next();
          } catch (error) {
            throw inputError(path, error);
          }
        },
        async return() {
          (await opened).destroy();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
