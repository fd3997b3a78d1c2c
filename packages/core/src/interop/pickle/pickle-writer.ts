/** A value as Python will see it. Numbers are floats; `int` makes an integer. */
export type PyValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | { readonly int: number }
  | { readonly tuple: readonly PyValue[] }
  | { readonly list: readonly PyValue[] }
  | { readonly dict: readonly (readonly [PyValue, PyValue])[] }
  /** A class or function by module and name. */
  | { readonly global: readonly [module: string, name: string] }
  /** `function(*args)`, then `__setstate__(state)`. */
  | { readonly call: PyValue; readonly args: readonly PyValue[]; readonly state?: PyValue }
  /** `cls.__new__(cls)`, then `__setstate__(state)`: how Python pickles a plain object. */
  | { readonly object: PyValue; readonly state: PyValue };

const OP = {
  mark: '(',
  stop: '.',
  none: 'N',
  true: '\x88',
  false: '\x89',
  int32: 'J',
  float: 'G',
  text: 'X',
  bytes: 'B',
  emptyTuple: ')',
  tuple: 't',
  emptyList: ']',
  appends: 'e',
  emptyDict: '}',
  setItems: 'u',
  global: '\x93',
  reduce: 'R',
  newObject: '\x81',
  build: 'b',
} as const;

/** A value as a Python pickle of protocol 4, without memo or frames (both optional). */
export function writePickle(value: PyValue): Uint8Array {
  const parts: Buffer[] = [Buffer.from([0x80, 4])];
  write(value, parts);
  parts.push(opcode('stop'));
  return Buffer.concat(parts);
}

function write(value: PyValue, out: Buffer[]): void {
  if (value === null) out.push(opcode('none'));
  else if (value === true || value === false) out.push(opcode(value ? 'true' : 'false'));
  else if (typeof value === 'number') {
    const bytes = Buffer.alloc(8);
    bytes.writeDoubleBE(value);
    out.push(opcode('float'), bytes);
  } else if (typeof value === 'string') out.push(opcode('text'), ...counted(Buffer.from(value, 'utf8')));
  else if (value instanceof Uint8Array) out.push(opcode('bytes'), ...counted(value));
  else if ('int' in value) {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value.int);
    out.push(opcode('int32'), bytes);
  } else if ('tuple' in value) writeAll('tuple', value.tuple, out);
  else if ('list' in value) {
    out.push(opcode('emptyList'));
    writeAll('appends', value.list, out);
  } else if ('dict' in value) {
    out.push(opcode('emptyDict'));
    writeAll('setItems', value.dict.flat(), out);
  } else if ('global' in value) {
    for (const part of value.global) write(part, out);
    out.push(opcode('global'));
  } else if ('call' in value) {
    write(value.call, out);
    writeAll('tuple', value.args, out);
    out.push(opcode('reduce'));
    if (value.state !== undefined) writeState(value.state, out);
  } else {
    write(value.object, out);
    out.push(opcode('emptyTuple'), opcode('newObject'));
    writeState(value.state, out);
  }
}

function writeAll(
  operation: 'tuple' | 'appends' | 'setItems',
  values: readonly PyValue[],
  out: Buffer[],
): void {
  out.push(opcode('mark'));
  for (const value of values) write(value, out);
  out.push(opcode(operation));
}

function writeState(state: PyValue, out: Buffer[]): void {
  write(state, out);
  out.push(opcode('build'));
}

function opcode(name: keyof typeof OP): Buffer {
  return Buffer.from(OP[name], 'latin1');
}

function counted(bytes: Uint8Array): [Buffer, Uint8Array & Buffer] {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return [length, Buffer.from(bytes)];
}
