import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { ecapa, REPOSITORY, SAMPLES } from './cli.js';
import { writeClips } from './sounds.js';

const FOLDER = join(REPOSITORY, 'docs', 'schemas');
const SAMPLE = join(SAMPLES, 'music-band.mp3');
const MISSING = join(SAMPLES, 'not-here.wav');

describe('JSON output', () => {
  let folder: string;
  let head: string;
  const covered = new Set<string>();

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ecapa-schemas-'));
    head = join(folder, 'head.json');
    writeClips(join(folder, 'clips'), 5);
  });
  after(() => rmSync(folder, { recursive: true }));

  for (const [name, what, args, lines] of [
    ['verdict', 'classify --json', () => ['classify', '--json', SAMPLE, MISSING], 2],
    [
      'verdict',
      'classify --channel each',
      () => ['classify', '--json', '--channel', 'each', SAMPLE],
      undefined,
    ],
    ['timeline', 'timeline --json', () => ['timeline', '--json', SAMPLE, MISSING], 2],
    ['segment', 'timeline --format jsonl', () => ['timeline', '--format', 'jsonl', SAMPLE], undefined],
    ['embedding', 'embed --json', () => ['embed', '--json', SAMPLE, MISSING], 2],
    ['training', 'train --json', () => ['train', '--json', join(folder, 'clips'), '-o', head], 1],
    ['evaluation', 'evaluate --json', () => ['evaluate', '--json', join(folder, 'clips'), '--head', head], 1],
    ['explanation', 'explain --json', () => ['explain', '--json', SAMPLE, MISSING, '--head', head], 2],
    ['model', 'models list --json', () => ['models', 'list', '--json'], undefined],
  ] as const) {
    it(`of ecapa ${what} is as docs/schemas/${name} describes it`, async () => {
      const validate = new Ajv2020({ allowUnionTypes: true }).compile(schema(name));
      const { stdout, stderr } = await ecapa(args());
      const printed = stdout.split('\n').slice(0, -1);
      assert.ok(printed.length > 0, stderr);
      if (lines !== undefined) assert.equal(printed.length, lines, stdout);
      for (const line of printed) {
        assert.ok(validate(JSON.parse(line)), `${JSON.stringify(validate.errors)}\n${line.slice(0, 2000)}`);
      }
      covered.add(name);
    });
  }

  it('has a schema for each kind, which is listed and refuses what it does not describe', () => {
    const names = readdirSync(FOLDER).flatMap((file) => /^(.*)\.schema\.json$/.exec(file)?.[1] ?? []);
    assert.deepEqual([...covered].sort(), names.sort());
    const index = readFileSync(join(FOLDER, 'README.md'), 'utf8');
    for (const name of names) {
      assert.ok(index.includes(`(${name}.schema.json)`), name);
      const validate = new Ajv2020({ allowUnionTypes: true }).compile(schema(name));
      assert.ok(!validate({}) && !validate({ version: 1 }) && !validate({ version: 2, file: 5 }), name);
    }
  });

  it('has the same numbers whether a file is classified alone or among others', async () => {
    const alone = await ecapa(['classify', '--json', SAMPLE]);
    const among = await ecapa(['classify', '--json', SAMPLES]);
    const line = among.stdout.split('\n').find((text) => text.includes('music-band.mp3'));
    assert.equal(`${line}\n`, alone.stdout);
  });
});

function schema(name: string): Record<string, unknown> {
  return JSON.parse(readFileSync(join(FOLDER, `${name}.schema.json`), 'utf8'));
}
