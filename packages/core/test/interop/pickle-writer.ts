/** Writes pickles opcode by opcode, as Python would or as nobody should. */
export class PickleWriter {
  #parts: Buffer[] = [];

  constructor(protocol = 2) {
    this.bytes(0x80, protocol);
  }

  bytes(...values: number[]): this {
    this.#parts.push(Buffer.from(values));
    return this;
  }

  raw(bytes: Uint8Array | string): this {
    this.#parts.push(Buffer.from(bytes as Uint8Array));
    return this;
  }

  global(module: string, name: string): this {
    return this.raw(`c${module}\n${name}\n`);
  }

  text(value: string): this {
    const utf8 = Buffer.from(value, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32LE(utf8.length);
    return this.raw('X').raw(length).raw(utf8);
  }

  int(value: number): this {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    return this.raw('J').raw(bytes);
  }

  /** A tuple of integers. */
  ints(values: readonly number[]): this {
    this.raw('(');
    for (const value of values) this.int(value);
    return this.raw('t');
  }

  finish(): Buffer {
    return Buffer.concat([...this.#parts, Buffer.from('.')]);
  }
}
