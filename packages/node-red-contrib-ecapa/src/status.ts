import type { Node, NodeStatusFill, NodeStatusShape } from 'node-red';

const LONGEST_TEXT = 19;
const SHORTEST_INTERVAL_MILLISECONDS = 200;

/** A node's status line: short, and not told more often than an editor can show. */
export class StatusLine {
  readonly #node: Node;
  #next: { fill: NodeStatusFill; shape: NodeStatusShape; text: string } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #toldAt = Number.NEGATIVE_INFINITY;
  #closed = false;
  #shown = 0;

  constructor(node: Node) {
    this.#node = node;
  }

  /** How often it was told something. */
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
    const wait = this.#toldAt + SHORTEST_INTERVAL_MILLISECONDS - performance.now();
    if (wait <= 0) this.#tell();
    else this.#timer ??= setTimeout(() => this.#tell(), wait).unref();
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
  }

  #tell(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#toldAt = performance.now();
    if (this.#next !== undefined) this.#node.status(this.#next);
    this.#next = undefined;
  }
}
