/**
 * A fold as `models/recipe/export/fold_export.py` writes it: network, head, and the clips neither has met. Without a
 * network of its own (`evaluate/shipped_presence.py`) it is a head on the shipped one.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { decodeMono16k, type Head, locateModel } from '@ecapa/core';
import {
  type Embedder,
  ecapaWeightsFromStateDict,
  loadTorchCheckpoint,
  openEmbedder,
  type StateDictOptions,
  writeEcapaModel,
} from '@ecapa/core/interop';
import { type SourceClip, withoutQuietEnds } from './timeline-splices.js';

const SHIPPED_MODEL = await locateModel();

export interface HeldOutClip {
  /** Below the corpus folder. */
  readonly path: string;
  readonly label: string;
  readonly source: string;
}

export interface HeldOut {
  readonly fold: number;
  readonly clips: readonly HeldOutClip[];
}

interface ReadoutNumbers {
  readonly weights: number[][];
  readonly bias: number[];
  readonly temperature: number;
}

interface HeadNumbers extends ReadoutNumbers {
  readonly labels: string[];
  readonly presence?: ReadoutNumbers;
}

export async function readHeldOut(fold: string): Promise<HeldOut> {
  return JSON.parse(await readFile(join(fold, 'held_out.json'), 'utf8')) as HeldOut;
}

/** The clips decoded, their quiet ends cut off; one that is quiet throughout is left out. */
export async function loadClips(corpus: string, clips: readonly HeldOutClip[]): Promise<SourceClip[]> {
  const loaded: SourceClip[] = [];
  for (const { path, label, source } of clips) {
    const decoding = await decodeMono16k(join(corpus, path));
    const samples: number[] = [];
    for await (const block of decoding.blocks) samples.push(...block);
    const trimmed = withoutQuietEnds(Float32Array.from(samples));
    if (trimmed.length > 0) loaded.push({ label, source, samples: trimmed });
  }
  return loaded;
}

/** The fold's network, built below `directory`, or the shipped one. */
export async function loadFold(fold: string, directory: string, threads: number): Promise<Embedder> {
  const file = join(fold, 'embedding_model.ckpt');
  if (!existsSync(file)) return openEmbedder(SHIPPED_MODEL, { threads });
  const checkpoint = await loadTorchCheckpoint(file);
  const network = JSON.parse(await readFile(join(fold, 'network.json'), 'utf8')) as StateDictOptions;
  await writeEcapaModel({
    directory: join(directory, 'model'),
    weights: ecapaWeightsFromStateDict(checkpoint, network),
    id: 'fold',
    licence: 'MIT',
    source: fold,
    conditioned: true,
    sharedTrunk: true,
  });
  return openEmbedder(join(directory, 'model'), { threads });
}

export async function loadFoldHead(fold: string, modelId: string, dimension: number): Promise<Head> {
  const { labels, presence, ...verdict } = JSON.parse(
    await readFile(join(fold, 'head.json'), 'utf8'),
  ) as HeadNumbers;
  return {
    id: 'fold',
    modelId,
    dimension,
    labels,
    ...readout(verdict),
    ...(presence && { presence: { ...readout(presence), exclusive: [] } }),
  };
}

function readout({ weights, bias, temperature }: ReadoutNumbers) {
  return {
    weights: Float64Array.from(weights.flat()),
    bias: Float64Array.from(bias),
    inputNorm: 'none' as const,
    temperature,
  };
}
