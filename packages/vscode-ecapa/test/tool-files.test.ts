import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { toolPath } from '../src/tool/tool-files.js';

const root = resolve('/work/clips');
const other = resolve('/work/more');

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

  it('are told apart when absolute and outside, also by a detour or a like name', () => {
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
});
