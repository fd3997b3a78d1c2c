import { existsSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';

/** A workspace folder on disk. */
export interface SettingFolder {
  readonly name: string;
  readonly path: string;
}

/**
 * A path is relative to a workspace folder: to the first one that has such a file, else to the first; it may begin with
 * the folder's name. An id, which has no separator, stays as it is.
 */
export function settingPath(
  name: string,
  folders: readonly SettingFolder[],
  exists: (path: string) => boolean = existsSync,
): string | undefined {
  if (name === '') return undefined;
  const isPath = /[\\/]/.test(name) || name.endsWith('.json');
  const [first] = folders;
  if (!isPath || isAbsolute(name) || first === undefined) return name;
  const paths = folders.map(({ path }) => join(path, name));
  if (folders.length > 1) {
    const [folderName = '', ...rest] = name.split(/[\\/]/);
    const named = folders.find((folder) => folder.name === folderName);
    if (named !== undefined) paths.push(join(named.path, ...rest));
  }
  return (folders.length > 1 ? paths.find(exists) : undefined) ?? paths[0];
}
