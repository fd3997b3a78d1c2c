import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Manifest } from '@ecapa/core';
import type { DownloadEvent } from '@ecapa/core/host';
import { dropAfter, LocalHub } from '../../../../core/test/models/hub.js';
import { loadCore } from '../../../src/platform/core.js';
import { namesIn, useTeaching } from './teach-world.js';
import { freshFolder, ROOT } from './workspace.js';

const SKLEARN = join(ROOT, 'test', 'fixtures', 'sklearn');
const TINY = join(ROOT, 'test', 'fixtures', 'speechbrain', 'tiny');
const HUB_PATH = 'owner/tiny/resolve/1';

function never(): AbortSignal {
  return new AbortController().signal;
}

describe('imports in the host', () => {
  const { api } = useTeaching();

  it('makes a head of a scikit-learn file, the same as core', async () => {
    const output = join(freshFolder('sklearn'), 'few.json');
    const file = join(SKLEARN, 'few3.pipeline.joblib');
    const { head, estimator } = await api().models.importSklearn(file, output, {
      modelId: 'voxceleb',
      signal: never(),
    });
    assert.match(estimator, /^Pipeline\(.*LogisticRegression\)$/);
    assert.deepEqual(head.labels, ['music', 'noise', 'speech']);
    const { importSklearn, loadHead } = await loadCore();
    const theirs = await importSklearn(file, { modelId: 'voxceleb' });
    assert.deepEqual((await loadHead(output)).weights, theirs.head.weights);
  });

  it('executes nothing that a hostile file names, says what it is, and writes nothing', async () => {
    const folder = freshFolder('hostile');
    for (const [name, code] of [
      ['hostile.os_system.pkl', 'PICKLE_FORBIDDEN'],
      ['hostile.eval_nested.pkl', 'PICKLE_FORBIDDEN'],
      ['unsupported.svc.pkl', 'UNSUPPORTED_ESTIMATOR'],
    ] as const) {
      await assert.rejects(
        api().models.importSklearn(join(SKLEARN, name), join(folder, 'head.json'), { signal: never() }),
        { code },
      );
    }
    assert.deepEqual(namesIn(folder), []);
  });

  it('converts a SpeechBrain checkpoint to a model that can be used, or leaves nothing', async () => {
    const folder = freshFolder('speechbrain');
    const output = join(folder, 'models', 'tiny');
    const abort = new AbortController();
    const cancelledRun = api().models.importSpeechbrain(TINY, output, { signal: abort.signal });
    // Its process has been started, and has not begun yet.
    while (namesIn(join(folder, 'models')).length === 0) await new Promise(setImmediate);
    abort.abort();
    await assert.rejects(cancelledRun, { code: 'CANCELLED' });
    assert.deepEqual(namesIn(folder), []);

    const { info, hasHyperparams } = await api().models.importSpeechbrain(TINY, output, {
      signal: never(),
    });
    assert.ok(hasHyperparams);
    assert.deepEqual(namesIn(join(folder, 'models')), ['tiny']);
    const { verifyModel } = await loadCore();
    assert.equal((await verifyModel(output)).id, info.id);
    await assert.rejects(api().models.importSpeechbrain(TINY, output, { signal: never() }), {
      code: 'WRITE_FAILED',
    });
  });
});

describe('pulling a model in the host', () => {
  const { api } = useTeaching();
  const files = ['embedding_model.ckpt', 'hyperparams.yaml'].map((name) => {
    const content = readFileSync(join(TINY, name));
    return { name, content, sha256: createHash('sha256').update(content).digest('hex') };
  });
  const checkpointBytes = files[0]?.content.length ?? 0;
  let hub: LocalHub;
  let manifest: Manifest;

  beforeEach(async () => {
    hub = new LocalHub(new Map(files.map(({ name, content }) => [`/${HUB_PATH}/${name}`, content])));
    await hub.start();
    manifest = {
      defaultModel: 'tiny',
      defaultHead: '',
      heads: [],
      models: [
        {
          id: 'tiny',
          description: '',
          licence: '',
          dimension: 192,
          sampleRateHz: 16_000,
          pull: {
            hub: 'https://hub.invalid',
            path: HUB_PATH,
            files: files.map(({ name, content, sha256 }) => ({ name, sha256, bytes: content.length })),
          },
        },
      ],
    };
  });
  afterEach(() => hub.stop());

  it('keeps what has arrived when it is cancelled, and goes on there over a broken connection', async () => {
    const { models } = api();
    // Half of it, then silence, until the user has had enough.
    hub.faults.push((_, response, content) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, content.length >> 1));
    });
    const abort = new AbortController();
    const first = models.pull('tiny', {
      manifest,
      mirror: hub.url,
      signal: abort.signal,
      onProgress: () => abort.abort(),
    });
    await assert.rejects(first, { code: 'CANCELLED' });
    const { cachedModelDirectory, verifyModel } = await loadCore();
    assert.equal(existsSync(cachedModelDirectory('tiny')), false);

    hub.faults.push(dropAfter(checkpointBytes >> 2));
    const reported: DownloadEvent[] = [];
    const { directory, info } = await models.pull('tiny', {
      manifest,
      mirror: hub.url,
      signal: never(),
      onProgress: (progress) => reported.push(progress),
    });
    const ranges = hub.requests.filter(({ path }) => path.endsWith('.ckpt')).map(({ range }) => range);
    assert.equal(ranges[0], undefined);
    assert.ok(ranges.length >= 3 && ranges.slice(1).every((range) => /^bytes=[1-9]\d*-$/.test(range ?? '')));
    assert.ok(
      reported.some(
        ({ receivedBytes, totalBytes }) =>
          receivedBytes === checkpointBytes && totalBytes === checkpointBytes,
      ),
    );
    assert.equal((await verifyModel(directory)).sha256, info.sha256);
  });

  it('says when the server has something else', async () => {
    hub.faults.push((_, response) => response.writeHead(404).end());
    await assert.rejects(api().models.pull('other', { manifest, mirror: hub.url, signal: never() }), {
      code: 'MODEL_NOT_FOUND',
    });
    const { removeModel } = await loadCore();
    await removeModel('tiny').catch(() => undefined);
    await assert.rejects(
      api().models.pull('tiny', { manifest, mirror: `${hub.url}/nowhere`, signal: never() }),
      { code: 'DOWNLOAD_FAILED' },
    );
  });
});
