/** A number from an editor field or a message, or undefined when it was left empty. Throws RangeError naming the field. */
export function optionalNumber(
  field: string,
  value: unknown,
  minimum: number,
  maximum: number,
  { whole = false } = {},
): number | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  const number = typeof value === 'string' || typeof value === 'number' ? Number(value) : Number.NaN;
  if (!(number >= minimum && number <= maximum) || (whole && !Number.isInteger(number))) {
    throw new RangeError(
      `${field}: expected a ${whole ? 'whole ' : ''}number from ${minimum} to ${maximum}, got ${shown(value)}`,
    );
  }
  return number;
}

/** One of the values of a drop-down; the first when it was left empty. Throws RangeError naming the field. */
export function oneOf<Value extends string>(
  field: string,
  value: unknown,
  values: readonly [Value, ...Value[]],
): Value {
  if (value === undefined || value === null || value === '') return values[0];
  const known = values.find((one) => one === value);
  if (known === undefined) {
    throw new RangeError(`${field}: expected one of ${values.join(', ')}, got ${shown(value)}`);
  }
  return known;
}

/** The names in a list with commas, or in an array. */
export function namesOf(value: unknown): readonly string[] {
  const names = Array.isArray(value) ? value.map(String) : String(value ?? '').split(',');
  return names.map((name) => name.trim()).filter((name) => name !== '');
}

/** A value for a message: short, whatever it is. */
function shown(value: unknown): string {
  const text = typeof value === 'object' ? Object.prototype.toString.call(value) : String(value);
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}
