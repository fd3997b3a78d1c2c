import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isEcapaError } from '../src/errors.js';
import { makeFolder, writeFileAtomically } from '../src/write-file.js';

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

  it('says so where none can be', async () => {
    writeFileSync(join(folder, 'file'), '');
    await assert.rejects(makeFolder(join(folder, 'file')), failsWith('WRITE_FAILED'));
    await assert.rejects(makeFolder(join(folder, 'file', 'below')), failsWith('WRITE_FAILED'));
    if (process.platform !== 'linux') return;
    await assert.rejects(makeFolder('/proc/none/below'), failsWith('WRITE_FAILED'));
  });
});
