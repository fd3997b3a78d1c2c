import type { EcapaError } from '../../errors.js';

/** The stack and the memo on which the instructions of a pickle work; every access is checked. */
export class PickleStack {
  readonly #fail: (reason: string) => EcapaError;
  readonly #memo = new Map<number, unknown>();
  /** Stacks below the current MARKs. */
  readonly #marks: unknown[][] = [];
  #items: unknown[] = [];

  /** `fail` makes the error that is thrown where an instruction asks for what is not there. */
  constructor(fail: (reason: string) => EcapaError) {
    this.#fail = fail;
  }

  get memoSize(): number {
    return this.#memo.size;
  }

  mark(): void {
    this.#marks.push(this.#items);
    this.#items = [];
  }

  /** The pickle's one value, where it ends as it should. */
  result(): unknown {
    if (this.#items.length !== 1 || this.#marks.length > 0) throw this.#fail('an untidy end');
    return this.#items[0];
  }

  push(value: unknown): void {
    this.#items.push(value);
  }

  pop(): unknown {
    if (this.#items.length === 0) throw this.#fail('an empty stack');
    return this.#items.pop();
  }

  popMany(count: number): unknown[] {
    if (this.#items.length < count) throw this.#fail('an empty stack');
    return this.#items.splice(this.#items.length - count, count);
  }

  top(): unknown {
    if (this.#items.length === 0) throw this.#fail('an empty stack');
    return this.#items[this.#items.length - 1];
  }

  popMark(): unknown[] {
    const below = this.#marks.pop();
    if (below === undefined) throw this.#fail('no mark on the stack');
    const items = this.#items;
    this.#items = below;
    return items;
  }

  remember(index: number | bigint): void {
    if (typeof index === 'bigint') throw this.#fail('a memo index out of range');
    this.#memo.set(index, this.top());
  }

  recall(index: number | bigint): void {
    if (typeof index === 'bigint' || !this.#memo.has(index)) throw this.#fail(`nothing in memo ${index}`);
    this.push(this.#memo.get(index));
  }

  append(items: readonly unknown[]): void {
    const list = this.top();
    if (!Array.isArray(list)) throw this.#fail('an append to something that is not a list');
    for (const item of items) list.push(item);
  }

  setItems(items: readonly unknown[]): void {
    const dict = this.top();
    if (!(dict instanceof Map)) throw this.#fail('an item for something that is not a dict');
    if (items.length % 2 !== 0) throw this.#fail('a key without a value');
    for (let i = 0; i < items.length; i += 2) dict.set(items[i], items[i + 1]);
  }

  addItems(items: readonly unknown[]): void {
    const set = this.top();
    if (!(set instanceof Set)) throw this.#fail('an item for something that is not a set');
    for (const item of items) set.add(item);
  }
}
