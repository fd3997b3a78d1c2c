import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { decodeMono16k } from '../../src/audio/decode.js';
import { type DecoderInstance, giveDecoderBack, takeDecoder } from '../../src/audio/decoder-instances.js';
import { instantiateDecoder, loadDecoderModule, locateDecoder } from '../../src/audio/wasm-module.js';
import { isEcapaError } from '../../src/errors.js';

const SAMPLES = fileURLToPath(new URL('../../../../test/fixtures/samples/', import.meta.url));
const NO_INPUT = { sizeBytes: 0, readAt: () => 0 };

async function decode(bytes: Uint8Array): Promise<Float32Array[]> {
  const blocks: Float32Array[] = [];
  for await (const block of (await decodeMono16k(bytes)).blocks) blocks.push(block);
  return blocks;
}

describe('instances of the decoder', () => {
  const files = readdirSync(SAMPLES).map((name) => readFileSync(SAMPLES + name));
  const [recording = Buffer.alloc(0)] = files;
  let module: WebAssembly.Module;

  /** The instance that the next file will have. */
  function next(): DecoderInstance {
    const instance = takeDecoder(module, NO_INPUT);
    giveDecoderBack(module, instance);
    return instance;
  }

  before(async () => {
    module = await loadDecoderModule(locateDecoder());
    takeDecoder(module, NO_INPUT); // the first one of a module is never used again
  });

  it('are as new when they are used again', async () => {
    const used = next();
    await decode(recording);
    const again = takeDecoder(module, NO_INPUT);
    assert.equal(again, used);
    const fresh = instantiateDecoder(module, NO_INPUT);
    assert.ok(Buffer.from(again.exports.memory.buffer).equals(Buffer.from(fresh.memory.buffer)));
  });

  it('decode alike, whatever was decoded before', async () => {
    const first = [];
    for (const file of files) first.push(await decode(file));
    const second = [];
    for (const file of files.toReversed()) second.unshift(await decode(file));
    assert.deepEqual(second, first);
  });

  it('are not used again after a file that failed, or that nobody heard to its end', async () => {
    const failed = next();
    await assert.rejects(decode(Buffer.alloc(5000, 'ID3')), isEcapaError);
    assert.notEqual(next(), failed);

    const left = next();
    for await (const _ of (await decodeMono16k(recording)).blocks) break;
    assert.notEqual(next(), left);
  });

  it('are not used again when their memory has grown', () => {
    const grown = takeDecoder(module, NO_INPUT);
    grown.exports.memory.grow(1);
    giveDecoderBack(module, grown);
    assert.notEqual(next(), grown);
  });

  it('serve two files at a time', () => {
    assert.notEqual(takeDecoder(module, NO_INPUT), takeDecoder(module, NO_INPUT));
  });
});
