import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MODELS_DIRECTORY_VARIABLE } from '../../src/assets.js';
import { locateHead, locateHeadOfModel, locateModel } from '../../src/models/locate.js';
import { useTemporaryDirectory } from '../model/temporary-directory.js';

describe('names of heads and models', () => {
  const temporary = useTemporaryDirectory();
  let models = '';
  let previous: string | undefined;

  beforeEach(() => {
    models = temporary('models');
    mkdirSync(models, { recursive: true });
    const head = (modelId: string): object => ({
      id: 'domain',
      modelId,
      file: `${modelId}.json`,
      description: '',
    });
    const manifest = {
      format: 'ecapa-manifest',
      version: 1,
      defaultModel: 'new',
      defaultHead: 'domain',
      models: [{ id: 'new', pull: { hub: '', path: '', files: [] } }],
      heads: [head('new'), head('old')],
    };
    writeFileSync(join(models, 'manifest.json'), JSON.stringify(manifest));
    previous = process.env[MODELS_DIRECTORY_VARIABLE];
    process.env[MODELS_DIRECTORY_VARIABLE] = models;
  });

  afterEach(() => {
    if (previous === undefined) delete process.env[MODELS_DIRECTORY_VARIABLE];
    else process.env[MODELS_DIRECTORY_VARIABLE] = previous;
  });

  it('takes the head of the model that is used where several share an id', async () => {
    assert.equal(await locateHead('domain'), join(models, 'new.json'));
    assert.equal(await locateHead('domain', 'new'), join(models, 'new.json'));
    assert.equal(await locateHead('domain', 'old'), join(models, 'old.json'));
    assert.equal(await locateHead(undefined, 'old'), join(models, 'old.json'));
    assert.equal(await locateHeadOfModel('old'), join(models, 'old.json'));
  });

  it('takes the first where none is of that model: whether it fits is for others to say', async () => {
    assert.equal(await locateHead('domain', 'imported'), join(models, 'new.json'));
  });

  it('takes files for what they are called, but no folders that hold nothing of the kind', async () => {
    const [here, elsewhere] = [process.cwd(), temporary('elsewhere')];
    mkdirSync(join(elsewhere, 'domain'), { recursive: true });
    mkdirSync(join(elsewhere, 'new'));
    mkdirSync(join(elsewhere, 'other'));
    process.chdir(elsewhere);
    try {
      assert.equal(await locateHead('domain'), join(models, 'new.json'));
      await assert.rejects(locateModel('new'), /has not been downloaded yet/);
      await assert.rejects(locateModel('other'), /other: no model here/);
      writeFileSync('file', '{}');
      assert.equal(await locateHead('file'), join(process.cwd(), 'file'));
      writeFileSync(join('new', 'model.onnx'), '');
      assert.equal(await locateModel('new'), join(process.cwd(), 'new'));
    } finally {
      process.chdir(here);
    }
  });

  it('names each id once where there is no such head', () =>
    assert.rejects(locateHead('other', 'old'), /Known heads: domain;/));
});
