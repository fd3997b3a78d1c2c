import { isAbsolute, resolve, sep } from 'node:path';

/** A folder of the workspace, by its name in it and its path on disk. */
export interface ToolFolder {
  readonly name: string;
  readonly path: string;
}

export type ToolPath =
  | { readonly kind: 'inside'; readonly path: string }
  /** Absolute and outside the workspace: the user must say yes. */
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

function isWithin(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : `${folder}${sep}`);
}
