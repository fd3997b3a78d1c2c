import type { PickleBytes } from './pickle-bytes.js';

/** Returned for an opcode that is not a literal. */
export const NO_LITERAL = Symbol('no literal');

/** The value of an opcode that only pushes a constant, a number, text or bytes written after it. */
export function readLiteral(opcode: number, bytes: PickleBytes): unknown {
  switch (opcode) {
    // Constants and numbers
    case 0x4e: // NONE
      return null;
    case 0x88: // NEWTRUE
      return true;
    case 0x89: // NEWFALSE
      return false;
    case 0x49: // INT
      return intLine(bytes);
    case 0x4c: // LONG
      return bytes.decimalLine();
    case 0x46: // FLOAT
      return floatLine(bytes);
    case 0x4a: // BININT
      return bytes.int32();
    case 0x4b: // BININT1
      return bytes.uint8();
    case 0x4d: // BININT2
      return bytes.uint16();
    case 0x8a: // LONG1
      return bytes.integer(bytes.uint8());
    case 0x8b: // LONG4
      return bytes.integer(bytes.uint32());
    case 0x47: // BINFLOAT
      return bytes.float64();

    // Text and bytes
    case 0x53: // STRING
      return quotedLine(bytes);
    case 0x56: // UNICODE
      return rawUnicodeLine(bytes);
    case 0x54: // BINSTRING
      return bytes.latin1(bytes.uint32());
    case 0x55: // SHORT_BINSTRING
      return bytes.latin1(bytes.uint8());
    case 0x58: // BINUNICODE
      return bytes.utf8(bytes.uint32());
    case 0x8c: // SHORT_BINUNICODE
      return bytes.utf8(bytes.uint8());
    case 0x8d: // BINUNICODE8
      return bytes.utf8(bytes.length64());
    case 0x42: // BINBYTES
      return bytes.take(bytes.uint32());
    case 0x43: // SHORT_BINBYTES
      return bytes.take(bytes.uint8());
    case 0x8e: // BINBYTES8
    case 0x96: // BYTEARRAY8
      return bytes.take(bytes.length64());

    default:
      return NO_LITERAL;
  }
}

/** INT: protocol 1 writes booleans as 00 and 01. */
function intLine(bytes: PickleBytes): unknown {
  const value = bytes.line();
  if (value === '00') return false;
  if (value === '01') return true;
  if (!/^-?\d{1,20}$/.test(value)) throw bytes.fail('a number that is none');
  return Number(value);
}

function floatLine(bytes: PickleBytes): number {
  const text = bytes.line();
  if (!/^(-?inf|-?nan|[-+]?[\d.]+(e[-+]?\d+)?)$/i.test(text)) throw bytes.fail('a number that is none');
  return Number(text.replace(/^(-?)inf$/i, '$1Infinity'));
}

function quotedLine(bytes: PickleBytes): string {
  const text = bytes.line();
  const quote = text[0];
  if (text.length < 2 || (quote !== "'" && quote !== '"') || !text.endsWith(quote) || text.includes('\\')) {
    throw bytes.fail('a string without quotes');
  }
  return text.slice(1, -1);
}

/** Python's raw-unicode-escape: Latin-1, with \u and \U for the rest. */
function rawUnicodeLine(bytes: PickleBytes): string {
  return bytes.line().replace(/\\u([0-9a-fA-F]{4})|\\U([0-9a-fA-F]{8})/g, (_, short, long) => {
    const code = Number.parseInt(String(short ?? long), 16);
    if (code > 0x10ffff) throw bytes.fail('a character that does not exist');
    return String.fromCodePoint(code);
  });
}
