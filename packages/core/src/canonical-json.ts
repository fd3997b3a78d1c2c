/** Deeper nesting than any honest data has; without a limit hostile data would exhaust the stack. */
const DEPTH_LIMIT = 64;

/**
 * One text per value whatever the order of keys: RFC 8785 (JSON Canonicalization Scheme), i.e. no spaces, keys
 * sorted by UTF-16 code units, numbers as ECMAScript prints them; typed arrays as plain ones, members that are
 * undefined left out. What checksums and keys are taken over. Throws RangeError when nested deeper than 64 levels.
 */
export function canonicalJson(value: unknown): string {
  return textOf(value, 0);
}

function textOf(value: unknown, depth: number): string {
  if (depth > DEPTH_LIMIT) throw new RangeError(`JSON nested deeper than ${DEPTH_LIMIT} levels`);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  if (ArrayBuffer.isView(value)) return textOf([...(value as Float64Array)], depth);
  if (Array.isArray(value)) return `[${value.map((item) => textOf(item, depth + 1)).join(',')}]`;
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${textOf(member, depth + 1)}`);
  return `{${members.join(',')}}`;
}
