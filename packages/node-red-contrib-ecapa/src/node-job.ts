import { isEcapaError } from '@ecapa/core';
import type { Node, NodeMessageInFlow } from 'node-red';

/** A message as flows pass it on: any property may be there. */
export type Message = NodeMessageInFlow & Record<string, unknown>;

export type Send = (messages: unknown) => void;

/**
 * Runs `work` for each message and ends it with exactly one `done`, whatever happens. Closing the node
 * aborts what is under way and waits for it.
 */
export function onInput(
  node: Node,
  work: (message: Message, send: Send, signal: AbortSignal) => Promise<void>,
  options: {
    readonly onError: (error: Error) => void;
    readonly close: (removed: boolean) => Promise<void> | void;
  },
): void {
  const closing = new AbortController();
  const underWay = new Set<Promise<void>>();
  node.on('input', (message, send, done) => {
    const job = work(message as Message, send as Send, closing.signal)
      .then(
        () => done(),
        (thrown: unknown) => {
          const error = asError(thrown);
          options.onError(error);
          done(error);
        },
      )
      .catch((thrown: unknown) => node.error(asError(thrown).message)) // done() itself threw
      .finally(() => underWay.delete(job));
    underWay.add(job);
  });
  node.on('close', (removed: boolean, done: () => void) => {
    closing.abort();
    const settled = (async () => {
      await Promise.all(underWay);
      await options.close(removed);
    })();
    settled.catch((thrown: unknown) => node.error(asError(thrown).message)).finally(() => done());
  });
}

/** What Catch nodes are given: an Error, its code in front of them as a property. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** The code of an error for a status line. */
export function shortReason(error: Error): string {
  if (!isEcapaError(error)) return error.name;
  return error.code.toLowerCase().replaceAll('_', ' ');
}

/** A number from an editor field, or undefined when it was left empty. Throws RangeError naming the field. */
export function optionalNumber(
  field: string,
  value: unknown,
  minimum: number,
  maximum: number,
): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const number = Number(value);
  if (!(number >= minimum && number <= maximum)) {
    throw new RangeError(`${field}: expected a number from ${minimum} to ${maximum}, got ${String(value)}`);
  }
  return number;
}
