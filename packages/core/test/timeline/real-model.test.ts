import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { decodeMono16k } from '../../src/audio/decode.js';
import { loadHead } from '../../src/heads/file/head-file.js';
import { predict } from '../../src/heads/predict.js';
import { type Embedder, openEmbedder } from '../../src/model/embedder.js';
import { locateHeadOfModel, locateModel } from '../../src/models/locate.js';
import { DEFAULT_TIMELINE } from '../../src/timeline/options.js';
import { type TimelineBlocksEvent, timelineOfBlocks } from '../../src/timeline/timeline.js';
import type { Head } from '../../src/types.js';

const SAMPLES = join(import.meta.dirname, '../../../../test/fixtures/samples');
const RATE = 16_000;

async function decode(name: string): Promise<Float32Array> {
  const parts: number[] = [];
  const decoding = await decodeMono16k(join(SAMPLES, name));
  for await (const block of decoding.blocks) parts.push(...block);
  return Float32Array.from(parts);
}

async function* inBlocks(samples: Float32Array): AsyncGenerator<Float32Array> {
  for (let from = 0; from < samples.length; from += 5000) yield samples.subarray(from, from + 5000);
}

describe('timeline with the embedded model', () => {
  let embedder: Embedder;
  let head: Head;

  before(async () => {
    embedder = await openEmbedder(await locateModel(undefined));
    const file = await locateHeadOfModel(embedder.model.id);
    assert.ok(file !== undefined);
    head = await loadHead(file);
  });
  after(() => embedder.close());

  it('gives a short recording the verdict of whole-clip embedding', async () => {
    for (const name of readdirSync(SAMPLES)) {
      const clip = (await decode(name)).slice(RATE, RATE + 1.2 * RATE);
      const whole = predict(head, await embedder.embed(clip));
      for await (const event of timelineOfBlocks(embedder, head, inBlocks(clip), { silence: false })) {
        if (event.type !== 'segment') continue;
        assert.equal(event.segment.label, whole.label, name);
        assert.equal(event.segment.endSeconds, 1.2);
        assert.ok(Math.abs(event.segment.probability - whole.probability) < 1e-9, name);
      }
    }
  });

  it('judges each window as if its frames had been computed from the whole recording', async () => {
    const name = readdirSync(SAMPLES).find((file) => file.startsWith('music')) ?? '';
    // The last window ends with the recording: another one, for a rest, would share its place on the curves.
    const samples = (await decode(name)).slice(0, 4.5 * RATE);
    const { windowSeconds, hopSeconds } = DEFAULT_TIMELINE;
    const size = Math.round(windowSeconds * 100) * 80;
    const { values } = await embedder.logMel(samples);
    let end: TimelineBlocksEvent | undefined;
    const options = { silence: false, sketch: true, live: true } as const;
    for await (const event of timelineOfBlocks(embedder, head, inBlocks(samples), options)) end = event;
    assert.ok(end?.type === 'end' && end.sketch !== undefined);
    const { curves, curveBinSeconds } = end.sketch;
    let compared = 0;
    for (let start = 0; start + windowSeconds <= 4.5; start += hopSeconds) {
      const from = Math.round(start * 100) * 80;
      const [embedding] = await embedder.embedFrames(values.slice(from, from + size), 1);
      assert.ok(embedding !== undefined);
      const bin = Math.floor((start + windowSeconds / 2) / curveBinSeconds);
      for (const [k, probability] of predict(head, embedding).probabilities.entries()) {
        const drawn = curves[bin * head.labels.length + k] ?? Number.NaN;
        assert.ok(Math.abs(drawn - probability) < 1e-6, `${start} s: ${drawn} instead of ${probability}`);
      }
      compared++;
    }
    assert.equal(compared, 5);
  });
});
