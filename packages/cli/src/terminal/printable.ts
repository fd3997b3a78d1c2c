/**
 * Controls of terminals and of text direction, and line breaks: what a name could use to rewrite the screen. And what is
 * no character: bytes of a name that are no UTF-8, which stand in strings as U+DC80 to U+DCFF.
 */
const UNPRINTABLE = /[\p{Cc}\p{Cs}\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** A file's or class's name as a terminal may show it: what would act on the terminal is written as an escape. */
export function printable(name: string): string {
  return name.replace(UNPRINTABLE, (character) => {
    const code = character.charCodeAt(0);
    return escapeOf(code >= 0xdc80 && code <= 0xdcff ? code - 0xdc00 : code);
  });
}

function escapeOf(code: number): string {
  return code < 0x100
    ? `\\x${code.toString(16).padStart(2, '0')}`
    : `\\u${code.toString(16).padStart(4, '0')}`;
}

/** A value as a line of JSON, on which names have no more power over a terminal than in a text. It reads as before. */
export function jsonLine(value: unknown): string {
  return `${printableJson(JSON.stringify(value))}\n`;
}

/** Half of a character, which JSON can escape and few programs can read, behind an even number of backslashes. */
const LONE_SURROGATE = /(?<!\\)((?:\\\\)*)\\u(d[89a-f][0-9a-f]{2})/g;

/** The same of JSON that is already written; its line ends stay. What is no character is escaped as in a text. */
export function printableJson(json: string): string {
  const wellFormed = json.replace(
    LONE_SURROGATE,
    (_, before: string, hex: string) =>
      `${before}\\${printable(String.fromCharCode(Number.parseInt(hex, 16)))}`,
  );
  return wellFormed.replace(UNPRINTABLE, (character) =>
    character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
