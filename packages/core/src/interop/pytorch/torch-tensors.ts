import { EcapaError } from '../../errors.js';
import {
  type PickleContext,
  PickleGlobal,
  PickleTuple,
  type PickleType,
  type PickleTypes,
} from '../pickle/pickle-types.js';

/** A tensor of a checkpoint: row-major values, converted to float32. */
export interface NamedTensor {
  shape: number[];
  data: Float32Array;
}

/** How the numbers of a storage are kept in the file, little-endian. */
interface ElementType {
  readonly name: string;
  readonly sizeBytes: number;
  /** Element `index` of a storage. */
  read(view: DataView, index: number): number;
}

/** A block of numbers that lies in the container under `data/<key>`. */
export interface TorchStorage {
  readonly key: string;
  readonly type: ElementType;
  readonly elements: number;
}

/** A view of a storage, as `torch._utils._rebuild_tensor_v2` is given it. Strides are in elements. */
export interface TorchTensor {
  readonly storage: TorchStorage;
  readonly offset: number;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
}

const MAX_RANK = 8;
const NUMBERS = new Float32Array(1);
const BITS = new Uint32Array(NUMBERS.buffer);

const FLOAT32: ElementType = {
  name: 'float32',
  sizeBytes: 4,
  read: (view, i) => view.getFloat32(4 * i, true),
};

const ELEMENT_TYPES: Readonly<Record<string, ElementType>> = {
  FloatStorage: FLOAT32,
  DoubleStorage: { name: 'float64', sizeBytes: 8, read: (view, i) => view.getFloat64(8 * i, true) },
  HalfStorage: {
    name: 'float16',
    sizeBytes: 2,
    read: (view, i) => halfToNumber(view.getUint16(2 * i, true)),
  },
  BFloat16Storage: {
    name: 'bfloat16',
    sizeBytes: 2,
    read: (view, i) => bfloat16ToNumber(view.getUint16(2 * i, true)),
  },
  LongStorage: { name: 'int64', sizeBytes: 8, read: (view, i) => Number(view.getBigInt64(8 * i, true)) },
  IntStorage: { name: 'int32', sizeBytes: 4, read: (view, i) => view.getInt32(4 * i, true) },
};

/** The globals that torch.save names when it writes a dict of tensors; see torch/_utils.py. */
export const TORCH_TYPES: PickleTypes = new Map<string, PickleType>([
  ['collections.OrderedDict', { create: orderedDict, build: (dict) => dict }],
  ['torch._utils._rebuild_tensor_v2', { create: rebuildTensor }],
  ['torch._utils._rebuild_parameter', { create: rebuildParameter }],
  ...Object.keys(ELEMENT_TYPES).map((name): [string, PickleType] => [
    `torch.${name}`,
    {
      create: (_args, context) => {
        throw context.fail('a storage inside the pickle');
      },
    },
  ]),
]);

/** Torch's persistent ids: `('storage', torch.FloatStorage, key, device, elements)`. The device is ignored. */
export function torchStorage(id: unknown, context: PickleContext): TorchStorage {
  const [tag, type, key, , elements] = id instanceof PickleTuple ? id.items : [];
  const elementType = type instanceof PickleGlobal ? elementTypeOf(type.name) : undefined;
  if (tag !== 'storage' || !elementType || typeof key !== 'string' || !isCount(elements)) {
    throw context.fail('a storage reference that torch does not write');
  }
  return { key, type: elementType, elements };
}

/**
 * The tensor's values in row-major order. Shares memory with `bytes` when they already are float32 in that
 * order. `bytes` holds the whole storage; throws `CHECKPOINT_INVALID` when a value is NaN or infinite.
 */
export function tensorValues(
  tensor: TorchTensor,
  bytes: Uint8Array,
  name: string,
  file: string,
): NamedTensor {
  const shape = [...tensor.shape];
  const data = isPlain(tensor, bytes)
    ? new Float32Array(bytes.buffer, bytes.byteOffset + 4 * tensor.offset, elementCount(shape))
    : gather(tensor, bytes);
  for (const value of data) {
    if (Number.isFinite(value)) continue;
    throw new EcapaError(
      'CHECKPOINT_INVALID',
      `${file}: weight "${name}" holds NaN or infinite numbers (in 32 bits), so the model cannot work. ` +
        'The training diverged or the file is damaged: use another checkpoint.',
      { file },
    );
  }
  return { shape, data };
}

export function isTorchTensor(value: unknown): value is TorchTensor {
  return typeof value === 'object' && value !== null && 'storage' in value && 'strides' in value;
}

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

function elementTypeOf(globalName: string): ElementType | undefined {
  return ELEMENT_TYPES[globalName.replace(/^torch\./, '')];
}

function orderedDict(args: readonly unknown[], context: PickleContext): Map<unknown, unknown> {
  const dict = new Map<unknown, unknown>();
  if (args.length === 0) return dict;
  // Protocol 2 pickles of Python 2 give the items as a list of pairs.
  const [items] = args;
  if (args.length !== 1 || !Array.isArray(items))
    throw context.fail('an OrderedDict of something else than pairs');
  context.allocate(64 * items.length);
  for (const pair of items) {
    const [key, value] = pair instanceof PickleTuple ? pair.items : Array.isArray(pair) ? pair : [];
    dict.set(key, value);
  }
  return dict;
}

function rebuildTensor(args: readonly unknown[], context: PickleContext): TorchTensor {
  const [storage, offset, size, stride] = args;
  const shape = counts(size);
  const strides = counts(stride);
  if (!isTorchStorage(storage) || !isCount(offset) || !shape || !strides || shape.length !== strides.length) {
    throw context.fail('a tensor that torch does not write');
  }
  const count = elementCount(shape);
  let last = offset;
  for (const [axis, length] of shape.entries()) last += (length - 1) * (strides[axis] ?? 0);
  // An expanded tensor (stride 0) may announce any size over one number; weights are never stored so.
  if (count > storage.elements || (count > 0 && last >= storage.elements)) {
    throw context.fail(`a tensor of ${count} numbers over a storage of ${storage.elements}`);
  }
  return { storage, offset, shape, strides };
}

function rebuildParameter(args: readonly unknown[], context: PickleContext): TorchTensor {
  const [tensor] = args;
  if (!isTorchTensor(tensor)) throw context.fail('a parameter that is not a tensor');
  return tensor;
}

function isTorchStorage(value: unknown): value is TorchStorage {
  return typeof value === 'object' && value !== null && 'key' in value && 'elements' in value;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function counts(value: unknown): number[] | undefined {
  const items = value instanceof PickleTuple ? value.items : undefined;
  if (!items || items.length > MAX_RANK || !items.every(isCount)) return undefined;
  return [...items];
}

/** True when the storage's bytes can be looked at as the tensor's values without copying. */
function isPlain(tensor: TorchTensor, bytes: Uint8Array): boolean {
  if (tensor.storage.type !== FLOAT32 || bytes.byteOffset % 4 !== 0 || !HOST_IS_LITTLE_ENDIAN) return false;
  let expected = 1;
  for (let axis = tensor.shape.length - 1; axis >= 0; axis--) {
    const length = tensor.shape[axis] ?? 0;
    if (length !== 1 && tensor.strides[axis] !== expected) return false;
    expected *= length;
  }
  return true;
}

const HOST_IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function gather(tensor: TorchTensor, bytes: Uint8Array): Float32Array {
  const { shape, strides, storage } = tensor;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const data = new Float32Array(elementCount(shape));
  const index = shape.map(() => 0);
  let source = tensor.offset;
  for (let target = 0; target < data.length; target++) {
    data[target] = storage.type.read(view, source);
    // Count up like an odometer, the last axis first.
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const stride = strides[axis] ?? 0;
      const next = (index[axis] ?? 0) + 1;
      if (next < (shape[axis] ?? 0)) {
        index[axis] = next;
        source += stride;
        break;
      }
      source -= (next - 1) * stride;
      index[axis] = 0;
    }
  }
  return data;
}

/** IEEE 754 binary16. */
function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The upper half of a float32. */
function bfloat16ToNumber(upper: number): number {
  BITS[0] = upper << 16;
  return NUMBERS[0] ?? 0;
}
