import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';

const decoder = new URL('../../decoder/', import.meta.url);

describe('the decoder that comes along', () => {
  it('is the file whose checksum is noted', () => {
    const wasm = readFileSync(new URL('ecapa-decoder.wasm', decoder));
    const noted = readFileSync(new URL('ecapa-decoder.wasm.sha256', decoder), 'utf8');
    assert.equal(noted, `${createHash('sha256').update(wasm).digest('hex')}  ecapa-decoder.wasm\n`);
  });

  it('brings its licence, its source version and the way to rebuild it', () => {
    const read = (name: string): string => readFileSync(new URL(name, decoder), 'utf8');
    assert.match(read('LICENSE'), /GNU LESSER GENERAL PUBLIC LICENSE\s+Version 2\.1/);
    const sha256 = /^sha256=([0-9a-f]{64})$/m.exec(read('build.sh'))?.[1] ?? 'none';
    assert.ok(read('README.md').includes(sha256));
    assert.match(read('README.md'), /FFmpeg 5\.1\.9/);
  });
});
