import assert from 'node:assert/strict';
import { withoutPassword } from '@ecapa/core/host';
import { findInputs, inputOf, nameOf } from '../src/inputs.js';

describe('names of addresses', () => {
  it('hold no password', () => {
    assert.equal(withoutPassword('https://u:s%40t@host:8000/a@b.mp3'), 'https://host:8000/a@b.mp3');
    assert.equal(withoutPassword('http://token@host/a.mp3'), 'http://host/a.mp3');
    assert.equal(withoutPassword('http://u:p@ss@host/a@b.mp3'), 'http://host/a@b.mp3');
    for (const start of ['http:/', 'http:\\\\', 'ftp://', 'rtsp://', 'HTTPS:///'])
      assert.equal(withoutPassword(`${start}u:p@host/a@b.mp3`), `${start}host/a@b.mp3`);
    for (const name of ['file:///a@b.mp3', 'C:\\a@b.mp3', 'a://b/c@d', 'http://host/a@b.mp3', 'a@b.mp3', '-'])
      assert.equal(withoutPassword(name), name);
    assert.deepEqual([nameOf('http://u:p@host/a'), nameOf('-')], ['http://host/a', 'standard input']);
  });

  it('are refused where they can only be mistyped addresses', async () => {
    const { signal } = new AbortController();
    for (const name of ['ftp://host/a.mp3', 'http:/host/a.mp3', 'http://']) {
      await assert.rejects(findInputs([name], signal), /this address cannot be read; use one that begins/);
      assert.throws(() => inputOf(name, signal), /this address cannot be read; use one that begins/);
    }
  });
});
