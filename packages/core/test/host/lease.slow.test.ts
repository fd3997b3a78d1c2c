import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Classifier } from '../../src/engine/classifier.js';
import { isEcapaError } from '../../src/errors.js';
import { saveHead } from '../../src/heads/file/head-file.js';
import { holdEngine, retireEngines } from '../../src/host/engine-hold.js';
import { holdEngineOf, lease } from '../../src/host/lease.js';
import { loadEmbeddedManifest, locateModel } from '../../src/models/locate.js';

const options = { workers: 1, idleSeconds: 60 };

async function isClosed(classifier: { embed: (input: string) => Promise<unknown> }): Promise<boolean> {
  return classifier.embed('none.wav').then(
    () => false,
    (error: unknown) => isEcapaError(error) && error.code === 'CLOSED',
  );
}

describe('leases of engines', () => {
  afterEach(retireEngines);

  it('share one engine among all who name the same, and another where they do not', async () => {
    const [a, b, c] = await Promise.all([
      lease(options),
      lease({ ...options }),
      lease({ ...options, threads: 2 }),
    ]);
    assert.equal(a.classifier, b.classifier);
    assert.notEqual(a.classifier, c.classifier);
    assert.deepEqual(a.identity, c.identity);
    for (const { release } of [a, b, c]) release();
  });

  it('keep an idle engine open for the next one, for as long as they asked', async () => {
    const first = await lease(options);
    first.release();
    first.release();
    const second = await lease({ ...options, idleSeconds: 0 });
    assert.equal(second.classifier, first.classifier);
    second.release();
    assert.ok(await isClosed(second.classifier));
  });

  it('leave an engine that is retired to its users, and close it after the last of them', async () => {
    const [before, other] = [await lease(options), await lease(options)];
    await retireEngines();
    const after = await lease(options);
    assert.notEqual(after.classifier, before.classifier);
    before.release();
    assert.ok(!(await isClosed(other.classifier)));
    other.release();
    assert.ok(await isClosed(other.classifier));
    after.release();
  });

  it('open the model that the head was trained on, where it is installed and none is named', async () => {
    const cache = mkdtempSync(join(tmpdir(), 'ecapa-cache-'));
    const before = process.env.ECAPA_CACHE_DIR;
    process.env.ECAPA_CACHE_DIR = cache;
    try {
      const { head: builtIn, classifier, release } = await lease(options);
      release();
      const installed = join(cache, 'models', 'earlier');
      cpSync(await locateModel(), installed, { recursive: true });
      const description = join(installed, 'model.json');
      const named = classifier.model.id;
      writeFileSync(description, readFileSync(description, 'utf8').replace(`"${named}"`, '"earlier"'));
      const file = join(cache, 'head.json');
      const write = (modelId: string): Promise<unknown> =>
        saveHead(file, { ...builtIn, id: 'trained-long-ago', modelId });

      await write('earlier');
      const leased = await lease({ ...options, head: file });
      assert.deepEqual([leased.identity.modelId, leased.head.id], ['earlier', 'trained-long-ago']);
      leased.release();
      const opened = await Classifier.open({ workers: 1, head: file });
      assert.deepEqual([opened.model.id, opened.head.id], ['earlier', 'trained-long-ago']);
      await opened.close();
      await assert.rejects(lease({ ...options, head: file, model: named }), { code: 'HEAD_MODEL_MISMATCH' });
      // A model folder is not looked for where a head file points.
      for (const id of ['not-installed', '..', installed, 'models/earlier']) {
        await write(id);
        await assert.rejects(lease({ ...options, head: file }), { code: 'HEAD_MODEL_MISMATCH' });
      }
    } finally {
      if (before === undefined) delete process.env.ECAPA_CACHE_DIR;
      else process.env.ECAPA_CACHE_DIR = before;
      await retireEngines();
      rmSync(cache, { recursive: true });
    }
  });

  it('open the default model for a head that cannot be read, so that it can be replaced', async () => {
    const file = join(tmpdir(), `ecapa-broken-head-${process.pid}.json`);
    writeFileSync(file, '{');
    const hold = holdEngineOf({ workers: 1, head: file });
    assert.equal((await hold.opened).model.id, (await loadEmbeddedManifest()).manifest.defaultModel);
    await hold.release(0);
    await assert.rejects(lease({ ...options, head: file }), { code: 'HEAD_INVALID' });
    rmSync(file);
  });

  it('try again after a model that could not be opened', async () => {
    const broken = { workers: 1, model: 'no-such-model' };
    await assert.rejects(lease({ ...broken, idleSeconds: 60 }), { code: 'MODEL_NOT_FOUND' });
    await assert.rejects(holdEngine(broken).opened, { code: 'MODEL_NOT_FOUND' });
  });

  it('have the head that is on disk, and the same object while it is unchanged', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ecapa-lease-'));
    const file = join(folder, 'head.json');
    try {
      const own = await lease(options);
      await saveHead(file, { ...own.head, id: 'first' });
      const [first, again] = [
        await lease({ ...options, head: file }),
        await lease({ ...options, head: file }),
      ];
      assert.equal(first.head, again.head);
      assert.equal(first.identity.headId, 'first');
      await saveHead(file, { ...own.head, id: 'second' });
      const second = await lease({ ...options, head: file });
      assert.equal(second.identity.headId, 'second');
      assert.notEqual(second.identity.headSha256, first.identity.headSha256);
      assert.equal(first.head.id, 'first');
      writeFileSync(file, 'damaged');
      await assert.rejects(lease({ ...options, head: file }), { code: 'HEAD_INVALID' });
      rmSync(file);
      await assert.rejects(lease({ ...options, head: file }), { code: 'HEAD_NOT_FOUND' });
      await saveHead(file, { ...own.head, id: 'third' });
      const third = await lease({ ...options, head: file });
      assert.equal(third.head.id, 'third');
      for (const { release } of [own, first, again, second, third]) release();
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
