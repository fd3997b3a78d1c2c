import type { Node, NodeStatusFill, NodeStatusShape } from 'node-red';

const LONGEST_TEXT = 19;
const SHORTEST_INTERVAL_MILLISECONDS = 200;

/** A node's status line: short, and updated no more often than an editor can show. */
export class StatusLine {
  readonly #node: Node;
  #next: { fill: NodeStatusFill; shape: NodeStatusShape; text: string } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #sentAt = Number.NEGATIVE_INFINITY;
  #closed = false;
  #shown = 0;

  constructor(node: Node) {
    this.#node = node;
  }

  /** How often `show` was called. */
  get shown(): number {
    return this.#shown;
  }

  show(fill: NodeStatusFill, shape: NodeStatusShape, text: string): void {
    this.#shown++;
    this.#next = {
      fill,
      shape,
      text: text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT - 1)}…` : text,
    };
    if (this.#closed) return;
    const wait = this.#sentAt + SHORTEST_INTERVAL_MILLISECONDS - performance.now();
    if (wait <= 0) this.#send();
    else this.#timer ??= setTimeout(() => this.#send(), wait).unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sentAt = performance.now();
    if (this.#next !== undefined) this.#node.status(this.#next);
    this.#next = undefined;
  }
}
