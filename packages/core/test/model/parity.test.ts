import assert from 'node:assert/strict';
import { loadTorchCheckpoint } from '../../src/interop/pytorch/torch-zip.js';
import { ecapaWeightsFromStateDict } from '../../src/model/ecapa-weights.js';
import { type Embedder, openEmbedder } from '../../src/model/embedder.js';
import { writeEcapaModel } from '../../src/model/write-ecapa-model.js';
import { fixturePath, readFloat32, sharedPath, skip } from '../reference.js';
import { difference } from './compare.js';
import { useTemporaryDirectory } from './temporary-directory.js';

const CHECKPOINT = fixturePath('speechbrain', 'tiny', 'embedding_model.ckpt');

describe("parity with SpeechBrain's encode_batch", () => {
  const temporary = useTemporaryDirectory();
  let embedder: Embedder;

  before(async () => {
    const weights = ecapaWeightsFromStateDict(await loadTorchCheckpoint(CHECKPOINT));
    const options = { id: 'tiny', licence: 'MIT', source: 'random weights, written by SpeechBrain' };
    await writeEcapaModel({ directory: temporary('tiny'), weights, ...options });
    embedder = await openEmbedder(temporary('tiny'));
  });
  after(() => embedder.close());

  async function checkEmbedding(waveform: string, expected: string): Promise<void> {
    const { values, modelId } = await embedder.embed(readFloat32(waveform));
    assert.equal(modelId, 'tiny');
    const { largest, angular } = difference(values, readFloat32(expected));
    assert.ok(largest <= 2e-3, `largest difference ${largest}`);
    assert.ok(angular <= 1e-9, `1 - cosine ${angular}`);
  }

  for (const name of ['noise_1s', 'noise_3s', 'noise_10s', 'tone440_3s', 'speech_espeak', 'silence_1s']) {
    it(`embeds ${name} alike`, () => {
      const vector = (kind: string): string => fixturePath('speechbrain', 'vectors', `${name}.${kind}.f32`);
      return checkEmbedding(vector('wav16k'), vector('emb_tiny'));
    });
  }

  for (const name of ['seed_example', 'seed_example_ffmpeg16k']) {
    it(`embeds ${name} alike`, async function () {
      const waveform = sharedPath('reference', 'speechbrain', 'vectors', `${name}.wav16k.f32`);
      const expected = sharedPath('reference', 'speechbrain', 'vectors', `${name}.emb_tiny.f32`);
      if (waveform === undefined || expected === undefined)
        skip(this, 'no reference data beside the repository');
      await checkEmbedding(waveform, expected);
    });
  }

  for (const name of ['noise_1s', 'tone440_3s', 'silence_1s']) {
    it(`computes the log-mel frames of ${name} alike`, async () => {
      const vector = (kind: string): string => fixturePath('speechbrain', 'vectors', `${name}.${kind}.f32`);
      const { values, frameCount } = await embedder.logMel(readFloat32(vector('wav16k')));
      const expected = readFloat32(vector('fbank'));
      assert.equal(frameCount * 80, expected.length);
      const floor = values.reduce((largest, value) => Math.max(largest, value), -Infinity) - 80;
      const floored = values.map((value) => Math.max(value, floor));
      const { largest } = difference(floored, expected);
      assert.ok(largest <= 0.02, `largest difference ${largest} dB`);
    });
  }
});
