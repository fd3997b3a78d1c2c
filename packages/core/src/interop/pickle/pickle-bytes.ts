import { EcapaError } from '../../errors.js';

/** Integers longer than this are no weight, shape or setting. */
const MAX_INTEGER_BYTES = 64;

/**
 * A cursor over the bytes of a pickle. Every read is checked against what is left, so a length written in
 * the file can never ask for more than the file holds. Byte strings are views of the input, not copies.
 */
export class PickleBytes {
  readonly file: string;
  #offset = 0;
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

  constructor(bytes: Uint8Array, file: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.file = file;
  }

  get lengthBytes(): number {
    return this.#bytes.length;
  }

  get remainingBytes(): number {
    return this.#bytes.length - this.#offset;
  }

  /** A `PICKLE_INVALID` error with the position where reading stopped. */
  fail(reason: string, cause?: unknown): EcapaError {
    return new EcapaError(
      'PICKLE_INVALID',
      `${this.file}: not a sound pickle (at byte ${this.#offset}: ${reason}). Copy the file again from where it came from.`,
      { file: this.file, cause },
    );
  }

  take(length: number): Uint8Array {
    if (length > this.remainingBytes) {
      throw this.fail(`${length} bytes are announced and ${this.remainingBytes} are left`);
    }
    const start = this.#offset;
    this.#offset = start + length;
    return this.#bytes.subarray(start, this.#offset);
  }

  uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  uint16(): number {
    return this.#view.getUint16(this.#advance(2), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#advance(4), true);
  }

  uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  /** A 64-bit length. */
  length64(): number {
    const value = this.#view.getBigUint64(this.#advance(8), true);
    if (value > BigInt(this.remainingBytes)) {
      throw this.fail(`${value} bytes are announced and ${this.remainingBytes} are left`);
    }
    return Number(value);
  }

  /** BINFLOAT: big-endian, unlike everything else in a pickle. */
  float64(): number {
    return this.#view.getFloat64(this.#advance(8), false);
  }

  /** A little-endian two's-complement integer; a bigint only where a number would lose digits. */
  integer(length: number): number | bigint {
    if (length > MAX_INTEGER_BYTES) throw this.fail(`an integer of ${length} bytes`);
    let value = 0n;
    const digits = this.take(length);
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(digits[i] ?? 0);
    return narrow(BigInt.asIntN(8 * length, value));
  }

  utf8(length: number): string {
    const bytes = this.take(length);
    try {
      return this.#utf8.decode(bytes);
    } catch (cause) {
      throw this.fail('text that is not UTF-8', cause);
    }
  }

  /** Python 2's byte strings, one character a byte. */
  latin1(length: number): string {
    return Buffer.from(this.take(length)).toString('latin1');
  }

  /** Up to the next line feed, which is consumed. */
  line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#offset);
    if (end < 0) throw this.fail('a line without an end');
    const text = this.latin1(end - this.#offset);
    this.#offset = end + 1;
    return text;
  }

  /** A decimal integer on a line of its own, with Python 2's optional `L`. */
  decimalLine(): number | bigint {
    const text = this.line();
    if (!/^-?\d{1,150}L?$/.test(text)) throw this.fail('a number that is none');
    return narrow(BigInt(text.replace('L', '')));
  }

  #advance(length: number): number {
    if (length > this.remainingBytes) throw this.fail('the file ends too early');
    const start = this.#offset;
    this.#offset = start + length;
    return start;
  }
}

function narrow(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
