import assert from 'node:assert/strict';
import { mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  isSameMovedStamp,
  isSameStamp,
  type Staleness,
  stalenessOf,
  stampFile,
  statStamp,
} from '../../src/host/file-stamp.js';

const stamp = { sizeBytes: 10, modifiedMs: 1000, changedMs: 2000, inode: 7 };
const identity = { modelSha256: 'aa', headSha256: 'bb' };
const outcome = { stamp, identity };

describe('file stamps', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ecapa-stamp-'));
    path = join(folder, 'a.wav');
    writeFileSync(path, 'first');
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('see a file that was replaced by one of equal size and time of modification', async () => {
    const time = new Date('2026-01-02T03:04:05Z');
    utimesSync(path, time, time);
    const before = await stampFile(path);
    writeFileSync(join(folder, 'b.wav'), 'other');
    renameSync(join(folder, 'b.wav'), path);
    utimesSync(path, time, time);
    const after = await stampFile(path, before);
    assert.equal(after.modifiedMs, before.modifiedMs);
    assert.ok(!isSameStamp(before, after));
    assert.notEqual(after.sha256, before.sha256);
  });

  it('take the hash over for an unchanged file', async () => {
    const known = { ...(await stampFile(path)), sha256: 'known' };
    assert.equal(await stampFile(path, known), known);
  });

  it('know a file again that was renamed', async () => {
    const before = await statStamp(path);
    renameSync(path, join(folder, 'c.wav'));
    assert.ok(isSameMovedStamp(before, await statStamp(join(folder, 'c.wav'))));
  });

  it('are not the same where one lacks what the other has', () => {
    const { inode: _, ...withoutInode } = stamp;
    assert.ok(!isSameStamp(withoutInode, stamp));
    assert.ok(isSameStamp(withoutInode, { ...withoutInode }));
  });
});

describe('stalenessOf', () => {
  const cases: [Staleness | undefined, Parameters<typeof stalenessOf>[1], Staleness?][] = [
    [undefined, { stamp, identity }],
    ['file', { stamp: { ...stamp, sizeBytes: 11 } }],
    ['file', { stamp: { ...stamp, modifiedMs: 1001 } }],
    ['file', { stamp: { ...stamp, changedMs: 2001 } }],
    ['file', { stamp: { ...stamp, inode: 8 } }],
    ['file', { stamp: { ...stamp, sizeBytes: 11 }, identity: { ...identity, modelSha256: 'x' } }],
    ['model', { stamp, identity: { modelSha256: 'x', headSha256: 'y' } }],
    ['head', { stamp, identity: { ...identity, headSha256: 'y' } }],
    [undefined, {}],
    ['file', {}, 'file'],
    ['head', {}, 'head'],
    ['file', { identity }, 'file'],
    [undefined, { identity }, 'head'],
    ['head', { stamp }, 'head'],
    [undefined, { stamp }, 'file'],
  ];
  for (const [expected, now, before] of cases)
    it(`is ${expected} for ${JSON.stringify(now)} after ${before}`, () =>
      assert.equal(stalenessOf(outcome, now, before), expected));
});
