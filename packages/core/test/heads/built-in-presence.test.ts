import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeMono16k } from '../../src/audio/decode.js';
import { loadHead } from '../../src/heads/file/head-file.js';
import { predict } from '../../src/heads/predict.js';
import { type Embedder, openEmbedder } from '../../src/model/embedder.js';
import { locateHead, locateModel } from '../../src/models/locate.js';
import type { Head } from '../../src/types.js';

const SAMPLES = join(import.meta.dirname, '../../../../test/fixtures/samples');
const SECONDS = 3;

/** The beginning of a recording at a root mean square of 0.1. */
async function beginning(file: string): Promise<Float32Array> {
  const decoded: number[] = [];
  for await (const block of (await decodeMono16k(join(SAMPLES, file))).blocks) decoded.push(...block);
  const part = Float32Array.from(decoded.slice(8000, 8000 + SECONDS * 16_000));
  const rms = Math.sqrt(part.reduce((sum, x) => sum + x * x, 0) / part.length);
  return part.map((x) => (0.1 * x) / rms);
}

describe('presence of the built-in head, on the made samples', function () {
  this.timeout(120_000);
  let embedder: Embedder;
  let head: Head;
  let clips: { readonly label: string; readonly file: string; readonly samples: Float32Array }[];

  before(async () => {
    embedder = await openEmbedder(await locateModel());
    head = await loadHead(await locateHead());
    const files = (await readdir(SAMPLES)).filter((file) => /^(music|noise|speech)-/.test(file)).sort();
    clips = await Promise.all(
      files.map(async (file) => ({ file, label: file.split('-')[0] ?? '', samples: await beginning(file) })),
    );
  });
  after(() => embedder.close());

  const heard = async (samples: Float32Array): Promise<readonly string[]> =>
    predict(head, await embedder.embed(samples)).present ?? [];

  it('hears a sound by itself as that alone', async () => {
    assert.ok(clips.length >= 6);
    for (const { file, label, samples } of clips) assert.deepEqual(await heard(samples), [label], file);
  });

  it('hears both of two, and the quieter one down to 10 dB under in most pairs', async () => {
    for (const [decibels, least] of [
      [0, 0.9],
      [5, 0.8],
      [10, 0.6],
    ] as const) {
      let both = 0;
      let louder = 0;
      let pairs = 0;
      for (const loud of clips) {
        for (const quiet of clips.filter(({ label }) => label !== loud.label)) {
          const gain = 10 ** (-decibels / 20);
          const present = await heard(loud.samples.map((x, i) => x + gain * (quiet.samples[i] ?? 0)));
          pairs++;
          if (present.includes(loud.label)) louder++;
          if (present.includes(loud.label) && present.includes(quiet.label)) both++;
        }
      }
      assert.ok(both / pairs >= least, `at ${decibels} dB both are heard in ${both} of ${pairs}`);
      assert.ok(louder / pairs >= 0.9, `at ${decibels} dB the louder one is heard in ${louder} of ${pairs}`);
    }
  });
});
