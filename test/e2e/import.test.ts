import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ecapa, jsonLines, REPOSITORY, SAMPLES } from './cli.js';

const TINY = join(REPOSITORY, 'test', 'fixtures', 'speechbrain', 'tiny');
const SKLEARN = join(REPOSITORY, 'test', 'fixtures', 'sklearn');

describe('ecapa import', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'ecapa-import-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  it('makes a SpeechBrain checkpoint usable by --model', async () => {
    const model = join(folder, 'tiny');
    const imported = await ecapa(['import', 'speechbrain', TINY, '-o', model, '--id', 'tiny']);
    assert.deepEqual([imported.code, imported.stderr], [0, '']);
    const embedded = await ecapa([
      'embed',
      join(SAMPLES, readdirSync(SAMPLES)[0] ?? ''),
      '--model',
      model,
      '--json',
    ]);
    const [line] = jsonLines(embedded.stdout);
    assert.equal(line?.model, 'tiny');
    assert.equal(line?.embedding?.length, 192);
  });

  it('says so where a checkpoint gets the id of an embedded model', async () => {
    const args = ['import', 'speechbrain', TINY, '-o', join(folder, 'shadow'), '--id', 'ecapa-compact'];
    const { code, stderr } = await ecapa(args);
    assert.equal(code, 0);
    assert.match(stderr, /"ecapa-compact" is an embedded model, too: its heads are taken for this one's/);
  });

  it('measures what quantising costs, on the sample clips or on recordings that are named', async () => {
    const model = join(folder, 'small');
    const quantize = ['import', 'speechbrain', TINY, '-o', model, '--quantize'];
    const { code, stdout } = await ecapa([...quantize, 'fp16']);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /fp16: cosine similarity to float32 at least (1\.0000|0\.999)\d+, mean .* over \d\d /,
    );
    const own = await ecapa([...quantize, 'int8', '--json', '--listen', join(SAMPLES, 'music-band.mp3')]);
    assert.equal(own.code, 0, own.stderr);
    const { quantization, cosineToFloat32 } = JSON.parse(own.stdout);
    assert.equal(quantization, 'int8');
    assert.equal(cosineToFloat32.windows, 4);
    assert.ok(cosineToFloat32.minimum > 0.999);
  });

  it('does so for models that are pulled', async () => {
    const files = ['embedding_model.ckpt', 'hyperparams.yaml'];
    const manifest = {
      format: 'ecapa-manifest',
      version: 1,
      defaultModel: 'tiny',
      defaultHead: 'none',
      heads: [],
      models: [
        {
          id: 'tiny',
          description: 'random weights',
          licence: 'MIT',
          dimension: 192,
          sampleRateHz: 16_000,
          pull: {
            hub: 'https://hub.example',
            path: 'tiny',
            files: files.map((name) => ({
              name,
              sha256: createHash('sha256')
                .update(readFileSync(join(TINY, name)))
                .digest('hex'),
            })),
          },
        },
      ],
    };
    const [models, cache] = [join(folder, 'models'), join(folder, 'cache')];
    mkdirSync(models);
    writeFileSync(join(models, 'manifest.json'), JSON.stringify(manifest));
    const env = { ECAPA_MODELS_DIR: models, ECAPA_CACHE_DIR: cache };
    // Put in place by hand, as nothing is downloaded here.
    cpSync(TINY, join(cache, 'downloads', 'tiny'), { recursive: true });
    const pulled = await ecapa(['models', 'pull', 'tiny', '--quantize', 'int8'], { env });
    assert.equal(pulled.code, 0, pulled.stderr);
    assert.match(pulled.stdout, /^.*: model "tiny".*\nint8: cosine .* over \d\d stretches of audio\n$/);
    const again = await ecapa(['models', 'pull', 'tiny'], { env });
    assert.match(again.stdout, /^.*: model "tiny".*\n$/);
  });

  it('refuses recordings to listen to when nothing is quantised', async () => {
    const { code, stderr } = await ecapa([
      'import',
      'speechbrain',
      TINY,
      '-o',
      join(folder, 'x'),
      '--listen',
      TINY,
    ]);
    assert.equal(code, 2);
    assert.match(stderr, /--listen needs --quantize/);
  });

  it('refuses to listen to what can be heard only once', async () => {
    for (const [name, shown] of [
      ['-', 'standard input'],
      ['http://me:word@radio.example/', 'http://radio.example/'],
    ] as const) {
      const output = join(folder, 'once');
      const args = ['import', 'speechbrain', TINY, '-o', output, '--quantize', 'int8', '--listen', name];
      const { code, stderr } = await ecapa(args);
      assert.deepEqual(
        [code, stderr],
        [2, `ecapa: --listen ${shown}: name files, which can be heard twice\n`],
      );
      assert.equal(existsSync(output), false);
    }
  });

  it('refuses to listen to what is no audio before it writes a model', async () => {
    const output = join(folder, 'deaf');
    const text = join(folder, 'text.txt');
    writeFileSync(text, 'no sound');
    const listen = ['--listen', join(SAMPLES, 'music-band.mp3'), text];
    const args = ['import', 'speechbrain', TINY, '-o', output, '--quantize', 'int8', ...listen];
    const { code, stdout, stderr } = await ecapa(args);
    assert.deepEqual([code, stdout], [1, '']);
    assert.match(stderr, /text\.txt/);
    assert.equal(existsSync(output), false);
  });

  it('refuses a pickle that would run code, and leaves nothing behind', async () => {
    const output = join(folder, 'hostile.json');
    const { code, stderr } = await ecapa([
      'import',
      'sklearn',
      join(SKLEARN, 'hostile.os_system.pkl'),
      '-o',
      output,
    ]);
    assert.equal(code, 1);
    assert.match(stderr, /system.*\[PICKLE_FORBIDDEN\]/s);
    assert.ok(!readdirSync(folder).includes('hostile.json'));
  });

  it('turns a scikit-learn file into a head for a model it names', async () => {
    const output = join(folder, 'few3.json');
    const { code, stdout } = await ecapa([
      'import',
      'sklearn',
      join(SKLEARN, 'few3.C1.pkl'),
      '-o',
      output,
      '--model',
      join(folder, 'tiny'),
    ]);
    assert.equal(code, 0, stdout);
    assert.match(stdout, /for model "tiny"/);
  });
});
