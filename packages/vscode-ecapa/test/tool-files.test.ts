import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { filesWithin, followLinks, toolPath } from '../src/features/classify/tool/tool-files.js';

const root = resolve('/recordings/clips');
const other = resolve('/recordings/more');

describe('paths that a language model gives', () => {
  const one = [{ name: 'clips', path: root }];
  const two = [...one, { name: 'more', path: other }];

  it('are looked for in the workspace', () => {
    assert.deepEqual(toolPath('a/b.wav', one), { kind: 'inside', path: resolve(root, 'a/b.wav') });
    assert.deepEqual(toolPath('more/b.wav', two), { kind: 'inside', path: resolve(other, 'b.wav') });
    assert.deepEqual(toolPath('b.wav', two), { kind: 'inside', path: resolve(root, 'b.wav') });
    assert.deepEqual(toolPath('.', one), { kind: 'inside', path: root });
    assert.deepEqual(toolPath(resolve(root, 'x.wav'), one), { kind: 'inside', path: resolve(root, 'x.wav') });
  });

  it('are recognized when absolute and outside, also by a detour or a like name', () => {
    assert.equal(toolPath(resolve('/etc/x.wav'), one).kind, 'outside');
    assert.equal(toolPath(`${root}/../x.wav`, one).kind, 'outside');
    assert.equal(toolPath(`${root}-not/x.wav`, one).kind, 'outside');
  });

  it('are refused when they are relative and lead out, or lead nowhere', () => {
    assert.deepEqual(toolPath('../x.wav', one), { kind: 'refused', reason: 'leaves the workspace' });
    assert.deepEqual(toolPath('more/../../x.wav', two), { kind: 'refused', reason: 'leaves the workspace' });
    assert.deepEqual(toolPath('x.wav', []), { kind: 'refused', reason: 'no folder' });
    assert.deepEqual(toolPath(' ', one), { kind: 'refused', reason: 'empty' });
  });

  it('are followed where they are links: out of the workspace is outside', async function () {
    if (process.platform === 'win32') this.skip(); // links need a privilege there
    const temporary = mkdtempSync(join(tmpdir(), 'ecapa-links-'));
    try {
      const [workspace, elsewhere] = [join(temporary, 'workspace'), join(temporary, 'elsewhere')];
      for (const folder of [workspace, elsewhere]) {
        mkdirSync(folder);
        writeFileSync(join(folder, 'x.wav'), '');
      }
      symlinkSync(elsewhere, join(workspace, 'out'));
      symlinkSync(join(workspace, 'x.wav'), join(workspace, 'within.wav'));
      symlinkSync(join(elsewhere, 'x.wav'), join(workspace, 'away.wav'));
      const folders = [{ name: 'workspace', path: workspace }];
      const kindOf = async (path: string) => (await followLinks(toolPath(path, folders), folders)).kind;
      assert.equal(await kindOf('x.wav'), 'inside');
      assert.equal(await kindOf('within.wav'), 'inside');
      assert.equal(await kindOf('not there/y.wav'), 'inside');
      assert.equal(await kindOf('out'), 'outside');
      assert.equal(await kindOf('out/x.wav'), 'outside');
      assert.equal(await kindOf('out/not there.wav'), 'outside');
      const files = ['x.wav', 'within.wav', 'away.wav'].map((name) => join(workspace, name));
      assert.deepEqual([...(await filesWithin(files, [workspace]))], files.slice(0, 2));
      assert.equal((await filesWithin(files, [workspace, elsewhere])).size, 3);
    } finally {
      rmSync(temporary, { recursive: true });
    }
  });
});
