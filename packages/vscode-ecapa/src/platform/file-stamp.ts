import { type FileStamp, statStamp } from '@ecapa/core/host';
import * as vscode from 'vscode';

/**
 * How the file looks now; undefined when it cannot be looked at. Files on disk are asked for directly: through
 * `workspace.fs`, each of thousands takes a round trip to the window.
 */
export async function stampOf(file: vscode.Uri): Promise<FileStamp | undefined> {
  try {
    if (file.scheme === 'file') return await statStamp(file.fsPath);
    const { size, mtime } = await vscode.workspace.fs.stat(file);
    return { sizeBytes: size, modifiedMs: mtime };
  } catch {
    return undefined;
  }
}
