import assert from 'node:assert/strict';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ecapa, jsonLines, SAMPLES } from './cli.js';

describe('files whose names are no UTF-8', function () {
  this.timeout(60_000);
  let folder: string;

  before(function () {
    folder = realpathSync(mkdtempSync(join(tmpdir(), 'ecapa-names-')));
    const clip = readFileSync(join(SAMPLES, 'speech-announcement.mp3'));
    try {
      for (const byte of [0xe8, 0xe9])
        writeFileSync(
          Buffer.concat([Buffer.from(`${folder}/caf`), Buffer.of(byte), Buffer.from('.mp3')]),
          clip,
        );
    } catch {
      this.skip(); // no such names here
    }
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const addresses = (): string[] => ['E8', 'E9'].map((byte) => `file://${folder}/caf%${byte}.mp3`);
  const filesOf = (text: string): string[] => {
    assert.doesNotMatch(text, /\\ud[89a-f]|\ufffd/); // halves of characters, and what they become
    return jsonLines(text).map(({ file }) => file);
  };

  it('are called by their address in every format, and are found by it', async () => {
    const found = await ecapa(['classify', '--json', folder]);
    assert.deepEqual([found.code, filesOf(found.stdout).sort()], [0, addresses()]);
    const named = await ecapa(['classify', '--json', ...addresses()]);
    assert.deepEqual([named.code, filesOf(named.stdout)], [0, addresses()]);
    for (const format of ['json', 'jsonl'])
      assert.deepEqual(
        [...new Set(filesOf((await ecapa(['timeline', '--format', format, folder])).stdout))].sort(),
        addresses(),
      );
    const csv = await ecapa(['timeline', '--format', 'csv', folder]);
    for (const address of addresses()) assert.ok(csv.stdout.includes(`\n${address},`), csv.stdout);
    assert.deepEqual(filesOf((await ecapa(['embed', '--json', ...addresses()])).stdout), addresses());
  });

  it('have errors that are well-formed', async () => {
    const broken = join(folder, 'broken');
    mkdirSync(broken);
    writeFileSync(
      Buffer.concat([Buffer.from(`${broken}/x`), Buffer.of(0xe9), Buffer.from('.wav')]),
      'Dear diary',
    );
    const ran = await ecapa(['classify', '--json', broken]);
    assert.equal(ran.code, 1);
    assert.deepEqual(filesOf(ran.stdout), [`file://${broken}/x%E9.wav`]);
    rmSync(broken, { recursive: true });
  });

  it('are each written into a file of their own', async () => {
    const into = join(folder, 'timelines');
    assert.equal((await ecapa(['timeline', '--format', 'json', '-o', into, folder])).code, 0);
    assert.deepEqual(readdirSync(into).sort(), ['caf%E8.json', 'caf%E9.json']);
    rmSync(into, { recursive: true });
  });
});
