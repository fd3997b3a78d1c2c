import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { embedFiles, type FileEmbedder } from '../../src/clips/embed-files.js';
import { EmbeddingCache } from '../../src/clips/embedding-cache.js';
import { findLabelledFiles, type LabelledFile } from '../../src/clips/labelled-files.js';
import type { EmbedResult } from '../../src/engine/results.js';
import { EcapaError } from '../../src/errors.js';

const MODEL = { sha256: 'ab'.repeat(32), dimension: 3 };

/** Embeds any file as the length of its name; counts calls and how many ran at once. */
class CountingEmbedder implements FileEmbedder {
  readonly workers = 2;
  calls = 0;
  running = 0;
  mostAtOnce = 0;

  constructor(readonly loudnessDb = -20) {}

  async embed(path: string): Promise<EmbedResult> {
    this.calls++;
    this.running++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.running);
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.running--;
    if (path.includes('broken')) throw new EcapaError('NOT_AUDIO', `${path}: not audio`);
    if (path.includes('fatal')) throw new EcapaError('RUNTIME_UNAVAILABLE', 'no runtime');
    const facts = { loudnessDb: this.loudnessDb, bandwidthHz: 7000, sampleRateHz: 44100, format: 'wav pcm' };
    const timings = { decodeSeconds: 0, inferenceSeconds: 0 };
    const values = Float32Array.of(path.length, 0.5, -1);
    return { values, modelId: 'm', durationSeconds: 1.5, partial: false, facts, timings };
  }
}

describe('labelled files', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ecapa-teaching-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function put(name: string, content = name): Promise<string> {
    const path = join(folder, name);
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, content);
    return path;
  }

  describe('findLabelledFiles', () => {
    it('takes each sub-folder for a class, audio below it included', async () => {
      await put('owl/b.wav');
      await put('owl/deep/a.mp3');
      await put('owl/notes.txt');
      await put('crow/c.flac');
      await put('.hidden/d.wav');
      await put('stray.wav');
      assert.deepEqual(
        (await findLabelledFiles(folder)).map(({ name, label }) => [name, label]),
        [
          ['crow/c.flac', 'crow'],
          ['owl/b.wav', 'owl'],
          ['owl/deep/a.mp3', 'owl'],
        ],
      );
    });

    it('follows a linked class folder', async () => {
      await put('elsewhere/e.wav');
      await mkdir(join(folder, 'set'));
      await symlink(join(folder, 'elsewhere'), join(folder, 'set', 'linked'));
      assert.deepEqual(
        (await findLabelledFiles(join(folder, 'set'))).map(({ label }) => label),
        ['linked'],
      );
    });

    it('names a link that leads nowhere', async () => {
      await put('owl/b.wav');
      for (const target of ['nothing', 'lost']) {
        await rm(join(folder, 'lost'), { force: true });
        await symlink(target, join(folder, 'lost'));
        await assert.rejects(findLabelledFiles(folder), { message: /lost: / });
      }
    });

    it('reads lists, relative to their folder', async () => {
      const list = await put('lists/set.csv', 'path,label,group\n../x.wav,owl,g1\n');
      assert.deepEqual(await findLabelledFiles(list), [
        { path: join(folder, 'x.wav'), name: '../x.wav', label: 'owl', group: 'g1' },
      ]);
    });

    it('reports what is wrong with what it is given', async () => {
      await assert.rejects(findLabelledFiles(join(folder, 'none')), { code: 'FILE_NOT_FOUND' });
      await assert.rejects(findLabelledFiles(folder), { code: 'TOO_FEW_CLASSES', message: /sub-folder/ });
      await mkdir(join(folder, 'empty'));
      await put('owl/b.wav');
      await assert.rejects(findLabelledFiles(folder), { code: 'NO_AUDIO_FILES', message: /empty.*class/s });
      await assert.rejects(findLabelledFiles(await put('set.txt')), { code: 'CLIP_LIST_INVALID' });
    });
  });

  describe('embedFiles', () => {
    async function files(...names: string[]): Promise<LabelledFile[]> {
      return Promise.all(
        names.map(async (name) => ({ path: await put(name), name, label: name.split('/')[0] ?? '' })),
      );
    }

    it('keeps the order, uses all workers and no more, and reports failures one by one', async () => {
      const embedder = new CountingEmbedder();
      const seen: number[] = [];
      const list = await files('a/1.wav', 'a/broken.wav', 'b/2.wav', 'b/3.wav', 'b/4.wav');
      const missing = { path: join(folder, 'gone.wav'), name: 'gone.wav', label: 'b' };
      const { clips, facts, failures, cached } = await embedFiles([...list, missing], embedder, {
        onProgress: (done) => seen.push(done),
      });
      assert.deepEqual(
        clips.map(({ path }) => path),
        ['a/1.wav', 'b/2.wav', 'b/3.wav', 'b/4.wav'],
      );
      assert.equal(new Set(clips.map(({ sha256 }) => sha256)).size, 4);
      assert.match(clips[0]?.sha256 ?? '', /^[0-9a-f]{64}$/);
      assert.deepEqual(facts[0], {
        label: 'a',
        durationSeconds: 1.5,
        loudnessDb: -20,
        bandwidthHz: 7000,
        sampleRateHz: 44100,
        format: 'wav pcm',
      });
      assert.deepEqual(
        failures.map(({ file, error }) => [file.name, error.code]),
        [
          ['a/broken.wav', 'NOT_AUDIO'],
          ['gone.wav', 'FILE_NOT_FOUND'],
        ],
      );
      assert.equal(cached, 0);
      assert.equal(embedder.mostAtOnce, 2);
      assert.deepEqual(seen, [1, 2, 3, 4, 5, 6]);
    });

    it('embeds nothing twice, also under another name, until the content changes', async () => {
      const cache = new EmbeddingCache(join(folder, 'cache'), MODEL);
      const first = new CountingEmbedder();
      const before = await embedFiles(await files('a/1.wav', 'b/2.wav'), first, { cache });
      const second = new CountingEmbedder();
      const list = await files('a/1.wav', 'b/2.wav');
      const copy = { path: await put('c/copy.wav', 'a/1.wav'), name: 'c/copy.wav', label: 'c' };
      const after = await embedFiles([...list, copy], second, { cache });
      assert.equal(second.calls, 0);
      assert.equal(after.cached, 3);
      assert.deepEqual(after.clips.slice(0, 2), before.clips);
      assert.deepEqual(after.facts.slice(0, 2), before.facts);
      await put('a/1.wav', 'changed');
      await embedFiles(list, second, { cache });
      assert.equal(second.calls, 1);
      const other = new CountingEmbedder();
      await embedFiles(list, other, {
        cache: new EmbeddingCache(join(folder, 'cache'), { ...MODEL, sha256: 'cd'.repeat(32) }),
      });
      assert.equal(other.calls, 2);
    });

    it('does without a damaged or unwritable cache', async () => {
      const list = await files('a/1.wav', 'b/2.wav');
      const cache = new EmbeddingCache(join(folder, 'cache'), MODEL);
      await embedFiles(list, new CountingEmbedder(), { cache });
      for (const name of await readdir(join(folder, 'cache'), { recursive: true })) {
        if (name.endsWith('.json')) await writeFile(join(folder, 'cache', name), '{"values":"AAAA"');
      }
      const again = new CountingEmbedder();
      assert.equal((await embedFiles(list, again, { cache })).clips.length, 2);
      assert.equal(again.calls, 2);
      for (const fact of [
        { durationSeconds: '1' },
        { loudnessDb: {} },
        { sampleRateHz: [] },
        { format: 3 },
      ]) {
        for (const name of await readdir(join(folder, 'cache'), { recursive: true })) {
          if (!name.endsWith('.json')) continue;
          const path = join(folder, 'cache', name);
          const entry = JSON.parse(await readFile(path, 'utf8')) as object;
          await writeFile(path, JSON.stringify({ ...entry, ...fact }));
        }
        const anew = new CountingEmbedder();
        assert.equal((await embedFiles(list, anew, { cache })).clips.length, 2);
        assert.equal(anew.calls, 2, JSON.stringify(fact));
      }
      const blocked = new EmbeddingCache(await put('file'), MODEL);
      assert.equal((await embedFiles(list, new CountingEmbedder(), { cache: blocked })).clips.length, 2);
    });

    it('leaves silent clips out and stops on what no other file would escape', async () => {
      const { clips, failures } = await embedFiles(await files('a/1.wav'), new CountingEmbedder(-120));
      assert.equal(clips.length, 0);
      assert.equal(failures[0]?.error.code, 'NO_SAMPLES');
      await assert.rejects(embedFiles(await files('a/1.wav', 'a/fatal.wav'), new CountingEmbedder()), {
        code: 'RUNTIME_UNAVAILABLE',
      });
      const controller = new AbortController();
      controller.abort();
      await assert.rejects(
        embedFiles(await files('a/1.wav'), new CountingEmbedder(), { signal: controller.signal }),
        { code: 'CANCELLED' },
      );
    });
  });
});
