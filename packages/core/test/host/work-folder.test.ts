import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { makeWhole } from '../../src/host/work-folder.js';

describe('makeWhole', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ecapa-whole-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('gives a file or a folder its name when it is complete, and leaves nothing else', async () => {
    const output = join(folder, 'new', 'head.json');
    const result = await makeWhole(output, async (path) => {
      writeFileSync(path, 'head');
      assert.ok(!readdirSync(join(folder, 'new')).includes('head.json'));
      return 5;
    });
    assert.equal(result, 5);
    assert.equal(readFileSync(output, 'utf8'), 'head');
    await makeWhole(join(folder, 'new', 'model'), async (path) => mkdirSync(path));
    assert.deepEqual(readdirSync(join(folder, 'new')).sort(), ['head.json', 'model']);
  });

  it('leaves what was there before, and nothing new, when the work fails', async () => {
    writeFileSync(join(folder, 'old.json'), 'old');
    const failing = async (path: string): Promise<void> => {
      writeFileSync(path, 'half');
      throw new Error('cancelled');
    };
    await assert.rejects(makeWhole(join(folder, 'old.json'), failing), /cancelled/);
    await assert.rejects(makeWhole(join(folder, 'new', 'x.json'), failing), /cancelled/);
    assert.deepEqual(readdirSync(folder), ['old.json']);
    assert.equal(readFileSync(join(folder, 'old.json'), 'utf8'), 'old');
  });

  it('throws a typed error where nothing can be made', async () => {
    writeFileSync(join(folder, 'file'), '');
    await assert.rejects(
      makeWhole(join(folder, 'file', 'x'), async () => undefined),
      { code: 'WRITE_FAILED' },
    );
    await assert.rejects(
      makeWhole(join(folder, 'x'), async () => undefined),
      { code: 'WRITE_FAILED' },
    );
  });
});
