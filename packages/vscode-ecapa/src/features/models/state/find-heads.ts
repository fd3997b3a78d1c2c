import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import * as vscode from 'vscode';
import { type HeadPreview, PREVIEW_BYTES, readHeadPreview } from './head-preview.js';

export interface FoundHeadFile extends HeadPreview {
  readonly path: string;
}

/** JSON files that are looked into at most. */
const MOST_FILES = 2000;
const AT_ONCE = 8;

/** Head files in the workspace, recognized by the beginning of each; those under `.ecapa` come first. */
export async function findHeadFiles(token: vscode.CancellationToken): Promise<FoundHeadFile[]> {
  const uris = await vscode.workspace.findFiles('**/*.json', '**/node_modules/**', MOST_FILES, token);
  const waiting = uris.filter(({ scheme }) => scheme === 'file').map(({ fsPath }) => fsPath);
  const found: FoundHeadFile[] = [];
  const look = async (): Promise<void> => {
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if (token.isCancellationRequested) return;
      const preview = await previewHeadFile(path);
      if (preview !== undefined) found.push({ ...preview, path });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, look));
  const rank = (path: string): string => `${/[\\/]\.ecapa[\\/]/.test(path) ? 0 : 1}${path}`;
  return found.sort((a, b) => (rank(a.path) < rank(b.path) ? -1 : 1));
}

/** Undefined for what is no head file or cannot be read. */
export async function previewHeadFile(path: string): Promise<HeadPreview | undefined> {
  try {
    // A pipe may block for ever, a device never ends.
    const file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    try {
      if (!(await file.stat()).isFile()) return undefined;
      const { buffer, bytesRead } = await file.read(Buffer.alloc(PREVIEW_BYTES), 0, PREVIEW_BYTES, 0);
      return readHeadPreview(buffer.toString('utf8', 0, bytesRead));
    } finally {
      await file.close();
    }
  } catch {
    return undefined;
  }
}
