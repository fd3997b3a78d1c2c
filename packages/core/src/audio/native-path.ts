import { isUtf8 } from 'node:buffer';

/**
 * Some systems take any bytes as a name. Bytes that are no UTF-8 stand in a string as lone surrogates U+DC80 to
 * U+DCFF, one for each byte (Python's `surrogateescape`, PEP 383); no other string contains these.
 */
const ESCAPED = /[\udc80-\udcff]/u;

/** The string for a name as the file system has it. */
export function nameFromBytes(bytes: Uint8Array): string {
  if (isUtf8(bytes)) return new TextDecoder().decode(bytes);
  let name = '';
  for (let at = 0; at < bytes.length; ) {
    const length = lengthOfCharacter(bytes, at);
    name +=
      length === 0
        ? String.fromCharCode(0xdc00 + (bytes[at] ?? 0))
        : new TextDecoder().decode(bytes.subarray(at, at + length));
    at += Math.max(1, length);
  }
  return name;
}

/** What Node's file system functions take for it. */
export function nativePath(path: string): string | Buffer {
  if (!ESCAPED.test(path)) return path;
  return Buffer.concat(
    Array.from(path, (character) => {
      const code = character.charCodeAt(0);
      const isByte = character.length === 1 && code >= 0xdc80 && code <= 0xdcff;
      return isByte ? Buffer.of(code - 0xdc00) : Buffer.from(character);
    }),
  );
}

/** Bytes of the UTF-8 character that begins here; 0 where none does. */
function lengthOfCharacter(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4; length++) {
    if (at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length))) return length;
  }
  return 0;
}
