import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadTorchCheckpoint } from '../../src/interop/pytorch/torch-zip.js';
import { fixturePath } from '../reference.js';
import { expectError } from './expect-error.js';
import { PickleWriter } from './pickle-writer.js';
import { float32Bytes, stateDictEntries, type TensorToWrite } from './torch-writer.js';
import { writeZip, type ZipEntry } from './zip-writer.js';

const MATRIX: TensorToWrite = { name: 'w', shape: [2, 3], bytes: float32Bytes([1, 2, 3, 4, 5, 6]) };

describe('torch checkpoint', () => {
  let folder = '';
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ecapa-torch-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  async function write(entries: readonly ZipEntry[] | Buffer): Promise<string> {
    const path = join(folder, 'x.ckpt');
    await writeFile(path, Buffer.isBuffer(entries) ? entries : writeZip(entries as readonly ZipEntry[]));
    return path;
  }

  async function values(tensors: readonly TensorToWrite[], options = {}): Promise<Record<string, number[]>> {
    const read = await loadTorchCheckpoint(await write(stateDictEntries(tensors, options)));
    return Object.fromEntries([...read].map(([name, { data }]) => [name, [...data]]));
  }

  it('reads what torch.save wrote', async () => {
    const tensors = await loadTorchCheckpoint(fixturePath('speechbrain', 'tiny', 'embedding_model.ckpt'));
    assert.equal(tensors.size, 231);
    assert.deepEqual(tensors.get('blocks.0.conv.conv.weight')?.shape, [16, 80, 5]);
    const fc = tensors.get('fc.conv.weight');
    assert.deepEqual(fc?.shape, [192, 96, 1]);
    // Printed by torch for this file.
    assert.deepEqual(
      [...(fc?.data.subarray(0, 3) ?? [])].map((value) => value.toFixed(4)),
      ['2.5787', '0.0068', '0.2611'],
    );
    assert.deepEqual(tensors.get('asp_bn.norm.num_batches_tracked')?.shape, []);
  });

  for (const protocol of [2, 3, 4, 5]) {
    it(`reads pickle protocol ${protocol}`, async () => {
      assert.deepEqual(await values([MATRIX], { protocol }), { w: [1, 2, 3, 4, 5, 6] });
    });
  }

  it('reads stored and deflated entries under any root folder', async () => {
    for (const root of ['archive/', 'embedding_model/', 'a/b c/ü/', '']) {
      for (const deflate of [false, true]) {
        assert.deepEqual(await values([MATRIX], { root, deflate }), { w: [1, 2, 3, 4, 5, 6] });
      }
    }
  });

  it('reads zip64 containers and data descriptors', async () => {
    for (const extra of [{ zip64: true }, { dataDescriptor: true }, { zip64: true, dataDescriptor: true }]) {
      const path = await write(stateDictEntries([MATRIX]).map((entry) => ({ ...entry, ...extra })));
      assert.deepEqual([...((await loadTorchCheckpoint(path)).get('w')?.data ?? [])], [1, 2, 3, 4, 5, 6]);
    }
  });

  it('converts float64, float16, bfloat16 and int64 storages', async () => {
    const half = Buffer.from(new Uint16Array([0x3c00, 0xc000, 0x0001, 0x7bff, 0x3555]).buffer);
    const bfloat = Buffer.from(new Uint16Array([0x3f80, 0xc040, 0x0000]).buffer);
    const read = await values([
      {
        name: 'double',
        shape: [2],
        storageType: 'DoubleStorage',
        bytes: Buffer.from(new Float64Array([0.1, -3]).buffer),
      },
      { name: 'half', shape: [5], storageType: 'HalfStorage', bytes: half },
      { name: 'bfloat', shape: [3], storageType: 'BFloat16Storage', bytes: bfloat },
      {
        name: 'long',
        shape: [],
        storageType: 'LongStorage',
        bytes: Buffer.from(new BigInt64Array([-5n]).buffer),
      },
    ]);
    assert.deepEqual(read, {
      double: [Math.fround(0.1), -3],
      half: [1, -2, 2 ** -24, 65504, 0.333251953125],
      bfloat: [1, -3, 0],
      long: [-5],
    });
  });

  it('honours strides and offsets, shared storages, parameters and any device', async () => {
    const read = await values([
      { ...MATRIX, device: 'cuda:3', parameter: true },
      { name: 'transposed', shape: [3, 2], strides: [1, 3], bytes: MATRIX.bytes, storageKey: '0' },
      { name: 'row', shape: [3], offset: 3, bytes: MATRIX.bytes, storageKey: '0', device: 'mps' },
      { name: 'column', shape: [2], strides: [3], offset: 1, bytes: MATRIX.bytes, storageKey: '0' },
    ]);
    assert.deepEqual(read, {
      w: [1, 2, 3, 4, 5, 6],
      transposed: [1, 4, 2, 5, 3, 6],
      row: [4, 5, 6],
      column: [2, 5],
    });
  });

  it('refuses NaN and infinite weights, naming the tensor', async () => {
    for (const bad of [NaN, Infinity, -Infinity]) {
      const path = await write(
        stateDictEntries([{ name: 'fc.bias', shape: [2], bytes: float32Bytes([1, bad]) }]),
      );
      await expectError(() => loadTorchCheckpoint(path), 'CHECKPOINT_INVALID', /fc\.bias.*NaN/);
    }
  });

  it("refuses torch's old formats, and explains how to convert them", async () => {
    const legacy = await write(Buffer.from('80028a0a6cfc9c46f9206aa850192e', 'hex'));
    await expectError(() => loadTorchCheckpoint(legacy), 'CHECKPOINT_INVALID', /old format.*torch\.save/);
    const tar = Buffer.alloc(1024);
    tar.write('ustar', 257, 'latin1');
    const old = await write(tar);
    await expectError(() => loadTorchCheckpoint(old), 'CHECKPOINT_INVALID', /old format/);
  });

  it('refuses names that leave the container', async () => {
    for (const name of ['../data.pkl', 'a/../../data.pkl', '/data.pkl', 'C:/data.pkl', 'a\\data.pkl']) {
      const path = await write([...stateDictEntries([MATRIX]), { name, bytes: Buffer.from('x') }]);
      await expectError(() => loadTorchCheckpoint(path), 'CHECKPOINT_INVALID');
    }
  });

  it('bounds what comes out of a zip bomb', async () => {
    const zeros = Buffer.alloc(64 << 20);
    const tensor = { name: 'bomb', shape: [zeros.length / 4], bytes: zeros };
    const honest = await write(stateDictEntries([tensor], { deflate: true }));
    await expectError(() => loadTorchCheckpoint(honest), 'CHECKPOINT_INVALID', /far more than its size/);
    // One that lies about its size is stopped while it unpacks.
    const lying = stateDictEntries([{ ...tensor, elements: 4, shape: [4] }], { deflate: true }).map(
      (entry) => (entry.name.endsWith('data/0') ? { ...entry, claimedBytes: 16 } : entry),
    );
    const path = await write(lying);
    await expectError(() => loadTorchCheckpoint(path), 'CHECKPOINT_INVALID', /zip container is damaged/);
    // A pickle that is a bomb.
    const pickle = await write([{ name: 'a/data.pkl', bytes: zeros, deflate: true }]);
    await expectError(() => loadTorchCheckpoint(pickle), 'CHECKPOINT_INVALID', /far more than its size/);
  });

  it('refuses a huge tensor over a small storage', async () => {
    const expanded = { ...MATRIX, shape: [1 << 20, 1 << 20], strides: [0, 0] };
    const path = await write(stateDictEntries([expanded]));
    await expectError(() => loadTorchCheckpoint(path), 'PICKLE_INVALID', /over a storage of 6/);
    const views = Array.from({ length: 2000 }, (_, i) => ({
      name: `view${i}`,
      shape: [1 << 16],
      bytes: Buffer.alloc(4 << 16),
      ...(i > 0 && { storageKey: '0' }),
    }));
    const many = await write(stateDictEntries(views));
    await expectError(() => loadTorchCheckpoint(many), 'CHECKPOINT_INVALID', /far more than its size/);
  });

  const LYING: ReadonlyArray<readonly [string, TensorToWrite]> = [
    ['a storage smaller than announced', { ...MATRIX, elements: 7 }],
    ['a storage larger than announced', { ...MATRIX, elements: 5, shape: [5], strides: [1] }],
  ];
  for (const [title, tensor] of LYING) {
    it(`refuses ${title}`, async () => {
      const path = await write(stateDictEntries([tensor]));
      await expectError(() => loadTorchCheckpoint(path), 'CHECKPOINT_INVALID', /"w" should have/);
    });
  }

  it('refuses tensors that reach beyond their storage', async () => {
    for (const change of [
      { offset: 1 },
      { strides: [4, 1] },
      { shape: [7], strides: [1] },
      { shape: [2, 4] },
    ]) {
      const path = await write(stateDictEntries([{ ...MATRIX, ...change }]));
      await expectError(() => loadTorchCheckpoint(path), 'PICKLE_INVALID');
    }
  });

  it('refuses flipped bits anywhere in the numbers', async () => {
    const bytes = writeZip(stateDictEntries([MATRIX]));
    const at = bytes.indexOf(MATRIX.bytes);
    bytes[at + 5] = (bytes[at + 5] ?? 0) ^ 1;
    const path = await write(bytes);
    await expectError(() => loadTorchCheckpoint(path), 'CHECKPOINT_INVALID', /checksum/);
  });

  it('refuses a missing storage, a missing pickle, two pickles and two entries of one name', async () => {
    const entries = stateDictEntries([MATRIX]);
    const [pickle, storage] = entries as [ZipEntry, ZipEntry];
    const cases: ReadonlyArray<readonly [ZipEntry[], RegExp]> = [
      [[pickle], /numbers of weight "w" are missing/],
      [[storage], /0 entries named data\.pkl/],
      [[...entries, { ...pickle, name: 'other/data.pkl' }], /2 entries named data\.pkl/],
      [[...entries, storage], /twice/],
      [[...entries, { name: 'archive/byteorder', bytes: Buffer.from('big') }], /byte order is "big"/],
      [[...entries, { name: 'archive/constants.pkl', bytes: Buffer.from('x') }], /TorchScript/],
    ];
    for (const [bad, message] of cases) {
      const path = await write(bad);
      await expectError(() => loadTorchCheckpoint(path), 'CHECKPOINT_INVALID', message);
    }
  });

  it('refuses a pickle that runs code, naming what it would run', async () => {
    const bytes = new PickleWriter().global('os', 'system').text('touch pwned').bytes(0x85).raw('R').finish();
    const path = await write([{ name: 'a/data.pkl', bytes }]);
    await expectError(() => loadTorchCheckpoint(path), 'PICKLE_FORBIDDEN', /os\.system/);
  });

  it('refuses what is not a dict of tensors', async () => {
    const number = await write([{ name: 'a/data.pkl', bytes: new PickleWriter().int(5).finish() }]);
    await expectError(() => loadTorchCheckpoint(number), 'CHECKPOINT_INVALID', /state_dict/);
    const nested = new PickleWriter().raw('}').text('model').raw('}s').finish();
    const path = await write([{ name: 'a/data.pkl', bytes: nested }]);
    await expectError(() => loadTorchCheckpoint(path), 'CHECKPOINT_INVALID', /"model" is not a tensor/);
  });

  it('refuses a truncated container at every length', async () => {
    const bytes = writeZip(stateDictEntries([MATRIX]));
    for (let length = 1; length < bytes.length; length += 7) {
      const path = await write(bytes.subarray(0, length));
      await expectError(() => loadTorchCheckpoint(path), 'CHECKPOINT_INVALID');
    }
  });

  it('reports what is wrong with a missing file, an empty one and a folder', async () => {
    await expectError(() => loadTorchCheckpoint(join(folder, 'none.ckpt')), 'FILE_NOT_FOUND');
    await expectError(() => loadTorchCheckpoint(folder), 'IS_DIRECTORY');
    const empty = await write(Buffer.alloc(0));
    await expectError(() => loadTorchCheckpoint(empty), 'EMPTY_FILE');
    const text = await write(Buffer.from('hello'));
    await expectError(() => loadTorchCheckpoint(text), 'CHECKPOINT_INVALID', /no(t a)? zip/);
  });
});
