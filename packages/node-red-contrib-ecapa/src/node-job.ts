import { setMaxListeners } from 'node:events';
import { EcapaError, isEcapaError } from '@ecapa/core';
import type { Node, NodeAPI, NodeMessageInFlow } from 'node-red';

/** A message as flows pass it on: any property may be there. */
export type Message = NodeMessageInFlow & Record<string, unknown>;

export type Send = (messages: unknown) => void;

/**
 * Runs `work` for each message and ends it with exactly one `done`, whatever happens. Closing the node
 * aborts what is under way and ends its messages with `CANCELLED`, whatever it is still waiting for;
 * nothing is sent after that.
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
  const { signal } = closing;
  setMaxListeners(0, signal);
  const underWay = new Set<Promise<void>>();
  node.on('input', (message, send, done) => {
    const sendWhileOpen: Send = (messages) => {
      if (!signal.aborted) (send as Send)(messages);
    };
    const job = untilAborted(work(message as Message, sendWhileOpen, signal), signal)
      .then(
        () => done(),
        (thrown: unknown) => {
          const error = asError(thrown);
          if (!signal.aborted) options.onError(error);
          done(saidPlainly(error));
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

/**
 * Ends each message of a node whose settings are wrong with what is wrong, which the log says at once. Of the pieces of
 * a stream, which come many a second, only the first ends so.
 */
export function refuseAll(node: Node, error: Error, { isStream = false } = {}): void {
  node.error(error.message);
  let isTold = false;
  node.on('input', (_message, _send, done) => {
    if (isStream && isTold) done();
    else done(saidPlainly(error));
    isTold = true;
  });
}

/** The work's outcome, or `CANCELLED` as soon as the signal says so: a model that loads slowly must not hold up a redeploy. */
function untilAborted(work: Promise<void>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void =>
      reject(new EcapaError('CANCELLED', 'The node was stopped or redeployed. Send the message again.'));
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

/** What Catch nodes are given: an Error, its code in front of them as a property. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Node-RED tells and logs what `toString` gives: what went wrong, without the name of a class in front of it. */
function saidPlainly(error: Error): Error {
  // Several messages may fail with the same error, such as that of a model that cannot be opened.
  Reflect.defineProperty(error, 'toString', { value: () => error.message, configurable: true });
  return error;
}

/** The code of an error for a status line. */
export function shortReason(RED: NodeAPI, error: Error): string {
  if (!isEcapaError(error)) return RED._('ecapa.status.message');
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
