import * as vscode from 'vscode';
import { isFileNotFound } from '../../platform/file-not-found.js';
import { readSmallFile } from '../../platform/read-small-file.js';
import { writeWhole } from '../../platform/write-whole.js';

/** A timeline of a day has some 30 MB. */
const MOST_BYTES = 256 * 1024 * 1024;

/** A file of one's own, or undefined when there is none or it is not what was written once. Rejects when it cannot be read. */
export async function readJson<T>(
  file: vscode.Uri,
  isValid: (value: unknown) => value is T,
): Promise<T | undefined> {
  let bytes: Uint8Array;
  try {
    bytes = await readSmallFile(file, MOST_BYTES);
  } catch (error) {
    if (isFileNotFound(error)) return undefined;
    throw error;
  }
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isValid(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whole or not at all. */
export function writeJson(file: vscode.Uri, value: unknown): Promise<void> {
  return writeWhole(file, JSON.stringify(value));
}

const DAY_MILLISECONDS = 24 * 3600 * 1000;

/** Deletes what a window that crashed has left in a folder of temporary files; never rejects. */
export async function removeLeftovers(folder: vscode.Uri): Promise<void> {
  const { fs } = vscode.workspace;
  try {
    for (const [name] of await fs.readDirectory(folder)) {
      const file = vscode.Uri.joinPath(folder, name);
      const { mtime } = await fs.stat(file);
      if (Date.now() - mtime > 2 * DAY_MILLISECONDS) await fs.delete(file, { recursive: true });
    }
  } catch {
    // The folder is not there yet, or another window tidies it up at the same time.
  }
}

/** Deletes the oldest entries of a folder until the rest is within `limitBytes`; never rejects. */
export async function keepWithin(folder: vscode.Uri, limitBytes: number): Promise<void> {
  const { fs } = vscode.workspace;
  const sizeOf = async (uri: vscode.Uri): Promise<{ size: number; mtime: number }> => {
    const stat = await fs.stat(uri);
    if (stat.type !== vscode.FileType.Directory) return stat;
    const inside = await fs.readDirectory(uri);
    const stats = await Promise.all(inside.map(([name]) => sizeOf(vscode.Uri.joinPath(uri, name))));
    return { size: stats.reduce((sum, { size }) => sum + size, 0), mtime: stat.mtime };
  };
  try {
    const entries = await Promise.all(
      (await fs.readDirectory(folder)).map(async ([name]) => {
        const uri = vscode.Uri.joinPath(folder, name);
        return { uri, ...(await sizeOf(uri)) };
      }),
    );
    let total = entries.reduce((sum, { size }) => sum + size, 0);
    for (const { uri, size } of entries.sort((a, b) => a.mtime - b.mtime)) {
      if (total <= limitBytes) return;
      await fs.delete(uri, { recursive: true });
      total -= size;
    }
  } catch {
    // The folder is not there yet, or another window tidies it up at the same time.
  }
}
