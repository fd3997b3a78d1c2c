import { availableParallelism } from 'node:os';
import { isAbsolute, join } from 'node:path';
import * as vscode from 'vscode';

/** The user's settings, checked and with their defaults filled in. Read anew whenever they are needed. */
export interface Settings {
  /** Id or folder of the embedding model; absent for the embedded one. */
  readonly model: string | undefined;
  /** Id or file of the head; absent for the model's own. */
  readonly head: string | undefined;
  readonly workers: number;
  readonly ffmpegPath: string | undefined;
  /** In lower case, with their dots. */
  readonly extraExtensions: readonly string[];
  readonly decorations: boolean;
  readonly remoteFileLimitBytes: number;
}

/** The section that all settings stand under. */
export const SECTION = 'ecapa';

export function readSettings(): Settings {
  const section = vscode.workspace.getConfiguration(SECTION);
  const workers = section.get('workers', 0);
  return {
    model: located(section.get('model', '')),
    head: located(section.get('head', '')),
    workers: workers > 0 ? workers : Math.max(1, availableParallelism() - 1),
    ffmpegPath: section.get('ffmpegPath', '').trim() || undefined,
    extraExtensions: section.get<string[]>('extraExtensions', []).map(dotted),
    decorations: section.get('decorations.enabled', true),
    remoteFileLimitBytes: section.get('remoteFileLimitMegabytes', 512) * 1024 * 1024,
  };
}

/** A path is relative to the first workspace folder; an id, which has no separator, stays as it is. */
function located(name: string): string | undefined {
  const trimmed = name.trim();
  if (trimmed === '') return undefined;
  const isPath = /[\\/]/.test(trimmed) || trimmed.endsWith('.json');
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
  return isPath && !isAbsolute(trimmed) && folder !== undefined ? join(folder.uri.fsPath, trimmed) : trimmed;
}

function dotted(extension: string): string {
  const name = extension.trim().toLowerCase();
  return name.startsWith('.') ? name : `.${name}`;
}
