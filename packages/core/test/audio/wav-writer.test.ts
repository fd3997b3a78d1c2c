import assert from 'node:assert/strict';
import { mkdtemp, open, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WavWriter, wavHeader } from '../../src/audio/wav-writer.js';
import { isEcapaError } from '../../src/errors.js';

const RATE = 44_100;

describe('wav writer', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ecapa-wav-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('writes an RF64 header once sizes no longer fit 32 bits', () => {
    const header = Buffer.from(wavHeader({ sampleRate: 48_000, channels: 2, format: 'float32' }, 2 ** 30));
    assert.equal(header.toString('latin1', 0, 4), 'RF64');
    assert.equal(header.toString('latin1', 12, 16), 'ds64');
    assert.equal(header.readBigUInt64LE(28), 2n ** 33n);
    assert.equal(header.readBigUInt64LE(36), 2n ** 30n);
    assert.equal(header.readUInt32LE(header.length - 4), 0xffff_ffff);
  });

  it('answers a write that fails with a typed error, and removes what it had begun', async () => {
    const file = await WavWriter.create(join(folder, 'full.wav'), {
      sampleRate: RATE,
      channels: 2,
      format: 'float32',
    });
    await file.abort();
    await assert.rejects(
      file.write([new Float32Array(10), new Float32Array(10)], 0, 10),
      (error) => isEcapaError(error) && error.code === 'WRITE_FAILED',
    );
    assert.deepEqual(await readdir(folder), []);
  });

  it('calls a full disk by its name, whatever is being written when it is full', async () => {
    const shape = { sampleRate: RATE, channels: 1, format: 'pcm24' } as const;
    const path = join(folder, 'full.wav');
    const isDiskFull = (error: unknown): boolean => isEcapaError(error) && error.code === 'DISK_FULL';
    // The header.
    await withFullDisk(() => assert.rejects(WavWriter.create(path, shape), isDiskFull));
    assert.deepEqual(await readdir(folder), []);
    // The byte that makes an odd length even, at the end.
    const writer = await WavWriter.create(path, shape);
    await writer.write([new Float32Array(1)], 0, 1);
    await withFullDisk(() => assert.rejects(writer.finish(), isDiskFull));
    assert.deepEqual(await readdir(folder), []);
  });
});

/** Runs `work` while writing to any file fails as it does on a full disk. */
async function withFullDisk(work: () => Promise<void>): Promise<void> {
  const handle = await open(fileURLToPath(import.meta.url));
  const prototype = Object.getPrototypeOf(handle) as { writeFile: unknown };
  await handle.close();
  const { writeFile } = prototype;
  prototype.writeFile = () =>
    Promise.reject(Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' }));
  try {
    await work();
  } finally {
    prototype.writeFile = writeFile;
  }
}
