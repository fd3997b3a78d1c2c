import { type PickleContext, PickleTuple, type PickleType, type PickleTypes } from './pickle-types.js';

/** A numpy dtype, as far as class names and coefficients need it. */
export class NumpyDtype {
  /** `<` or `>`; `|` where order means nothing. */
  byteOrder = '<';

  constructor(
    /** b, i, u, f, U (text), S (bytes) or O (objects). */
    readonly kind: string,
    readonly itemBytes: number,
  ) {}
}

/** A numpy array as its pickle holds it. Nothing is converted before it is asked for. */
export class NumpyArray {
  shape: readonly number[] = [0];
  dtype = new NumpyDtype('f', 8);
  fortranOrder = false;
  /** The raw items; for dtype O a list of objects instead. */
  data: Uint8Array | readonly unknown[] = new Uint8Array();

  get length(): number {
    return this.shape.reduce((product, size) => product * size, 1);
  }

  /** The values as float64, row-major; undefined when they are no numbers. */
  numbers(): Float64Array | undefined {
    const { data, dtype } = this;
    if (!(data instanceof Uint8Array) || !'biuf'.includes(dtype.kind)) return undefined;
    const values = new Float64Array(this.length);
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    for (let i = 0; i < values.length; i++) {
      const value = readNumber(view, i * dtype.itemBytes, dtype);
      if (value === undefined) return undefined;
      values[i] = value;
    }
    return this.fortranOrder ? transpose(values, this.shape) : values;
  }

  /** The values of a vector as text, numbers as Python prints them; undefined when they are neither. */
  texts(): string[] | undefined {
    const { data, dtype } = this;
    if (!(data instanceof Uint8Array)) {
      return data.every(isPlain) ? data.map((value) => pythonText(value, false)) : undefined;
    }
    if (dtype.kind === 'U' || dtype.kind === 'S') {
      return Array.from({ length: this.length }, (_, i) =>
        readText(data.subarray(i * dtype.itemBytes, (i + 1) * dtype.itemBytes), dtype),
      );
    }
    const numbers = this.numbers();
    if (dtype.kind === 'b') return numbers && Array.from(numbers, (value) => (value ? 'True' : 'False'));
    return numbers && Array.from(numbers, (value) => pythonText(value, dtype.kind === 'f'));
  }
}

const MAX_RANK = 8;
const PLACEHOLDER: PickleType = {
  create: (_args, context) => {
    throw context.fail('a numpy type used as a function');
  },
};

/** The globals of numpy's arrays, dtypes and scalars, under their names before and since numpy 2. */
export const NUMPY_TYPES: PickleTypes = new Map<string, PickleType>([
  ['numpy.ndarray', PLACEHOLDER],
  ['numpy.dtype', { create: createDtype, build: buildDtype }],
  ['_codecs.encode', { create: encodeLatin1 }],
  ['builtins.bytes', { create: emptyBytes }],
  ['__builtin__.bytes', { create: emptyBytes }],
  ...['numpy.core', 'numpy._core'].flatMap((core): [string, PickleType][] => [
    [`${core}.multiarray._reconstruct`, { create: () => new NumpyArray(), build: buildArray }],
    [`${core}.multiarray.scalar`, { create: createScalar }],
    [`${core}.numeric._frombuffer`, { create: arrayFromBuffer }],
  ]),
]);

/** joblib's stand-in for an array, whose raw data follows in the stream; see joblib/numpy_pickle.py. */
export const JOBLIB_TYPES: PickleTypes = new Map<string, PickleType>([
  ['joblib.numpy_pickle.NumpyArrayWrapper', { create: () => new NumpyArray(), build: readJoblibArray }],
]);

function createDtype(args: readonly unknown[], context: PickleContext): NumpyDtype {
  const [code] = args;
  const [, kind, size] = (typeof code === 'string' && /^([biufUSO])(\d{1,6})$/.exec(code)) || [];
  if (kind === undefined) throw context.fail(`numpy type ${JSON.stringify(code)?.slice(0, 40)}`);
  return new NumpyDtype(kind, kind === 'U' ? 4 * Number(size) : Number(size));
}

function buildDtype(dtype: unknown, state: unknown, context: PickleContext): NumpyDtype {
  const order = state instanceof PickleTuple ? state.items[1] : undefined;
  if (!(dtype instanceof NumpyDtype) || typeof order !== 'string' || !['<', '>', '|', '='].includes(order)) {
    throw context.fail('a numpy type that numpy does not write');
  }
  dtype.byteOrder = order;
  return dtype;
}

/** State of an array: `(version, shape, dtype, fortranOrder, data)`. */
function buildArray(array: unknown, state: unknown, context: PickleContext): NumpyArray {
  const [, shape, dtype, fortranOrder, data] = state instanceof PickleTuple ? state.items : [];
  if (!(array instanceof NumpyArray)) throw context.fail('an array that numpy does not write');
  return fillArray(array, shape, dtype, fortranOrder === true, data, context);
}

function arrayFromBuffer(args: readonly unknown[], context: PickleContext): NumpyArray {
  const [data, dtype, shape, order] = args;
  return fillArray(new NumpyArray(), shape, dtype, order === 'F', data, context);
}

function readJoblibArray(array: unknown, state: unknown, context: PickleContext): NumpyArray {
  if (!(array instanceof NumpyArray) || !(state instanceof Map)) {
    throw context.fail('an array that joblib does not write');
  }
  const dtype: unknown = state.get('dtype');
  if (dtype instanceof NumpyDtype && dtype.kind === 'O') {
    const objects = context.readPickle(NUMPY_TYPES);
    if (!(objects instanceof NumpyArray)) throw context.fail('an array that joblib does not write');
    return objects;
  }
  const alignment: unknown = state.get('numpy_array_alignment_bytes');
  if (alignment !== undefined && alignment !== null) {
    // One byte gives how many bytes of padding follow it.
    context.takeRaw(context.takeRaw(1)[0] ?? 0);
  }
  const shape: unknown = state.get('shape');
  const bytes = dtype instanceof NumpyDtype ? dtype.itemBytes * (product(shape) ?? NaN) : NaN;
  if (!Number.isSafeInteger(bytes)) throw context.fail('an array without shape or type');
  return fillArray(array, shape, dtype, state.get('order') === 'F', context.takeRaw(bytes), context);
}

function fillArray(
  array: NumpyArray,
  shape: unknown,
  dtype: unknown,
  fortranOrder: boolean,
  data: unknown,
  context: PickleContext,
): NumpyArray {
  const count = product(shape);
  if (count === undefined || !(shape instanceof PickleTuple) || !(dtype instanceof NumpyDtype)) {
    throw context.fail('an array without shape or type');
  }
  const isObjects = dtype.kind === 'O';
  const fits = isObjects
    ? Array.isArray(data) && data.length === count
    : data instanceof Uint8Array && data.length === count * dtype.itemBytes;
  if (!fits) throw context.fail('an array whose data does not fit its shape');
  array.shape = shape.items as readonly number[];
  array.dtype = dtype;
  array.fortranOrder = fortranOrder;
  array.data = data as Uint8Array | unknown[];
  return array;
}

/** A numpy scalar: `(dtype, bytes)`. Becomes a number, or text. */
function createScalar(args: readonly unknown[], context: PickleContext): unknown {
  const [dtype, data] = args;
  if (dtype instanceof NumpyDtype && data instanceof Uint8Array && data.length === dtype.itemBytes) {
    if (dtype.kind === 'U' || dtype.kind === 'S') return readText(data, dtype);
    const number = readNumber(new DataView(data.buffer, data.byteOffset, data.byteLength), 0, dtype);
    if (number !== undefined) return number;
  }
  throw context.fail('a numpy scalar that is not a number or text');
}

/** Protocol 2 writes bytes as `_codecs.encode(text, 'latin1')`. */
function encodeLatin1(args: readonly unknown[], context: PickleContext): Uint8Array {
  const [text, encoding] = args;
  if (typeof text !== 'string' || encoding !== 'latin1') throw context.fail('bytes that are no Latin-1');
  context.allocate(text.length);
  return Buffer.from(text, 'latin1');
}

function emptyBytes(args: readonly unknown[], context: PickleContext): Uint8Array {
  if (args.length > 0) throw context.fail('a call of bytes');
  return new Uint8Array();
}

function product(shape: unknown): number | undefined {
  if (!(shape instanceof PickleTuple) || shape.items.length > MAX_RANK) return undefined;
  let count = 1;
  for (const size of shape.items) {
    if (typeof size !== 'number' || !Number.isSafeInteger(size) || size < 0) return undefined;
    count *= size;
  }
  return Number.isSafeInteger(count) ? count : undefined;
}

function readNumber(view: DataView, offset: number, dtype: NumpyDtype): number | undefined {
  const little = dtype.byteOrder !== '>';
  switch (`${dtype.kind}${dtype.itemBytes}`) {
    case 'f8':
      return view.getFloat64(offset, little);
    case 'f4':
      return view.getFloat32(offset, little);
    case 'i8':
      return Number(view.getBigInt64(offset, little));
    case 'u8':
      return Number(view.getBigUint64(offset, little));
    case 'i4':
      return view.getInt32(offset, little);
    case 'u4':
      return view.getUint32(offset, little);
    case 'i2':
      return view.getInt16(offset, little);
    case 'u2':
      return view.getUint16(offset, little);
    case 'i1':
      return view.getInt8(offset);
    case 'u1':
    case 'b1':
      return view.getUint8(offset);
    default:
      return undefined;
  }
}

/** numpy's fixed-width text: UTF-32 (U) or one byte a character (S), padded with zeros. */
function readText(bytes: Uint8Array, dtype: NumpyDtype): string {
  if (dtype.kind === 'S') return Buffer.from(bytes).toString('latin1').replace(/\0+$/, '');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let text = '';
  for (let offset = 0; offset < bytes.length; offset += 4) {
    const code = view.getUint32(offset, dtype.byteOrder !== '>');
    text += code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd';
  }
  return text.replace(/\0+$/, '');
}

function transpose(values: Float64Array, shape: readonly number[]): Float64Array | undefined {
  if (shape.length < 2) return values;
  const [rows, columns] = shape;
  if (shape.length > 2 || rows === undefined || columns === undefined) return undefined;
  const result = new Float64Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      result[row * columns + column] = values[column * rows + row] ?? 0;
    }
  }
  return result;
}

function isPlain(value: unknown): value is string | number | bigint | boolean {
  return ['string', 'number', 'bigint', 'boolean'].includes(typeof value);
}

function pythonText(value: string | number | bigint | boolean, isFloat: boolean): string {
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  return isFloat && Number.isInteger(value) ? `${value}.0` : String(value);
}
