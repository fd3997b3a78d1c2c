import { join } from 'node:path';
import { importSpeechbrain } from '../interop/pytorch/speechbrain.js';
import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import { makeTemporaryFolder, removeTemporary } from '../temporary-paths.js';
import { Classifier } from './classifier.js';
import type { PcmInput } from './input.js';

/** Cosine similarities to the embeddings of the same network in float32. */
export interface QuantizationLoss {
  readonly minimum: number;
  readonly mean: number;
  readonly signals: number;
}

/**
 * Measures what quantising cost: embeddings of a model folder against those of the same checkpoint in float32, on
 * twelve made signals of 1 to 8 s. Throws as `importSpeechbrain` and `Classifier` do.
 */
export async function measureQuantizationLoss(
  checkpointDirectory: string,
  modelDirectory: string,
): Promise<QuantizationLoss> {
  const folder = await makeTemporaryFolder();
  try {
    const exact = join(folder, 'model');
    await importSpeechbrain(checkpointDirectory, exact);
    const [reference, embeddings] = [await embedAll(exact), await embedAll(modelDirectory)];
    const cosines = reference.map((values, i) => cosine(values, embeddings[i] ?? new Float32Array(0)));
    return {
      minimum: Math.min(...cosines),
      mean: cosines.reduce((sum, value) => sum + value, 0) / cosines.length,
      signals: cosines.length,
    };
  } finally {
    await removeTemporary(folder);
  }
}

async function embedAll(model: string): Promise<Float32Array[]> {
  const classifier = await Classifier.open({ model, workers: 1 });
  try {
    return await Promise.all(testSignals().map(async (signal) => (await classifier.embed(signal)).values));
  } finally {
    await classifier.close();
  }
}

/** Noise, a tone, a sweep and a voice-like buzz with a moving formant, at several lengths: made, so always at hand. */
function testSignals(): PcmInput[] {
  let state = 1;
  const noise = (): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 31 - 1;
  };
  const shapes: ((t: number) => number)[] = [
    () => 0.3 * noise(),
    (t) => 0.3 * Math.sin(2 * Math.PI * 440 * t),
    (t) => 0.3 * Math.sin(2 * Math.PI * (100 + 900 * t) * t),
    (t) =>
      0.3 * Math.sin(2 * Math.PI * (600 + 300 * Math.sin(5 * t)) * t) * (((t * 120) % 1) - 0.5) +
      0.01 * noise(),
  ];
  return [1, 3, 8].flatMap((seconds) =>
    shapes.map((shape) => ({
      samples: Float32Array.from({ length: seconds * SAMPLE_RATE_HZ }, (_, i) => shape(i / SAMPLE_RATE_HZ)),
      sampleRate: SAMPLE_RATE_HZ,
    })),
  );
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, aa, bb] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i] ?? 0, b[i] ?? 0];
    dot += x * y;
    aa += x * x;
    bb += y * y;
  }
  return dot / Math.sqrt(aa * bb);
}
