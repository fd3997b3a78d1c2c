import assert from 'node:assert/strict';
import { copiedPaths } from '../src/platform/explorer-selection.js';

/** A clipboard of which is known what was written to it. */
class Clipboard {
  text: string;
  readonly written: string[] = [];

  constructor(text: string) {
    this.text = text;
  }

  readText(): Promise<string> {
    return Promise.resolve(this.text);
  }

  writeText(text: string): Promise<void> {
    this.written.push(text);
    this.text = text;
    return Promise.resolve();
  }
}

/** VS Code's "Copy Path", with `paths` selected. */
function copyPath(clipboard: Clipboard, ...paths: string[]): () => Promise<void> {
  return () => {
    if (paths.length > 0) clipboard.text = paths.join('\n');
    return Promise.resolve();
  };
}

describe('what is selected in the Explorer', () => {
  it('is what VS Code copies, and the text of before is put back', async () => {
    const clipboard = new Clipboard('a letter');
    assert.deepEqual(await copiedPaths(clipboard, copyPath(clipboard, '/a b.wav', '/c.wav')), [
      '/a b.wav',
      '/c.wav',
    ]);
    assert.equal(clipboard.text, 'a letter');
  });

  it('is known also when its path is on the clipboard already', async () => {
    const clipboard = new Clipboard('/a.wav');
    assert.deepEqual(await copiedPaths(clipboard, copyPath(clipboard, '/a.wav')), ['/a.wav']);
    assert.equal(clipboard.text, '/a.wav');
  });

  it('is nothing when nothing is copied, whatever is on the clipboard', async () => {
    for (const text of ['a letter', '/a.wav', '']) {
      const clipboard = new Clipboard(text);
      assert.deepEqual(await copiedPaths(clipboard, copyPath(clipboard)), []);
      assert.equal(clipboard.text, text);
    }
  });

  it('takes no picture off the clipboard', async () => {
    const clipboard = new Clipboard('');
    await copiedPaths(clipboard, copyPath(clipboard));
    assert.deepEqual(clipboard.written, []);
  });

  it('puts the text back when the copying fails', async () => {
    const clipboard = new Clipboard('a letter');
    await assert.rejects(copiedPaths(clipboard, () => Promise.reject(new Error('no Explorer'))));
    assert.equal(clipboard.text, 'a letter');
  });

  it('is nothing where the clipboard may not be read', async () => {
    const clipboard = new Clipboard('a letter');
    const closed = {
      readText: () => Promise.reject(new Error('not allowed')),
      writeText: (text: string) => clipboard.writeText(text),
    };
    assert.deepEqual(await copiedPaths(closed, copyPath(clipboard, '/a.wav')), []);
    assert.deepEqual(clipboard.written, []);
  });
});
