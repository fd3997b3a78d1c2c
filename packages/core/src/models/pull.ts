import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { EcapaError, isEcapaError } from '../errors.js';
import { makeFolder } from '../files.js';
import { withoutPassword } from '../login.js';
import { loadModelInfo, type ModelInfo, type Quantization } from '../model/model-file.js';
import { cacheDirectory, cachedModelDirectory, loadEmbeddedManifest } from './locate.js';
import { lockFolder } from './lock.js';
import type { Manifest, ManifestModel, RemoteFile } from './manifest.js';
import { verifyModel } from './verify.js';

/** Environment variable that names a mirror of the hub, for machines that cannot reach it. */
export const MIRROR_VARIABLE = 'ECAPA_MIRROR';

/** From which mirror a model is pulled, how patiently, and what hears of progress (bytes). */
export interface PullOptions {
  /** Takes the place of the hub's address, paths staying the same. Default: ECAPA_MIRROR, then the hub. */
  readonly mirror?: string | undefined;
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?:
    | ((file: string, receivedBytes: number, totalBytes: number | undefined) => void)
    | undefined;
  /** A server that sends nothing for so long has failed. */
  readonly idleSeconds?: number | undefined;
  readonly attempts?: number | undefined;
  /** How weights are kept. By default as float32, and a model that is here is taken as it is. */
  readonly quantize?: Quantization | undefined;
  /** Hears of the checkpoint's folder and the model's once that is made, before the checkpoint is deleted. */
  readonly onConverted?: ((checkpoint: string, model: string) => Promise<void>) | undefined;
  /** Another manifest than the embedded one. */
  readonly manifest?: Manifest | undefined;
}

/** Where the files of a model are downloaded to, and where they may be put by hand. */
export function downloadDirectory(id: string): string {
  return join(cacheDirectory(), 'downloads', id);
}

/**
 * Downloads a model's files, converts them and keeps the result in the cache; does nothing when it is there, kept as
 * asked for.
 * Files that lie in `downloadDirectory(id)` already, put there by hand or by an earlier try, are used.
 * Several processes may pull at once: one works, the others wait and find it done.
 *
 * Throws `MODEL_NOT_FOUND`, and what `downloadFile` and `importSpeechbrain` throw; `OFFLINE` and
 * `DOWNLOAD_FAILED` explain how to put the files in place by hand.
 */
export async function pullModel(
  id: string,
  options: PullOptions = {},
): Promise<{ directory: string; info: ModelInfo }> {
  const manifest = options.manifest ?? (await loadEmbeddedManifest()).manifest;
  const entry = manifest.models.find((model) => model.id === id);
  if (entry?.pull === undefined) {
    const known = manifest.models.filter((model) => model.pull !== undefined).map((model) => model.id);
    throw new EcapaError(
      'MODEL_NOT_FOUND',
      entry === undefined
        ? `There is no model "${id}" to pull. There is: ${known.join(', ')}.`
        : `Model "${id}" comes with this program and need not be pulled.`,
    );
  }
  const directory = cachedModelDirectory(id);
  const downloads = downloadDirectory(id);
  await makeFolder(downloads);
  const release = await lockFolder(downloads, options.signal);
  try {
    const present = await verifyModel(directory).catch(() => undefined);
    const { quantize = present?.quantization } = options;
    if (present !== undefined && present.quantization === quantize) return { directory, info: present };
    for (const file of entry.pull.files) await fetchFile(entry, file, downloads, options);
    if (options.signal?.aborted)
      throw new EcapaError('CANCELLED', `${id}: cancelled before it was converted.`);
    await makeFolder(join(cacheDirectory(), 'models'));
    const { importSpeechbrain } = await import('../interop/pytorch/speechbrain.js'); // most programs never pull
    await importSpeechbrain(downloads, directory, { id, ...(quantize === undefined ? {} : { quantize }) });
    await options.onConverted?.(downloads, directory);
    for (const file of entry.pull.files) await rm(join(downloads, file.name), { force: true });
    return { directory, info: await loadModelInfo(directory) };
  } finally {
    await release();
  }
}

async function fetchFile(
  entry: ManifestModel,
  file: RemoteFile,
  downloads: string,
  options: PullOptions,
): Promise<void> {
  const { pull } = entry;
  if (pull === undefined) return;
  // The HTTP client takes 250 ms to load, which only a pull should cost.
  const { downloadFile, hasHash } = await import('./download.js');
  const target = join(downloads, file.name);
  if (await hasHash(target, file.sha256)) return;
  const base = (options.mirror ?? (process.env[MIRROR_VARIABLE] || pull.hub)).replace(/\/+$/, '');
  if (!/^https?:\/\//.test(base)) {
    const named = options.mirror === undefined ? MIRROR_VARIABLE : 'mirror';
    throw new TypeError(`${named}: expected an http or https address, got "${withoutPassword(base)}"`);
  }
  const url = `${base}/${pull.path}/${file.name}`;
  const { onProgress } = options;
  try {
    await downloadFile({
      url,
      target,
      sha256: file.sha256,
      bytes: file.bytes,
      signal: options.signal,
      idleSeconds: options.idleSeconds,
      attempts: options.attempts,
      onProgress: onProgress && ((received, total) => onProgress(file.name, received, total)),
    });
  } catch (error) {
    if (!isEcapaError(error) || (error.code !== 'OFFLINE' && error.code !== 'DOWNLOAD_FAILED')) throw error;
    const names = pull.files.map(({ name }) => name).join(' and ');
    throw new EcapaError(
      error.code,
      `${error.message} Use --mirror or ${MIRROR_VARIABLE} for another server; or get ${names} from ${pull.hub}/${pull.path} on another machine, put them into ${downloads}, and run "ecapa models pull ${entry.id}" again.`,
      { cause: error },
    );
  }
}
