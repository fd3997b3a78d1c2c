import { readdir, stat } from 'node:fs/promises';
import { dirname, extname, isAbsolute, join, relative } from 'node:path';
import { findAudioFiles } from '../audio/find.js';
import { EcapaError } from '../errors.js';
import { readError, readRegularFile } from '../files.js';
import { parseClipList } from './clip-list.js';

/** Some 500,000 clips. */
const MAX_LIST_BYTES = 64 << 20;

/** A file whose label is known. */
export interface LabelledFile {
  /** Opens it from the working directory. */
  readonly path: string;
  /** Names it in reports and head files: relative to the folder or list it was found by. */
  readonly name: string;
  readonly label: string;
  readonly group?: string;
}

/**
 * The labelled files behind `path`: a folder with one sub-folder per class (searched for audio below), or
 * a `.csv` or `.jsonl` list. In alphabetical order, or the list's.
 *
 * Throws `FILE_NOT_FOUND`, `PERMISSION_DENIED`, `READ_FAILED`, `NO_AUDIO_FILES` for a class without audio,
 * `TOO_FEW_CLASSES` for a folder without sub-folders, or `CLIP_LIST_INVALID`.
 */
export async function findLabelledFiles(path: string, signal?: AbortSignal): Promise<LabelledFile[]> {
  try {
    if ((await stat(path)).isDirectory()) return await labelledByFolder(path, signal);
    return await labelledByList(path);
  } catch (cause) {
    throw readError(path, cause);
  }
}

async function labelledByFolder(directory: string, signal: AbortSignal | undefined): Promise<LabelledFile[]> {
  const classes = (await readdir(directory, { withFileTypes: true }))
    .filter((entry) => (entry.isDirectory() || entry.isSymbolicLink()) && !entry.name.startsWith('.'))
    .map((entry) => entry.name)
    .sort();
  const folders = [];
  for (const label of classes) {
    const folder = join(directory, label);
    const entry = await stat(folder).catch((cause: unknown) => {
      throw readError(folder, cause); // a link that leads nowhere, say
    });
    if (entry.isDirectory()) folders.push(label);
  }
  if (folders.length === 0) {
    throw new EcapaError(
      'TOO_FEW_CLASSES',
      `${directory}: no sub-folders. Put the clips of each class into a sub-folder named after it, or give a list (.csv, .jsonl).`,
      { file: directory },
    );
  }
  const files: LabelledFile[] = [];
  for (const label of folders) {
    for (const found of await findAudioFiles([join(directory, label)], { signal })) {
      if ('error' in found) {
        throw new EcapaError(
          found.error.code,
          `${found.error.message} Every sub-folder is a class: fill it or remove it.`,
          { file: found.path, cause: found.error },
        );
      }
      files.push({ path: found.path, name: portable(relative(directory, found.path)), label });
    }
  }
  return files;
}

async function labelledByList(path: string): Promise<LabelledFile[]> {
  const extension = extname(path).toLowerCase();
  if (extension !== '.csv' && extension !== '.jsonl' && extension !== '.ndjson') {
    throw new EcapaError(
      'CLIP_LIST_INVALID',
      `${path}: neither a folder with one sub-folder per class nor a list that ends in .csv or .jsonl.`,
      { file: path },
    );
  }
  const bytes = await readRegularFile(path, { maximumBytes: MAX_LIST_BYTES, mayBeEmpty: true });
  const clips = parseClipList(bytes.toString('utf8'), extension === '.csv' ? 'csv' : 'jsonl', path);
  return clips.map((clip) => ({
    ...clip,
    path: isAbsolute(clip.path) ? clip.path : join(dirname(path), clip.path),
    name: portable(clip.path),
  }));
}

/** The same name on every system, so that a head file does not depend on where it was made. */
function portable(path: string): string {
  return path.replaceAll('\\', '/');
}
