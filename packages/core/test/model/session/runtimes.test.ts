import assert from 'node:assert/strict';
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Of } from '../../../src/files.js';
import { ecapaWeightsFromStateDict } from '../../../src/model/ecapa-weights.js';
import { type Embedder, MAXIMUM_WHOLE_CLIP_SECONDS, openEmbedder } from '../../../src/model/embedder.js';
import { MODEL_FILE_NAME, ONNX_FILE_NAME, type Quantization } from '../../../src/model/model-file.js';
import type { RuntimeName } from '../../../src/model/session/session.js';
import { writeEcapaModel } from '../../../src/model/write-ecapa-model.js';
import { locateModel } from '../../../src/models/locate.js';
import { fixturePath, readFloat32 } from '../../reference.js';
import { difference } from '../compare.js';
import { COMPACT_SHAPE, randomStateDict } from '../random-weights.js';
import { useTemporaryDirectory } from '../temporary-directory.js';

const RUNTIMES: readonly RuntimeName[] = ['native', 'wasm'];
const EMBEDDED = await locateModel();
const WAVEFORMS = ['noise_1s', 'noise_3s', 'noise_10s', 'tone440_3s', 'speech_espeak', 'silence_1s'];
/** An embedding's values are of the order of 10; both runtimes compute in float32. */
const TOLERANCE = 1e-5;
/** The same where products are of integers: what lies between two of them may go either way. */
const INTEGER_TOLERANCE = 2e-3;

function waveform(name: string): Float32Array {
  return readFloat32(fixturePath('speechbrain', 'vectors', `${name}.wav16k.f32`));
}

/** Largest difference relative to the largest value. */
function apart(actual: Float32Array, expected: Float32Array): number {
  const scale = expected.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  return difference(actual, expected).largest / scale;
}

for (const runtime of RUNTIMES) {
  describe(`the ${runtime} runtime`, function () {
    this.timeout(120_000);
    const temporary = useTemporaryDirectory();
    let embedder: Embedder;
    before(async () => {
      embedder = await openEmbedder(EMBEDDED, { runtime });
    });
    after(() => embedder.close());

    it('reports itself, its version and why it is used', () => {
      assert.equal(embedder.runtime.name, runtime);
      assert.match(embedder.runtime.version, /^1\.\d+\.\d+$/);
      assert.equal(embedder.runtime.reason?.code, runtime === 'native' ? undefined : 'requested');
    });

    it('refuses audio that is too short, not finite or too long', async () => {
      await assert.rejects(embedder.embed(new Float32Array(1000)), { code: 'TOO_SHORT' });
      await assert.rejects(embedder.embed(new Float32Array(16_000).fill(Number.NaN)), {
        code: 'NON_FINITE_SAMPLES',
      });
      const tooLong = new Float32Array(MAXIMUM_WHOLE_CLIP_SECONDS * 16_000 + 1);
      await assert.rejects(embedder.embed(tooLong), RangeError);
      await assert.rejects(embedder.embedFrames(new Float32Array(81), 1), RangeError);
    });

    it('works on after an error, and computes overlapping calls one after another', async () => {
      const samples = waveform('noise_1s');
      const [alone] = [await embedder.embed(samples)];
      const results = await Promise.allSettled([
        embedder.embed(samples),
        embedder.embed(new Float32Array(1)),
        embedder.embed(samples),
      ]);
      assert.deepEqual(
        results.map(({ status }) => status),
        ['fulfilled', 'rejected', 'fulfilled'],
      );
      for (const result of results) {
        if (result.status === 'fulfilled') assert.deepEqual(result.value.values, alone.values);
      }
    });

    it('refuses a file that is not a model of this project, and frees what it had opened', async () => {
      for (const [name, bytes] of [
        ['text', Buffer.from('no model at all')],
        ['half', (await readFile(join(EMBEDDED, ONNX_FILE_NAME))).subarray(0, 1_000_000)],
      ] as const) {
        await cp(EMBEDDED, temporary(name), { recursive: true });
        await writeFile(temporary(name, ONNX_FILE_NAME), bytes);
        await assert.rejects(openEmbedder(temporary(name), { runtime }), { code: 'CHECKSUM_MISMATCH' });
        const info = JSON.parse(await readFile(temporary(name, MODEL_FILE_NAME), 'utf8')) as object;
        await writeFile(
          temporary(name, MODEL_FILE_NAME),
          JSON.stringify({ ...info, sha256: sha256Of(bytes) }),
        );
        await assert.rejects(openEmbedder(temporary(name), { runtime }), { code: 'MODEL_INVALID' });
      }
      assert.equal((await embedder.embed(waveform('noise_1s'))).values.length, 192);
    });

    it('refuses to compute once closed, and closes twice', async () => {
      const other = await openEmbedder(EMBEDDED, { runtime });
      await other.close();
      await other.close();
      await assert.rejects(other.embed(new Float32Array(16_000)), { code: 'CLOSED' });
      assert.equal((await embedder.embed(waveform('noise_1s'))).values.length, 192);
    });
  });
}

describe('both runtimes', function () {
  this.timeout(240_000);
  const temporary = useTemporaryDirectory();

  async function compare(
    directory: string,
    check: (both: readonly Embedder[]) => Promise<void>,
  ): Promise<void> {
    const both = await Promise.all(RUNTIMES.map((runtime) => openEmbedder(directory, { runtime })));
    try {
      await check(both);
    } finally {
      for (const embedder of both) await embedder.close();
    }
  }

  for (const quantization of [
    'none',
    'fp16',
    'int8',
    'int8-weights',
  ] as const satisfies readonly Quantization[]) {
    it(`compute the same embeddings of a model kept as ${quantization}`, async () => {
      const directory = temporary(quantization);
      const weights = ecapaWeightsFromStateDict(randomStateDict(COMPACT_SHAPE, 3));
      const about = { id: quantization, licence: 'none', source: 'random weights', quantize: quantization };
      const tolerance = quantization === 'int8' ? INTEGER_TOLERANCE : TOLERANCE;
      await writeEcapaModel({ directory, weights, ...about });
      await compare(directory, async ([native, wasm]) => {
        for (const name of ['speech_espeak', 'noise_1s', 'silence_1s']) {
          const samples = waveform(name);
          const [expected, actual] = [await native?.embed(samples), await wasm?.embed(samples)];
          assert.ok(expected && actual && apart(actual.values, expected.values) <= tolerance, name);
        }
      });
    });
  }

  it('compute the same embeddings with the embedded model, whole and by windows', async () => {
    await compare(EMBEDDED, async ([native, wasm]) => {
      assert.ok(native && wasm);
      for (const name of WAVEFORMS) {
        const samples = waveform(name);
        const expected = await native.embed(samples);
        const actual = await wasm.embed(samples);
        assert.ok(apart(actual.values, expected.values) <= TOLERANCE, name);
        const frames = await native.logMel(samples);
        assert.ok(apart((await wasm.logMel(samples)).values, frames.values) <= TOLERANCE, `${name}: frames`);
      }
      const { values } = await native.logMel(waveform('noise_10s'));
      const windows = values.slice(0, 6 * 150 * 80);
      const expected = await native.embedFrames(windows, 6);
      const actual = await wasm.embedFrames(windows, 6);
      for (const [index, embedding] of expected.entries()) {
        assert.ok(apart(actual[index]?.values ?? new Float32Array(), embedding.values) <= TOLERANCE);
      }
    });
  });
});
