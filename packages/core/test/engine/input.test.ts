import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type AudioInput, planCopiedInput, planInput } from '../../src/engine/input.js';

describe('inputs of the engine', () => {
  let folder: string;
  let file: string;
  const BYTES = Buffer.from('the bytes of a recording');

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ecapa-input-'));
    file = join(folder, 'a b#ü.wav');
    writeFileSync(file, BYTES);
  });
  after(() => rmSync(folder, { recursive: true }));

  const bytesOf = async (input: AudioInput): Promise<Buffer> => {
    const made = await planInput(input, undefined).prepare();
    const prepared = 'spooling' in made ? await made.spooling : made;
    assert.equal(prepared.source.kind, 'file');
    const bytes = await readFile((prepared.source as { path: string }).path);
    await prepared.dispose();
    return bytes;
  };

  for (const [what, make] of [
    ['a path', () => file],
    ['a file: URL', () => pathToFileURL(file)],
    ['a file: URL as text', () => pathToFileURL(file).href],
    ['a Uint8Array', () => new Uint8Array(BYTES)],
    ['an ArrayBuffer', () => new Uint8Array(BYTES).buffer],
    ['a Blob', () => new Blob([BYTES])],
    ['a File', () => new File([BYTES], 'talk.wav')],
    ['the body of a Response', () => new Response(BYTES).body as unknown as AsyncIterable<Uint8Array>],
  ] as const) {
    it(`may be ${what}`, async () => assert.deepEqual(await bytesOf(make()), BYTES));
  }

  it('may be bytes that are not copied', async () => {
    const bytes = async function* (): AsyncGenerator<Uint8Array> {
      yield new Uint8Array(150_000);
    };
    const plan = planInput({ bytes: bytes(), copyLimitBytes: 5 }, 'radio');
    assert.deepEqual([plan.name, plan.live, plan.replayable], ['radio', true, false]);
    const prepared = await plan.prepare();
    assert.ok('source' in prepared);
    assert.deepEqual(prepared.source, { kind: 'bytes', name: 'radio', copyLimitBytes: 5 });
    const lengths: number[] = [];
    for await (const piece of prepared.pieces?.() ?? []) lengths.push(piece.length);
    assert.deepEqual(lengths, [65_536, 65_536, 150_000 - 2 * 65_536]);
    assert.throws(() => planInput({ bytes: BYTES as never }, undefined), /^TypeError: bytes: /);
    assert.throws(
      () => planInput({ bytes: bytes(), copyLimitBytes: -1 }, undefined),
      /^RangeError: copyLimit/,
    );
  });

  it('are copied for several jobs, up to a limit', async () => {
    const input = (copyLimitBytes: number): AudioInput => ({
      bytes: new Response(BYTES).body as unknown as AsyncIterable<Uint8Array>,
      copyLimitBytes,
    });
    const prepare = async (limit: number) => {
      const made = await planCopiedInput(input(limit), 'radio').prepare();
      return 'spooling' in made ? made.spooling : made;
    };
    const { source, dispose } = await prepare(BYTES.length);
    assert.equal(source.kind, 'file');
    await dispose();
    await assert.rejects(prepare(BYTES.length - 1), { code: 'TOO_LONG' });
  });

  it('have the name of a File, and the path of a URL', () => {
    assert.equal(planInput(new File([BYTES], 'talk.wav'), undefined).name, 'talk.wav');
    assert.equal(planInput(pathToFileURL(file), undefined).name, file);
    assert.equal(planInput(new Blob([BYTES]), undefined).sizeBytes, BYTES.length);
  });

  for (const input of [
    new URL('https://radio.example/x.mp3'),
    'https://radio.example/x.mp3',
    new URL('data:,x'),
    'file://elsewhere/x.wav',
    '',
    5,
    null,
    {},
  ]) {
    it(`may not be ${JSON.stringify(input)}`, () => {
      assert.throws(() => planInput(input as AudioInput, undefined), /^TypeError: input: /);
    });
  }
});
