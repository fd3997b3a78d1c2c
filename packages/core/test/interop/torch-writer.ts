import { PickleWriter } from './pickle-writer.js';
import type { ZipEntry } from './zip-writer.js';

/** A tensor as a test wants it written. `bytes` is its storage, little-endian. */
export interface TensorToWrite {
  readonly name: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
  /** torch's name of the storage class; FloatStorage when absent. */
  readonly storageType?: string;
  readonly elements?: number;
  readonly strides?: readonly number[];
  readonly offset?: number;
  readonly device?: string;
  readonly parameter?: boolean;
  /** Reads from the storage of an earlier tensor. */
  readonly storageKey?: string;
}

const ELEMENT_BYTES: Readonly<Record<string, number>> = {
  FloatStorage: 4,
  DoubleStorage: 8,
  HalfStorage: 2,
  BFloat16Storage: 2,
  LongStorage: 8,
};

/** `data.pkl` of torch.save(state_dict): an OrderedDict of tensors over persistent storages. */
export function stateDictPickle(tensors: readonly TensorToWrite[], protocol = 2): Buffer {
  const pickle = new PickleWriter(protocol).global('collections', 'OrderedDict').raw(')R(');
  for (const [index, tensor] of tensors.entries()) {
    const type = tensor.storageType ?? 'FloatStorage';
    const elements = tensor.elements ?? tensor.bytes.length / (ELEMENT_BYTES[type] ?? 4);
    pickle.text(tensor.name);
    if (tensor.parameter) pickle.global('torch._utils', '_rebuild_parameter').raw('(');
    pickle.global('torch._utils', '_rebuild_tensor_v2').raw('((').text('storage').global('torch', type);
    pickle
      .text(tensor.storageKey ?? String(index))
      .text(tensor.device ?? 'cpu')
      .int(elements)
      .raw('tQ');
    pickle
      .int(tensor.offset ?? 0)
      .ints(tensor.shape)
      .ints(tensor.strides ?? rowMajorStrides(tensor.shape));
    pickle.bytes(0x89).global('collections', 'OrderedDict').raw(')RtR');
    if (tensor.parameter) pickle.bytes(0x88).global('collections', 'OrderedDict').raw(')RtR');
  }
  return pickle.raw('u').finish();
}

/** The zip entries of torch.save(state_dict). */
export function stateDictEntries(
  tensors: readonly TensorToWrite[],
  options: { root?: string; protocol?: number; deflate?: boolean } = {},
): ZipEntry[] {
  const { root = 'archive/', protocol = 2, deflate = false } = options;
  return [
    { name: `${root}data.pkl`, bytes: stateDictPickle(tensors, protocol), deflate },
    ...tensors.flatMap((tensor, index) =>
      tensor.storageKey === undefined ? [{ name: `${root}data/${index}`, bytes: tensor.bytes, deflate }] : [],
    ),
    { name: `${root}version`, bytes: Buffer.from('3\n'), deflate },
  ];
}

export function float32Bytes(values: readonly number[] | Float32Array): Buffer {
  return Buffer.from(Float32Array.from(values).buffer);
}

function rowMajorStrides(shape: readonly number[]): number[] {
  const strides = shape.map(() => 1);
  for (let axis = shape.length - 2; axis >= 0; axis--) {
    strides[axis] = (strides[axis + 1] ?? 1) * (shape[axis + 1] ?? 1);
  }
  return strides;
}
