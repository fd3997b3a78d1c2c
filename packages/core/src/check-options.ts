/** Throws TypeError or RangeError naming the option when a value does not suit it. */
export type OptionCheck = (name: string, value: unknown) => void;

/** Of what is checked where it is used. */
export const ANY: OptionCheck = () => {};
export const TEXT: OptionCheck = ofType('string', 'a text');
export const FLAG: OptionCheck = ofType('boolean', 'true or false');
export const FUNCTION: OptionCheck = ofType('function', 'a function');

export const SIGNAL: OptionCheck = (name, value) => {
  // Not instanceof: signals of other realms are as good.
  const isSignal = typeof value === 'object' && value !== null && 'aborted' in value;
  if (!isSignal) throw new TypeError(`${name}: expected an AbortSignal, got ${nameOf(value)}`);
};

export const OBJECT: OptionCheck = (name, value) => {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`${name}: expected an object, got ${nameOf(value)}`);
};

/** A number that is at least `least`; infinity counts as one. */
export function numberFrom(least: number): OptionCheck {
  return (name, value) => {
    if (typeof value !== 'number') throw new TypeError(`${name}: expected a number, got ${nameOf(value)}`);
    if (!(value >= least)) throw new RangeError(`${name}: expected a number from ${least}, got ${value}`);
  };
}

export function oneOf(...values: readonly string[]): OptionCheck {
  return (name, value) => {
    if (!values.some((one) => one === value))
      throw new TypeError(`${name}: expected ${values.join(', ')}, got ${nameOf(value)}`);
  };
}

/**
 * Checks the options of one call. A name that is none of them would be ignored without a word where it is misspelt.
 *
 * @throws TypeError, RangeError naming the option
 */
export function checkOptions(
  options: unknown,
  checks: Readonly<Record<string, OptionCheck>>,
  parent = '',
): void {
  OBJECT(parent === '' ? 'options' : parent, options);
  for (const [key, value] of Object.entries(options as object)) {
    if (value === undefined) continue;
    const name = parent === '' ? key : `${parent}.${key}`;
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (check === undefined)
      throw new TypeError(`${name}: there is no such option, only ${Object.keys(checks).join(', ')}`);
    check(name, value);
  }
}

function ofType(type: string, expected: string): OptionCheck {
  return (name, value) => {
    if (typeof value !== type) throw new TypeError(`${name}: expected ${expected}, got ${nameOf(value)}`);
  };
}

function nameOf(value: unknown): string {
  return typeof value === 'string'
    ? JSON.stringify(value)
    : value === null
      ? 'null'
      : typeof value === 'number'
        ? String(value)
        : typeof value;
}
