import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isEcapaError } from '../src/errors.js';
import { hashFile, makeFolder, readRegularFile, sha256Of, writeFileAtomically } from '../src/files.js';

const failsWith =
  (code: string) =>
  (error: unknown): boolean =>
    isEcapaError(error) && error.code === code;

describe('makeFolder', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ecapa-write-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('makes a folder and those above it, also when it is there and when two do it at once', async () => {
    const path = join(folder, 'a', 'b', 'c');
    await Promise.all([makeFolder(path), makeFolder(path), makeFolder(join(folder, 'a', 'd'))]);
    await makeFolder(path);
    assert.ok(statSync(path).isDirectory());
    await writeFileAtomically(join(path, 'x'), 'y');
    assert.equal(readFileSync(join(path, 'x'), 'utf8'), 'y');
  });

  it('throws where none can be', async () => {
    writeFileSync(join(folder, 'file'), '');
    await assert.rejects(makeFolder(join(folder, 'file')), failsWith('WRITE_FAILED'));
    await assert.rejects(makeFolder(join(folder, 'file', 'below')), failsWith('WRITE_FAILED'));
    if (process.platform !== 'linux') return;
    await assert.rejects(makeFolder('/proc/none/below'), failsWith('WRITE_FAILED'));
  });
});

describe('readRegularFile', () => {
  let folder: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ecapa-read-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('reads a file of any size up to the limit, and refuses a larger one', async () => {
    const path = join(folder, 'file');
    for (const bytes of [1, 4096, 10_000]) {
      writeFileSync(path, Buffer.alloc(bytes, 7));
      assert.deepEqual(await readRegularFile(path, { maximumBytes: 10_000 }), Buffer.alloc(bytes, 7));
    }
    await assert.rejects(readRegularFile(path, { maximumBytes: 9_999 }), failsWith('READ_FAILED'));
  });

  it('gives each failure its code, under the name that the caller uses', async () => {
    const limits = { maximumBytes: 10 };
    writeFileSync(join(folder, 'empty'), '');
    await assert.rejects(readRegularFile(join(folder, 'empty'), limits), failsWith('EMPTY_FILE'));
    assert.equal((await readRegularFile(join(folder, 'empty'), { ...limits, mayBeEmpty: true })).length, 0);
    await assert.rejects(readRegularFile(folder, limits), failsWith('IS_DIRECTORY'));
    await assert.rejects(readRegularFile(join(folder, 'none'), limits), failsWith('FILE_NOT_FOUND'));
    await assert.rejects(readRegularFile(join(folder, 'empty', 'x'), limits), failsWith('FILE_NOT_FOUND'));
    const notFound = { code: 'HEAD_NOT_FOUND', advice: 'Train one.' } as const;
    await assert.rejects(readRegularFile(join(folder, 'none'), { ...limits, name: 'head', notFound }), {
      code: 'HEAD_NOT_FOUND',
      message: 'head: there is no such file. Train one.',
      file: join(folder, 'none'),
    });
    await assert.rejects(
      readRegularFile(join(folder, 'empty'), { ...limits, signal: AbortSignal.abort() }),
      failsWith('CANCELLED'),
    );
  });

  it('refuses pipes and devices at once, for reading and for hashing', async function () {
    if (process.platform === 'win32') this.skip();
    const pipe = join(folder, 'pipe');
    execFileSync('mkfifo', [pipe]);
    for (const path of [pipe, '/dev/zero']) {
      await assert.rejects(readRegularFile(path, { maximumBytes: 10 }), failsWith('READ_FAILED'));
      await assert.rejects(hashFile(path), failsWith('READ_FAILED'));
    }
  });

  it('stops at the limit where the file system reports no size', async function () {
    if (process.platform !== 'linux') this.skip();
    await assert.rejects(readRegularFile('/proc/self/maps', { maximumBytes: 100 }), failsWith('READ_FAILED'));
    const status = await readRegularFile('/proc/self/status', { maximumBytes: 1 << 20 });
    assert.match(status.toString(), /^Name:/);
  });
});

describe('hashFile', () => {
  it('is the SHA-256 of the bytes', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'ecapa-hash-')), 'abc');
    writeFileSync(path, 'abc');
    // FIPS 180-2, appendix B.1.
    assert.equal(await hashFile(path), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    assert.equal(sha256Of('abc'), await hashFile(path));
  });
});
