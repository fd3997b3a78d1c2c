import type { Head } from '../types.js';
import { installedModelDirectory, loadEmbeddedManifest } from './locate.js';

/**
 * Which model to open, as id or folder: the one that is named; else the one that the head was trained on, where it is
 * installed; else the default, for which undefined stands. A head outlives the default model that it was trained on.
 *
 * The id in a head file is looked for among installed models alone: it never becomes a path.
 */
export async function modelOfHead(
  named: string | undefined,
  head: Pick<Head, 'modelId'> | undefined,
): Promise<string | undefined> {
  if (named !== undefined || head === undefined) return named;
  const { manifest } = await loadEmbeddedManifest();
  if (head.modelId === manifest.defaultModel) return undefined;
  return installedModelDirectory(head.modelId);
}
