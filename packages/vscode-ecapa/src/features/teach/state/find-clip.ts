import { isAbsolute } from 'node:path';
import * as vscode from 'vscode';
import type { ClassClip, ClipSpan } from './class-list.js';

/** A stretch at the end of a clip's name, as `spanFragment` writes it. */
const SPAN = /#t=(\d+(?:\.\d+)?),(\d+(?:\.\d+)?)$/;

/**
 * Where a training clip is now, by its name in a head; undefined when it is nowhere. Names are absolute, URIs, of the
 * workspace, or of whatever folder was trained from: the last training's `sources` know that one best, and else the
 * workspace is searched.
 */
export async function findClip(
  name: string,
  sources: Readonly<Record<string, ClassClip>> = {},
): Promise<ClassClip | undefined> {
  const source = Object.hasOwn(sources, name) ? sources[name] : undefined;
  if (source !== undefined && (await isThere(vscode.Uri.parse(source.uri)))) return source;
  const { path, span } = parseClipName(name);
  for (const file of candidates(path))
    if (await isThere(file)) return { uri: file.toString(), ...(span && { span }) };
  const file = await search(path);
  return file && { uri: file.toString(), ...(span && { span }) };
}

/** A clip's name without its stretch, and the stretch. */
export function parseClipName(name: string): { readonly path: string; readonly span?: ClipSpan } {
  const [fragment, start, end] = SPAN.exec(name) ?? [];
  if (fragment === undefined) return { path: name };
  const span = { startSeconds: Number(start), endSeconds: Number(end) };
  return { path: name.slice(0, -fragment.length), span };
}

function candidates(path: string): vscode.Uri[] {
  if (isAbsolute(path)) return [vscode.Uri.file(path)];
  if (isUri(path)) return [vscode.Uri.parse(path)];
  const folders = vscode.workspace.workspaceFolders ?? [];
  const slash = path.indexOf('/');
  // Where there are several folders, names begin with that of theirs.
  const named = folders.filter(({ name }) => slash > 0 && name === path.slice(0, slash));
  return [
    ...named.map(({ uri }) => vscode.Uri.joinPath(uri, path.slice(slash + 1))),
    ...folders.map(({ uri }) => vscode.Uri.joinPath(uri, path)),
  ];
}

async function search(path: string): Promise<vscode.Uri | undefined> {
  if (isAbsolute(path) || isUri(path) || path.split('/').includes('..')) return undefined;
  const [first] = await vscode.workspace.findFiles(`**/${path.replace(/[*?[\]{}]/g, '[$&]')}`, null, 1);
  return first;
}

function isUri(path: string): boolean {
  return /^[a-z][\w+.-]+:/i.test(path);
}

async function isThere(file: vscode.Uri): Promise<boolean> {
  return vscode.workspace.fs.stat(file).then(
    () => true,
    () => false,
  );
}
