import { EcapaError } from '../../errors.js';

/** Typed access to the fields of a head document; every refusal is `HEAD_INVALID` and names file and field. */
export class HeadFields {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #file: string;
  readonly #prefix: string;

  constructor(document: unknown, file: string, prefix = '') {
    this.#file = file;
    this.#prefix = prefix;
    if (!isRecord(document)) throw this.#invalid(undefined, 'is not a JSON object');
    this.#values = document;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#values, name);
  }

  literal(name: string, expected: string | number): void {
    const value = this.#get(name);
    if (value !== expected) throw this.#invalid(name, `is ${show(value)} instead of ${show(expected)}`);
  }

  onlyKnown(known: ReadonlySet<string>): void {
    const unknown = Object.keys(this.#values).find((name) => !known.has(name));
    if (unknown !== undefined) throw this.#invalid(unknown, 'is not a field of this format');
  }

  text(name: string): string {
    const value = this.#get(name);
    if (typeof value !== 'string' || value === '') throw this.#invalid(name, 'must be a non-empty string');
    return value;
  }

  oneOf<const T extends string | number>(name: string, allowed: readonly T[]): T {
    const value = this.#get(name);
    const found = allowed.find((item) => item === value);
    if (found === undefined) throw this.#invalid(name, `must be one of ${allowed.join(', ')}`);
    return found;
  }

  positiveInteger(name: string): number {
    const value = this.#get(name);
    if (!Number.isSafeInteger(value) || (value as number) <= 0) {
      throw this.#invalid(name, 'must be a positive whole number');
    }
    return value as number;
  }

  positiveNumber(name: string): number {
    const value = this.#get(name);
    if (!isFiniteNumber(value) || value <= 0) throw this.#invalid(name, 'must be a positive number');
    return value;
  }

  numberBetween(name: string, low: number, high: number): number {
    const value = this.#get(name);
    if (!isFiniteNumber(value) || value < low || value > high) {
      throw this.#invalid(name, `must be a number from ${low} to ${high}`);
    }
    return value;
  }

  labels(name: string): string[] {
    const value = this.#get(name);
    if (!Array.isArray(value) || value.length < 2)
      throw this.#invalid(name, 'must list at least two classes');
    const labels: string[] = [];
    for (const item of value) {
      if (typeof item !== 'string' || item === '') throw this.#invalid(name, 'must hold non-empty strings');
      if (labels.includes(item)) throw this.#invalid(name, `names ${show(item)} twice`);
      labels.push(item);
    }
    return labels;
  }

  vector(name: string, length: number, minimum = -Infinity): Float64Array {
    const value = this.#get(name);
    return Float64Array.from(this.#numbers(name, value, length, minimum));
  }

  /** A list of `height` lists of `width` numbers, row-major. */
  matrix(name: string, height: number, width: number): Float64Array {
    const value = this.#get(name);
    if (!Array.isArray(value) || value.length !== height) {
      throw this.#invalid(name, `must hold ${height} rows, one per label`);
    }
    const result = new Float64Array(height * width);
    value.forEach((row: unknown, index) => {
      result.set(this.#numbers(`${name}[${index}]`, row, width, -Infinity), index * width);
    });
    return result;
  }

  /** Pairs of different labels. */
  pairs(name: string, labels: readonly string[]): [string, string][] {
    const value = this.#get(name);
    if (!Array.isArray(value)) throw this.#invalid(name, 'must be a list of pairs of labels');
    return value.map((pair: unknown, index) => {
      const [first, second] = Array.isArray(pair) && pair.length === 2 ? pair : [];
      const isPair = labels.includes(first as string) && labels.includes(second as string);
      if (!isPair || first === second) {
        throw this.#invalid(`${name}[${index}]`, "must be two different ones of the head's labels");
      }
      return [first as string, second as string];
    });
  }

  object(name: string): HeadFields {
    return new HeadFields(this.record(name), this.#file, `${this.#prefix}${name}.`);
  }

  record(name: string): Record<string, unknown> {
    const value = this.#get(name);
    if (!isRecord(value)) throw this.#invalid(name, 'must be a JSON object');
    return value;
  }

  #get(name: string): unknown {
    if (!this.has(name)) throw this.#invalid(name, 'is missing');
    return this.#values[name];
  }

  #numbers(name: string, value: unknown, length: number, minimum: number): number[] {
    if (!Array.isArray(value) || value.length !== length) {
      throw this.#invalid(name, `must hold ${length} numbers`);
    }
    value.forEach((item: unknown, index) => {
      if (!isFiniteNumber(item)) throw this.#invalid(`${name}[${index}]`, 'must be a finite number');
      if (item < minimum) throw this.#invalid(`${name}[${index}]`, `must be at least ${minimum}`);
    });
    return value as number[];
  }

  #invalid(name: string | undefined, problem: string): EcapaError {
    const where = name === undefined ? 'the content' : `field "${this.#prefix}${name}"`;
    return new EcapaError(
      'HEAD_INVALID',
      `${this.#file}: not a valid head file: ${where} ${problem}. Train or import the head again.`,
      { file: this.#file },
    );
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isFiniteNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
