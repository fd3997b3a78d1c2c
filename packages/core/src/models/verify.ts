import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EcapaError, isEcapaError } from '../errors.js';
import { hashFile } from '../files.js';
import { loadModelInfo, type ModelInfo, ONNX_FILE_NAME } from '../model/model-file.js';
import { cacheDirectory, cachedModelDirectory, loadEmbeddedManifest } from './locate.js';

/** A model that can be named by id. */
export interface ListedModel {
  readonly id: string;
  readonly description: string;
  readonly licence: string;
  readonly dimension: number;
  /** `embedded` ships with the program, `pulled` lies in the cache, `available` can be pulled. */
  readonly state: 'embedded' | 'pulled' | 'available';
  /** Where it lies, unless it is only available. */
  readonly directory?: string;
}

/** Every model of the manifest, and what lies in the cache besides. */
export async function listModels(): Promise<ListedModel[]> {
  const { directory, manifest } = await loadEmbeddedManifest();
  const listed: ListedModel[] = [];
  for (const { id, description, licence, dimension, directory: shipped } of manifest.models) {
    const common = { id, description, licence, dimension };
    if (shipped !== undefined)
      listed.push({ ...common, state: 'embedded', directory: join(directory, shipped) });
    else if (await isModel(cachedModelDirectory(id)))
      listed.push({ ...common, state: 'pulled', directory: cachedModelDirectory(id) });
    else listed.push({ ...common, state: 'available' });
  }
  const cached = await readdir(join(cacheDirectory(), 'models')).catch(() => [] as string[]);
  for (const id of cached.sort()) {
    if (id.startsWith('.') || listed.some((model) => model.id === id)) continue;
    const info = await loadModelInfo(cachedModelDirectory(id)).catch(() => undefined);
    if (info === undefined) continue;
    listed.push({
      id,
      description: info.source,
      licence: info.licence,
      dimension: info.dimension,
      state: 'pulled',
      directory: cachedModelDirectory(id),
    });
  }
  return listed;
}

/**
 * Reads a model's description and compares its network with the checksum in it.
 * Throws `MODEL_NOT_FOUND`, `MODEL_INVALID`, `CHECKSUM_MISMATCH` with what to do, or `READ_FAILED`.
 */
export async function verifyModel(directory: string): Promise<ModelInfo> {
  const info = await loadModelInfo(directory);
  const file = join(directory, ONNX_FILE_NAME);
  const sha256 = await hashFile(file).catch((cause: unknown) => {
    throw new EcapaError(
      'MODEL_INVALID',
      `${file}: the network cannot be read. Import or pull the model again.`,
      { file, cause },
    );
  });
  if (sha256 !== info.sha256) {
    throw new EcapaError(
      'CHECKSUM_MISMATCH',
      `${file}: the file has changed since it was written (SHA-256 differs). Import the model again, or run "ecapa models remove ${info.id}" and pull it.`,
      { file },
    );
  }
  return info;
}

/** Deletes a pulled model and what its download left. Throws `MODEL_NOT_FOUND` when there is none. */
export async function removeModel(id: string): Promise<void> {
  const model = (await listModels()).find((listed) => listed.id === id);
  if (model === undefined || model.state === 'available' || model.directory === undefined) {
    throw new EcapaError(
      'MODEL_NOT_FOUND',
      `There is no pulled model "${id}" to remove. "ecapa models list" shows what there is.`,
    );
  }
  if (model.state === 'embedded') {
    throw new EcapaError('MODEL_NOT_FOUND', `Model "${id}" comes with this program and cannot be removed.`);
  }
  await rm(model.directory, { recursive: true, force: true });
  await rm(join(cacheDirectory(), 'downloads', id), { recursive: true, force: true });
}

async function isModel(directory: string): Promise<boolean> {
  try {
    await loadModelInfo(directory);
    return true;
  } catch (error) {
    if (isEcapaError(error)) return error.code === 'MODEL_INVALID';
    throw error;
  }
}
