import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { findAsset } from '../assets.js';
import { decodeMono16k } from '../audio/decode.js';
import { EcapaError } from '../errors.js';
import { loadHead } from '../heads/file/head-file.js';
import { predict } from '../heads/predict.js';
import { importSpeechbrain } from '../interop/pytorch/speechbrain.js';
import { type Embedder, openEmbedder } from '../model/embedder.js';
import { locateHeadOfModel } from '../models/locate.js';
import { SAMPLE_RATE_HZ } from '../sample-rate.js';
import { makeTemporaryFolder, removeTemporary } from '../temporary-paths.js';
import type { Embedding } from '../types.js';

/** As long as the timeline's: the shorter, the fewer frames there are over which errors cancel out. */
const WINDOW_SECONDS = 1.5;
const WINDOWS_PER_RECORDING = 40;
/** What npm start classifies: as packages carry it, and in the repository. */
const SAMPLE_CLIPS = ['sample-clips', join('test', 'fixtures', 'samples')];

/** What quantising changed: cosine similarities to the embeddings of the same network in float32, and verdicts. */
export interface QuantizationLoss {
  readonly minimum: number;
  readonly mean: number;
  /** Stretches of 1.5 s that were compared. */
  readonly windows: number;
  /** Absent where no head ships for a model of this id. */
  readonly verdicts?: { readonly head: string; readonly same: number };
}

/**
 * Compares a model folder with its checkpoint in float32 on recordings, or on the sample clips that ship with the
 * program. Throws as `importSpeechbrain`, `openEmbedder` and `decodeMono16k` do; `NO_SAMPLES` when no recording is long
 * enough to embed.
 */
export async function measureQuantizationLoss(
  checkpointDirectory: string,
  modelDirectory: string,
  recordings?: readonly string[],
): Promise<QuantizationLoss> {
  const folder = await makeTemporaryFolder();
  const opened: Embedder[] = [];
  try {
    const quantized = await openEmbedder(modelDirectory);
    opened.push(quantized);
    const { id, minimumSamples } = quantized.model;
    await importSpeechbrain(checkpointDirectory, join(folder, 'model'), { id });
    const exact = await openEmbedder(join(folder, 'model'));
    opened.push(exact);
    const pairs: { expected: Embedding; actual: Embedding }[] = [];
    for (const recording of recordings ?? (await sampleClips())) {
      for (const window of await windowsOf(recording, minimumSamples)) {
        pairs.push({ expected: await exact.embed(window), actual: await quantized.embed(window) });
      }
    }
    return await lossOf(id, pairs);
  } finally {
    for (const embedder of opened) await embedder.close();
    await removeTemporary(folder);
  }
}

async function lossOf(
  modelId: string,
  pairs: readonly { readonly expected: Embedding; readonly actual: Embedding }[],
): Promise<QuantizationLoss> {
  if (pairs.length === 0) {
    throw new EcapaError(
      'NO_SAMPLES',
      'No recording is long enough to compare embeddings. Name longer ones.',
    );
  }
  const cosines = pairs.map(({ expected, actual }) => cosine(expected.values, actual.values));
  const loss = {
    minimum: Math.min(...cosines),
    mean: cosines.reduce((sum, value) => sum + value, 0) / cosines.length,
    windows: cosines.length,
  };
  const file = await locateHeadOfModel(modelId);
  const head = file === undefined ? undefined : await loadHead(file);
  if (head === undefined || head.dimension !== pairs[0]?.expected.values.length) return loss;
  const same = pairs.filter(
    ({ expected, actual }) => predict(head, expected).label === predict(head, actual).label,
  );
  return { ...loss, verdicts: { head: head.id, same: same.length } };
}

async function sampleClips(): Promise<readonly string[]> {
  const folder = SAMPLE_CLIPS.map((name) => findAsset(name)).find((path) => path !== undefined);
  if (folder === undefined) {
    throw new EcapaError(
      'FILE_NOT_FOUND',
      'The sample clips are not part of this installation. Name recordings to measure the loss on.',
    );
  }
  return (await readdir(folder)).sort().map((name) => join(folder, name));
}

/** The beginning of a recording in windows; what is shorter than one is one, where the network takes it. */
async function windowsOf(recording: string, minimumSamples: number): Promise<Float32Array[]> {
  const size = WINDOW_SECONDS * SAMPLE_RATE_HZ;
  const samples = new Float32Array(WINDOWS_PER_RECORDING * size);
  let length = 0;
  for await (const block of (await decodeMono16k(recording)).blocks) {
    const kept = block.subarray(0, samples.length - length);
    samples.set(kept, length);
    length += kept.length;
    if (length === samples.length) break;
  }
  if (length < size) return length < minimumSamples ? [] : [samples.slice(0, length)];
  return Array.from({ length: Math.floor(length / size) }, (_, window) =>
    samples.slice(window * size, (window + 1) * size),
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
