/**
 * The part of the Protocol Buffers wire format that ONNX files need: varints, 32-bit floats and
 * length-delimited fields. https://protobuf.dev/programming-guides/encoding
 */

const VARINT = 0;
const FIXED64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED32 = 5;

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder('utf-8', { fatal: true });

/** Collects a message's fields as chunks, so that large tensors are copied only once, by `toBytes`. */
export class MessageWriter {
  readonly #chunks: Uint8Array[] = [];
  #byteLength = 0;

  get byteLength(): number {
    return this.#byteLength;
  }

  /** An integer in [0, 2^53). */
  integer(field: number, value: number): this {
    return this.#push(varint(field * 8 + VARINT)).#push(varint(value));
  }

  /** Integers that may be negative: int64 in two's complement, ten bytes when negative. */
  signedInteger(field: number, value: number): this {
    return this.#push(varint(field * 8 + VARINT)).#push(signedVarint(value));
  }

  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.#push(varint(field * 8 + FIXED32)).#push(bytes);
  }

  bytes(field: number, value: Uint8Array): this {
    return this.#push(varint(field * 8 + LENGTH_DELIMITED))
      .#push(varint(value.byteLength))
      .#push(value);
  }

  text(field: number, value: string): this {
    return this.bytes(field, textEncoder.encode(value));
  }

  message(field: number, value: MessageWriter): this {
    this.#push(varint(field * 8 + LENGTH_DELIMITED)).#push(varint(value.#byteLength));
    for (const chunk of value.#chunks) this.#push(chunk);
    return this;
  }

  /** Fields already in wire format, tag included. */
  append(fields: Uint8Array): this {
    return this.#push(fields);
  }

  toBytes(): Uint8Array {
    const bytes = new Uint8Array(this.#byteLength);
    let offset = 0;
    for (const chunk of this.#chunks) {
      bytes.set(chunk, offset);
      offset += chunk.byteLength;
    }
    return bytes;
  }

  #push(chunk: Uint8Array): this {
    this.#chunks.push(chunk);
    this.#byteLength += chunk.byteLength;
    return this;
  }
}

/** One field of a message as read. `bytes` is a view for length-delimited fields, `undefined` for numbers. */
export interface Field {
  readonly field: number;
  readonly bytes: Uint8Array | undefined;
  /** Value of a varint field (exact below 2^53); 0 for other kinds. */
  readonly integer: number;
  /** The field with its tag, as it lies in the message. */
  readonly raw: Uint8Array;
}

/** Walks a message's fields in order. Throws `RangeError` on bytes that are not a message. */
export function* readFields(message: Uint8Array): Generator<Field> {
  const cursor = { offset: 0 };
  while (cursor.offset < message.byteLength) {
    const start = cursor.offset;
    const tag = readVarint(message, cursor);
    const field = Math.floor(tag / 8);
    if (field === 0) throw new RangeError(`field number 0 at byte ${start}`);
    let bytes: Uint8Array | undefined;
    let integer = 0;
    switch (tag % 8) {
      case VARINT:
        integer = readVarint(message, cursor);
        break;
      case FIXED64:
        cursor.offset += 8;
        break;
      case FIXED32:
        cursor.offset += 4;
        break;
      case LENGTH_DELIMITED: {
        const length = readVarint(message, cursor);
        bytes = message.subarray(cursor.offset, cursor.offset + length);
        cursor.offset += length;
        break;
      }
      default:
        throw new RangeError(`unknown wire type ${tag % 8} at byte ${start}`);
    }
    if (cursor.offset > message.byteLength) throw new RangeError(`field ${field} runs past the end`);
    yield { field, bytes, integer, raw: message.subarray(start, cursor.offset) };
  }
}

/** UTF-8 text of a length-delimited field. Throws `TypeError` when it is not valid UTF-8. */
export function readText(bytes: Uint8Array | undefined): string {
  return textDecoder.decode(bytes);
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) + 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
  return Uint8Array.from(bytes);
}

function signedVarint(value: number): Uint8Array {
  if (value >= 0) return varint(value);
  const bytes = new Uint8Array(10);
  let rest = BigInt.asUintN(64, BigInt(value));
  for (let index = 0; index < 10; index++) {
    bytes[index] = Number(rest & 0x7fn) + (index < 9 ? 0x80 : 0);
    rest >>= 7n;
  }
  return bytes;
}

function readVarint(message: Uint8Array, cursor: { offset: number }): number {
  let value = 0;
  let scale = 1;
  for (let count = 0; count < 10; count++) {
    const byte = message[cursor.offset++];
    if (byte === undefined) throw new RangeError('a number runs past the end');
    value += (byte % 0x80) * scale;
    if (byte < 0x80) return value;
    scale *= 0x80;
  }
  throw new RangeError(`a number of more than ten bytes at byte ${cursor.offset - 10}`);
}
