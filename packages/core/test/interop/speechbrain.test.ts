import assert from 'node:assert/strict';
import { copyFile, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { parseHyperparams } from '../../src/interop/pytorch/hyperparams.js';
import { importSpeechbrain } from '../../src/interop/pytorch/speechbrain.js';
import { openEmbedder } from '../../src/model/embedder.js';
import { difference } from '../model/compare.js';
import { useTemporaryDirectory } from '../model/temporary-directory.js';
import { fixturePath, readFloat32 } from '../reference.js';
import { expectError } from './expect-error.js';

const TINY = fixturePath('speechbrain', 'tiny');
const CHECKPOINT = fixturePath('speechbrain', 'tiny', 'embedding_model.ckpt');

describe('importSpeechbrain', () => {
  const temporary = useTemporaryDirectory();
  let yaml: string;

  before(async () => {
    yaml = await readFile(fixturePath('speechbrain', 'tiny', 'hyperparams.yaml'), 'utf8');
  });

  /** A checkpoint folder with these hyperparams. */
  async function folder(name: string, hyperparams: string | undefined): Promise<string> {
    await mkdir(temporary(name));
    await copyFile(CHECKPOINT, temporary(name, 'embedding_model.ckpt'));
    if (hyperparams !== undefined) await writeFile(temporary(name, 'hyperparams.yaml'), hyperparams);
    return temporary(name);
  }

  it('writes a model that embeds as SpeechBrain does', async () => {
    const { info, hasHyperparams } = await importSpeechbrain(TINY, temporary('out'));
    assert.ok(hasHyperparams);
    assert.equal(info.dimension, 192);
    assert.match(info.id, /^speechbrain-[0-9a-f]{12}$/);
    assert.deepEqual((await readdir(temporary('out'))).sort(), ['model.json', 'model.onnx']);
    const embedder = await openEmbedder(temporary('out'));
    try {
      const vector = (kind: string): Float32Array =>
        readFloat32(fixturePath('speechbrain', 'vectors', `noise_3s.${kind}.f32`));
      const { largest, angular } = difference(
        (await embedder.embed(vector('wav16k'))).values,
        vector('emb_tiny'),
      );
      assert.ok(largest <= 2e-3 && angular <= 1e-9, `${largest}, ${angular}`);
    } finally {
      await embedder.close();
    }
  });

  it('takes dilations from the file, and the defaults without one', async () => {
    const first = await importSpeechbrain(
      await folder('other', yaml.replace('[1, 2, 3, 4, 1]', '[1, 4, 3, 2, 1]')),
      temporary('o1'),
    );
    const second = await importSpeechbrain(TINY, temporary('o2'));
    const third = await importSpeechbrain(await folder('none', undefined), temporary('o3'));
    assert.notEqual(first.info.sha256, second.info.sha256);
    assert.equal(third.info.sha256, second.info.sha256);
    assert.equal(third.hasHyperparams, false);
  });

  it('keeps the id it is given and refuses one that is not a name', async () => {
    assert.equal((await importSpeechbrain(TINY, temporary('named'), { id: 'mine' })).info.id, 'mine');
    await assert.rejects(importSpeechbrain(TINY, temporary('bad-id'), { id: '../x' }), RangeError);
  });

  const refusals: readonly [
    string,
    (text: string) => string,
    'UNSUPPORTED_ARCHITECTURE' | 'CHECKPOINT_INVALID',
    RegExp,
  ][] = [
    [
      'another architecture',
      (text) => text.replaceAll('ECAPA_TDNN.ECAPA_TDNN', 'Xvector.Xvector'),
      'UNSUPPORTED_ARCHITECTURE',
      /Xvector/,
    ],
    [
      'other features',
      (text) => text.replaceAll('lobes.features.Fbank', 'lobes.features.MFCC'),
      'UNSUPPORTED_ARCHITECTURE',
      /MFCC/,
    ],
    [
      'another number of mel bands',
      (text) => text.replace('n_mels: 80', 'n_mels: 40'),
      'UNSUPPORTED_ARCHITECTURE',
      /is 40/,
    ],
    [
      'another window',
      (text) => text.replace('Fbank\n', 'Fbank\n    win_length: 30\n'),
      'UNSUPPORTED_ARCHITECTURE',
      /win_length is 30/,
    ],
    [
      'normalised variance',
      (text) => text.replace('std_norm: False', 'std_norm: True'),
      'UNSUPPORTED_ARCHITECTURE',
      /std_norm/,
    ],
    [
      'the widths of another model',
      (text) => text.replace('[16, 16, 16, 16, 48]', '[1024, 1024, 1024, 1024, 3072]'),
      'CHECKPOINT_INVALID',
      /different models/,
    ],
    ['no YAML', () => '{[', 'CHECKPOINT_INVALID', /hyperparams/],
    ['no settings', () => 'just text', 'CHECKPOINT_INVALID', /no settings/],
  ];
  for (const [name, change, code, message] of refusals) {
    it(`refuses ${name}, naming it, and writes nothing`, async () => {
      const changed = change(yaml);
      assert.notEqual(changed, yaml, 'the change must bite');
      const directory = await folder(name, changed);
      await expectError(() => importSpeechbrain(directory, temporary('refused')), code, message);
      assert.ok(!(await readdir(temporary())).some((entry) => entry.includes('refused')));
    });
  }

  it('reports which file is missing', async () => {
    await mkdir(temporary('empty'));
    await expectError(
      () => importSpeechbrain(temporary('empty'), temporary('x')),
      'FILE_NOT_FOUND',
      /embedding_model\.ckpt/,
    );
  });

  it('does not follow references in circles or swell with aliases', () => {
    assert.deepEqual(
      parseHyperparams(
        'n_mels: !ref <a>\na: !ref <n_mels>\ncompute_features: !new:speechbrain.lobes.features.Fbank\n    n_mels: !ref <n_mels>\n',
        'f',
      ),
      {},
    );
    const bomb = [
      'a: &a [1,1,1,1,1,1,1,1,1]',
      ...'bcdefghij'
        .split('')
        .map((key, i) => `${key}: &${key} [${Array(9).fill(`*${'abcdefghij'[i]}`).join(',')}]`),
    ];
    assert.deepEqual(parseHyperparams(`${bomb.join('\n')}\n`, 'f'), {});
  });
});
