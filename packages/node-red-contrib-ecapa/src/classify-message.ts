import type { NodeDef } from 'node-red';
import type { Message, NodeHost } from './flow-node.js';
import type { AudioFormat } from './message-audio.js';

/** Settings of `ecapa-classify`. */
export interface ClassifyNodeDef extends NodeDef {
  /** The config node of a queue to run on; this machine otherwise. */
  readonly queue?: string;
  readonly model?: string;
  readonly input?: string;
  readonly inputType?: string;
  readonly accept?: string;
  readonly folders?: string;
  readonly format?: AudioFormat;
  /** `mix` (or empty), `left`, `right`, a number from 1, or `each`. */
  readonly channel?: string | number;
  /** A number from 1 or a language; empty for the best one. */
  readonly track?: string | number;
  readonly output?: string;
  readonly mode?: string;
  readonly threshold?: string | number;
  readonly timeLimit?: string | number;
  readonly withEmbedding?: boolean;
  /** Labels with a wire of their own; unknown and silence follow. Empty: one output. */
  readonly labels?: readonly string[];
  readonly perClass?: boolean;
}

/** What the node is set to find the audio in. */
export function readInput({ RED, node, def }: NodeHost<ClassifyNodeDef>, message: Message): Promise<unknown> {
  // With a callback, for context stores may be slow.
  return new Promise((resolve, reject) => {
    RED.util.evaluateNodeProperty(
      def.input || 'payload',
      def.inputType || 'msg',
      node,
      message,
      (error, value) => (error ? reject(error) : resolve(value)),
    );
  });
}

/** A copy of the message with the result in its place. Throws TypeError where there can be none. */
export function withResult(
  { RED, def }: NodeHost<ClassifyNodeDef>,
  message: Message,
  result: unknown,
): Message {
  const property = def.output || 'payload';
  const copy = { ...message };
  if (RED.util.setMessageProperty(copy, property, result, true) === false) {
    throw new TypeError(
      `Result to: msg.${property} cannot be set, for a part of it is no object in this message. Choose another property.`,
    );
  }
  return copy;
}
