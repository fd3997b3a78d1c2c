import { stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import type { FileStamp } from '../features/classify/state/result.js';

/**
 * How the file looks now; undefined when it cannot be looked at. Files on disk are asked for directly, with what
 * `workspace.fs` would say: through it, each of thousands takes a round trip to the window.
 */
export async function stampOf(file: vscode.Uri): Promise<FileStamp | undefined> {
  try {
    if (file.scheme !== 'file') {
      const { size, mtime } = await vscode.workspace.fs.stat(file);
      return { sizeBytes: size, modifiedMs: mtime };
    }
    const { size, mtime } = await stat(file.fsPath);
    return { sizeBytes: size, modifiedMs: mtime.getTime() };
  } catch {
    return undefined;
  }
}
