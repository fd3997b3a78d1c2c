import { isUtf8 } from 'node:buffer';
import { realpath } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

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

/** A path without links, also where a link leads to a name that is no UTF-8. */
export async function realPath(path: string): Promise<string> {
  return nameFromBytes(await realpath(nativePath(path), { encoding: 'buffer' }));
}

/**
 * A path as outputs show it. One that is no UTF-8 is shown as its `file:` address, in which each byte has an escape: as
 * it is, neither JSON nor any other text of UTF-8 can hold it.
 */
export function shownPath(path: string): string {
  if (!ESCAPED.test(path)) return path;
  const bytes = Buffer.from(nativePath(resolve(path)));
  const parts = Array.from(bytes, (byte) => {
    const character = String.fromCharCode(byte);
    return /[\w/.~-]/.test(character) ? character : escaped(byte);
  });
  return `file://${parts.join('')}`;
}

/** A name in which the bytes that are no UTF-8 have the escapes of an address: a name that any file can have. */
export function withByteEscapes(name: string): string {
  return name.replace(/[\udc80-\udcff]/gu, (byte) => escaped(byte.charCodeAt(0) - 0xdc00));
}

function escaped(byte: number): string {
  return `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** The path that a `file:` address stands for, also where its escapes are no UTF-8. Throws as `fileURLToPath` does. */
export function pathOfAddress(address: URL): string {
  try {
    return fileURLToPath(address);
  } catch (error) {
    if (!(error instanceof URIError) || process.platform === 'win32') throw error;
    const path = address.pathname.replace(/%([0-9a-f]{2})/gi, (_, hex: string) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    return nameFromBytes(Buffer.from(path, 'latin1'));
  }
}

/** Bytes of the UTF-8 character that begins here; 0 where none does. */
function lengthOfCharacter(bytes: Uint8Array, at: number): number {
  for (let length = 1; length <= 4; length++) {
    if (at + length <= bytes.length && isUtf8(bytes.subarray(at, at + length))) return length;
  }
  return 0;
}
