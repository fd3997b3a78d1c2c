import { type Heard, UNKNOWN_LABEL } from '@ecapa/core';
import { type ClassifyNodeDef, withResult } from './classify-message.js';
import type { Message, NodeHost, Send } from './flow-node.js';
import { wiresOf } from './verdict.js';

/** A recording that could not be classified, among others that could. */
export interface Failed {
  readonly error: { readonly code: string; readonly message: string };
}

/** What a recording is, or each of its channels by itself. */
export type Answer = Heard | readonly Heard[];

/** Sends answers on the only output, or on the wires of their classes. */
export class AnswerSender {
  readonly #host: NodeHost<ClassifyNodeDef>;
  /** Empty: one output. */
  readonly #labels: readonly string[];

  constructor(host: NodeHost<ClassifyNodeDef>) {
    const { perClass, labels } = host.def;
    this.#host = host;
    this.#labels = perClass ? (labels ?? []) : [];
  }

  /** The answer to a message with one recording. */
  send(answer: Answer, message: Message, send: Send): void {
    if ('label' in answer) this.route(answer, withResult(this.#host, message, answer), send);
    else this.sendAll(answer, message, send);
  }

  /** Several answers: as one message, or, with a wire for each class, each as a part of a sequence. */
  sendAll(answers: readonly (Answer | Failed)[], message: Message, send: Send): void {
    if (this.#labels.length === 0) {
      send(withResult(this.#host, message, answers));
      return;
    }
    const id = this.#host.RED.util.generateId();
    const single = answers.flat();
    for (const [index, one] of single.entries()) {
      const part = withResult(this.#host, message, one);
      part.parts = { id, index, count: single.length };
      this.route('label' in one ? one : { label: UNKNOWN_LABEL }, part, send);
    }
  }

  route(heard: Heard, message: Message, send: Send): void {
    send(wiresOf(heard, this.#labels, message));
  }
}
