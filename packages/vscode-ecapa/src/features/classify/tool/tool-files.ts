import { realpath } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve, sep } from 'node:path';

/** A folder of the workspace, by its name in it and its path on disk. */
export interface ToolFolder {
  readonly name: string;
  readonly path: string;
}

export type ToolPath =
  | { readonly kind: 'inside'; readonly path: string }
  /** Absolute and outside the workspace: the user must allow it. */
  | { readonly kind: 'outside'; readonly path: string }
  | { readonly kind: 'refused'; readonly reason: 'empty' | 'no folder' | 'leaves the workspace' };

/**
 * What a path that a language model gives stands for: one in the workspace, where a relative one is looked for in
 * its first folder or in the one that its first part names; or an absolute one elsewhere. A relative path that
 * climbs out of its folder is refused: nobody who reads it sees where it leads.
 */
export function toolPath(given: string, folders: readonly ToolFolder[]): ToolPath {
  const path = given.trim();
  if (path === '') return { kind: 'refused', reason: 'empty' };
  if (isAbsolute(path)) {
    const whole = resolve(path);
    return {
      kind: folders.some((folder) => isWithin(folder.path, whole)) ? 'inside' : 'outside',
      path: whole,
    };
  }
  const [first, ...rest] = path.split(/[\\/]/);
  const named = folders.length > 1 ? folders.find(({ name }) => name === first) : undefined;
  const folder = named ?? folders[0];
  if (folder === undefined) return { kind: 'refused', reason: 'no folder' };
  const whole = resolve(folder.path, named === undefined ? path : rest.join('/'));
  return isWithin(folder.path, whole)
    ? { kind: 'inside', path: whole }
    : { kind: 'refused', reason: 'leaves the workspace' };
}

/**
 * The same after links have been followed, on disk: a path of the workspace that leads out of it is outside. Where it
 * leads is named, for that is what will be read.
 */
export async function followLinks(path: ToolPath, folders: readonly ToolFolder[]): Promise<ToolPath> {
  if (path.kind !== 'inside') return path;
  const real = await realPath(path.path);
  const roots = await Promise.all(folders.map((folder) => realPath(folder.path)));
  return roots.some((root) => isWithin(root, real)) ? path : { kind: 'outside', path: real };
}

/** Which of `files` lie, links followed, within one of `places`. */
export async function filesWithin(
  files: readonly string[],
  places: readonly string[],
): Promise<ReadonlySet<string>> {
  const roots = await Promise.all(places.map(realPath));
  const within = new Set<string>();
  for (const file of files) {
    const real = await realPath(file);
    if (roots.some((root) => isWithin(root, real))) within.add(file);
  }
  return within;
}

/** Of what is not there: where it would be. */
async function realPath(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await realPath(parent), basename(path));
  }
}

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}
