import { setMaxListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { EcapaError } from '@ecapa/core';
import type { Node, NodeAPI, NodeDef, NodeMessageInFlow } from 'node-red';
import { asError, reported, shortReason } from './node-errors.js';
import { StatusLine } from './status.js';

/** A message as flows pass it on: any property may be there. */
export type Message = NodeMessageInFlow & Record<string, unknown>;

export type Send = (messages: unknown) => void;

/** What a node of this package is given. */
export interface NodeHost<Def extends NodeDef> {
  readonly RED: NodeAPI;
  readonly node: Node;
  readonly def: Def;
  readonly status: StatusLine;
}

/** What a node of this package does; `registerNode` keeps Node-RED's contract around it. */
export interface FlowNode {
  /** Deals with one message. What it rejects with ends the message, and goes to Catch nodes. */
  onMessage(message: Message, send: Send, signal: AbortSignal): Promise<void>;
  /** Called as soon as the node is to close. */
  onStop?(): void;
  /** What has begun and cannot be taken back, a write to disk: a message is not called cancelled before that has ended. */
  readonly committing?: Promise<unknown> | undefined;
  /** Called once all messages have ended. */
  onClose(removed: boolean): Promise<void>;
}

/**
 * Registers a type of node. `open` makes one from its settings; what it throws is shown, logged, and ends each
 * message (of the pieces of a stream, which come many a second, only the first).
 */
export function registerNode<Def extends NodeDef>(
  RED: NodeAPI,
  type: string,
  open: (host: NodeHost<Def>) => FlowNode,
  { isStream = false } = {},
): void {
  function EcapaNode(this: Node, def: Def): void {
    RED.nodes.createNode(this, def);
    const host = { RED, node: this, def, status: new StatusLine(this) };
    try {
      serve(host, open(host));
    } catch (thrown) {
      host.status.show('red', 'ring', RED._('ecapa.status.config'));
      refuseAll(this, asError(thrown), isStream);
    }
  }
  RED.nodes.registerType(type, EcapaNode as Parameters<typeof RED.nodes.registerType>[1]);
}

/**
 * Ends each message with exactly one `done`, whatever happens. Closing the node aborts what is under way and
 * ends its messages with `CANCELLED`, whatever it is still waiting for; nothing is sent after that.
 */
function serve({ RED, node, status }: NodeHost<NodeDef>, flowNode: FlowNode): void {
  const closing = new AbortController();
  const { signal } = closing;
  setMaxListeners(0, signal);
  const underWay = new Set<Promise<void>>();
  node.on('input', (message, send, done) => {
    let hasEnded = false;
    const sendWhileOpen: Send = (messages) => {
      if (!hasEnded) (send as Send)(messages);
    };
    const work = flowNode.onMessage(message as Message, sendWhileOpen, signal);
    const job = untilAborted(work, signal, () => flowNode.committing)
      .finally(() => {
        hasEnded = true;
      })
      .then(
        () => done(),
        (thrown: unknown) => {
          const error = asError(thrown);
          if (!signal.aborted) status.show('red', 'dot', shortReason(RED, error));
          done(reported(error, 'MESSAGE_INVALID'));
        },
      )
      .catch((thrown: unknown) => node.error(asError(thrown).message)) // done() itself threw
      .finally(() => underWay.delete(job));
    underWay.add(job);
  });
  node.on('close', (removed: boolean, done: () => void) => {
    flowNode.onStop?.();
    closing.abort();
    const settled = (async () => {
      await Promise.all(underWay);
      status.close();
      await flowNode.onClose(removed);
    })();
    settled.catch((thrown: unknown) => node.error(asError(thrown).message)).finally(() => done());
  });
}

function refuseAll(node: Node, error: Error, isStream: boolean): void {
  node.error(error.message);
  let isTold = false;
  node.on('input', (_message, _send, done) => {
    if (isStream && isTold) done();
    else done(reported(error, 'SETTINGS_INVALID'));
    isTold = true;
  });
}

/**
 * The work's outcome, or `CANCELLED` once the signal is aborted and what was being written is on disk: a model that
 * loads slowly must not hold up a redeploy.
 */
function untilAborted(
  work: Promise<void>,
  signal: AbortSignal,
  committing: () => Promise<unknown> | undefined,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = async (): Promise<void> => {
      const write = committing();
      if (write !== undefined) {
        await write.catch(() => undefined); // its message reports it
        await setImmediate(); // the message that was waiting for it ends first
      }
      reject(cancelled());
    };
    if (signal.aborted) void abort();
    else signal.addEventListener('abort', abort, { once: true });
    // Work that notices by itself may do so while the write is waited for.
    work
      .then(resolve, (thrown: unknown) => reject(thrown === signal.reason ? cancelled() : thrown))
      .finally(() => signal.removeEventListener('abort', abort));
  });
}

function cancelled(): EcapaError {
  return new EcapaError('CANCELLED', 'The node was stopped or redeployed. Send the message again.');
}
