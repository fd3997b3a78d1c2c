/** Deeper nesting than any honest file has; without a limit a hostile one would exhaust the stack. */
const DEPTH_LIMIT = 64;

/** JSON data, as a head file holds it. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/**
 * Throws RangeError when a text nests brackets deeper than 64 levels. Asked before `JSON.parse`, to which a file of
 * megabytes of brackets costs gigabytes of memory.
 */
export function checkDepth(text: string): void {
  let depth = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x22: // a string: on to its end
        for (i++; i < text.length && text.charCodeAt(i) !== 0x22; i++) if (text.charCodeAt(i) === 0x5c) i++;
        break;
      case 0x5b:
      case 0x7b:
        if (++depth > DEPTH_LIMIT) throw new RangeError(`JSON nested deeper than ${DEPTH_LIMIT} levels`);
        break;
      case 0x5d:
      case 0x7d:
        depth--;
    }
  }
}

/** Indented JSON in which a list of plain values stays on one line: 192 weights are a row, not a page. */
export function readableJson(value: Json, indent = ''): string {
  const deeper = `${indent}  `;
  if (isArray(value)) {
    if (value.every((item) => item === null || typeof item !== 'object')) {
      return `[${value.map((item) => JSON.stringify(item)).join(', ')}]`;
    }
    return `[\n${value.map((item) => deeper + readableJson(item, deeper)).join(',\n')}\n${indent}]`;
  }
  if (value !== null && typeof value === 'object') {
    const members = Object.entries(value).map(
      ([key, member]) => `${deeper}${JSON.stringify(key)}: ${readableJson(member, deeper)}`,
    );
    return members.length === 0 ? '{}' : `{\n${members.join(',\n')}\n${indent}}`;
  }
  return JSON.stringify(value);
}

/** Plain JSON data of a value: undefined members left out, dates as strings; throws TypeError on cycles. */
export function toJson(value: unknown): Json {
  return JSON.parse(JSON.stringify(value)) as Json;
}

// Array.isArray does not narrow readonly arrays.
function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
