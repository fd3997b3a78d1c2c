import { existsSync, statSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { isAbsolute, join, resolve } from 'node:path';
import { modelsDirectory } from '../assets.js';
import { EcapaError } from '../errors.js';
import { loadModelInfo } from '../model/model-file.js';
import { loadManifest, type Manifest } from './manifest.js';

/** Environment variable that moves the cache of pulled models and embeddings. */
export const CACHE_DIRECTORY_VARIABLE = 'ECAPA_CACHE_DIR';

/** Where pulled models and cached embeddings live, by each system's convention. */
export function cacheDirectory(): string {
  const named = process.env[CACHE_DIRECTORY_VARIABLE];
  if (named) return resolve(named);
  if (process.platform === 'darwin') return join(home(), 'Library', 'Caches', 'ecapa');
  if (process.platform === 'win32') {
    return join(process.env.LOCALAPPDATA || join(home(), 'AppData', 'Local'), 'ecapa', 'Cache');
  }
  // The XDG specification: an empty or relative value counts as none.
  const cacheHome = process.env.XDG_CACHE_HOME ?? '';
  return join(isAbsolute(cacheHome) ? cacheHome : join(home(), '.cache'), 'ecapa');
}

/** The user's home, or the folder for temporary files for a user without one (some containers). */
function home(): string {
  try {
    const directory = homedir();
    if (isAbsolute(directory)) return directory;
  } catch {
    // No such user.
  }
  return tmpdir();
}

/** The folder in the cache that holds (or would hold) a pulled model. */
export function cachedModelDirectory(id: string): string {
  return join(cacheDirectory(), 'models', id);
}

/** The embedded manifest with the folder it lies in. Throws `MODEL_NOT_FOUND` when this copy ships none. */
export async function loadEmbeddedManifest(): Promise<{ directory: string; manifest: Manifest }> {
  const directory = modelsDirectory();
  if (directory === undefined) {
    throw new EcapaError(
      'MODEL_NOT_FOUND',
      "This installation holds no embedded models. Reinstall it; a program bundled into one file names the package's folder first (setPackageDirectory or ECAPA_PACKAGE_DIR).",
    );
  }
  return { directory, manifest: await loadManifest(join(directory, 'manifest.json')) };
}

/**
 * The folder (`model.onnx` + `model.json`) of a model named by id or path; without a name, the default.
 * Throws `MODEL_NOT_FOUND` listing what there is.
 */
export async function locateModel(idOrPath?: string): Promise<string> {
  if (idOrPath !== undefined && (await isModelPath(idOrPath))) {
    if (!existsSync(join(idOrPath, 'model.onnx'))) {
      throw new EcapaError(
        'MODEL_NOT_FOUND',
        `${idOrPath}: no model here. A model is a folder with model.onnx and model.json, as written by "ecapa import speechbrain".`,
        { file: idOrPath },
      );
    }
    return resolve(idOrPath);
  }
  const { manifest } = await loadEmbeddedManifest();
  const id = idOrPath ?? manifest.defaultModel;
  const installed = await installedModelDirectory(id);
  if (installed !== undefined) return installed;
  if (manifest.models.find((model) => model.id === id)?.pull !== undefined) {
    throw new EcapaError(
      'MODEL_NOT_FOUND',
      `Model "${id}" has not been downloaded yet. Run: ecapa models pull ${id}`,
    );
  }
  const known = manifest.models.map((model) => model.id).join(', ');
  throw new EcapaError(
    'MODEL_NOT_FOUND',
    `There is no model "${id}". Known models: ${known}; or give the path of a model folder.`,
  );
}

/** The folder of an embedded or pulled model, or undefined when there is none of this id; anything else is no id. */
export async function installedModelDirectory(id: string): Promise<string | undefined> {
  const { directory, manifest } = await loadEmbeddedManifest();
  const entry = manifest.models.find((model) => model.id === id);
  if (entry?.directory !== undefined) return join(directory, entry.directory);
  const cached = cachedModelDirectory(id);
  return /^\w[\w.-]*$/.test(id) && existsSync(join(cached, 'model.onnx')) ? cached : undefined;
}

/**
 * Id and dimension of a model named by id or path; of the manifest's models they are known before they are pulled.
 * Throws as `locateModel` and `loadModelInfo` do.
 */
export async function describeModel(
  idOrPath: string,
): Promise<{ readonly id: string; readonly dimension: number }> {
  if (!(await isModelPath(idOrPath))) {
    const { manifest } = await loadEmbeddedManifest();
    const entry = manifest.models.find(({ id }) => id === idOrPath);
    if (entry !== undefined) return { id: entry.id, dimension: entry.dimension };
  }
  const { id, dimension } = await loadModelInfo(await locateModel(idOrPath));
  return { id, dimension };
}

/**
 * The file of a head named by id or path; without a name, the default head. Embedded heads for several models can share
 * an id: it is the one of `modelId` where there is one, or else the first.
 * Throws `HEAD_NOT_FOUND` listing what there is.
 */
export async function locateHead(idOrPath?: string, modelId?: string): Promise<string> {
  if (idOrPath !== undefined && (await isHeadPath(idOrPath))) {
    if (!existsSync(idOrPath)) {
      throw new EcapaError(
        'HEAD_NOT_FOUND',
        `${idOrPath}: no such head file. Train one with "ecapa train".`,
        { file: idOrPath },
      );
    }
    return resolve(idOrPath);
  }
  const { directory, manifest } = await loadEmbeddedManifest();
  const id = idOrPath ?? manifest.defaultHead;
  const heads = manifest.heads.filter((head) => head.id === id);
  const entry = heads.find((head) => head.modelId === modelId) ?? heads[0];
  if (entry !== undefined) return join(directory, entry.file);
  const known = [...new Set(manifest.heads.map((head) => head.id))].join(', ');
  throw new EcapaError(
    'HEAD_NOT_FOUND',
    `There is no head "${id}". Known heads: ${known}; or give the path of a head file.`,
  );
}

/** The file of the head that ships for a model, or undefined when there is none. */
export async function locateHeadOfModel(modelId: string): Promise<string | undefined> {
  const { directory, manifest } = await loadEmbeddedManifest();
  const own = manifest.heads.filter((head) => head.modelId === modelId);
  const entry = own.find((head) => head.id === manifest.defaultHead) ?? own[0];
  return entry === undefined ? undefined : join(directory, entry.file);
}

/** A folder of the working directory goes before an id of the same name where it holds a model. */
async function isModelPath(name: string): Promise<boolean> {
  if (looksLikePath(name) || existsSync(join(name, 'model.onnx'))) return true;
  const { manifest } = await loadEmbeddedManifest();
  return isDirectory(name) && !manifest.models.some(({ id }) => id === name);
}

/** As `isModelPath`: a file goes before an id, a folder does not. */
async function isHeadPath(name: string): Promise<boolean> {
  if (looksLikePath(name) || (existsSync(name) && !isDirectory(name))) return true;
  const { manifest } = await loadEmbeddedManifest();
  return isDirectory(name) && !manifest.heads.some(({ id }) => id === name);
}

function looksLikePath(name: string): boolean {
  return isAbsolute(name) || /[\\/]/.test(name) || name.startsWith('.');
}

function isDirectory(name: string): boolean {
  return existsSync(name) && statSync(name).isDirectory();
}
