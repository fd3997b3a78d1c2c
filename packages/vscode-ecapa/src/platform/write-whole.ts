import { mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import * as vscode from 'vscode';

/**
 * Writes a file whole or not at all: under a temporary name in the same folder, which is made when it is not
 * there, then renamed. On disk it does so itself, for `workspace.fs.rename` deletes the old file first.
 *
 * Throws what the file system throws; no temporary file is left then.
 */
export async function writeWhole(file: vscode.Uri, data: Uint8Array): Promise<void> {
  const temporary = file.with({ path: `${file.path}.${process.pid}.tmp` });
  if (file.scheme !== 'file') {
    await vscode.workspace.fs.writeFile(temporary, data);
    await vscode.workspace.fs.rename(temporary, file, { overwrite: true });
    return;
  }
  await mkdir(dirname(file.fsPath), { recursive: true });
  try {
    const handle = await open(temporary.fsPath, 'w');
    try {
      await handle.writeFile(data);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary.fsPath, file.fsPath);
  } catch (error) {
    await rm(temporary.fsPath, { force: true });
    throw error;
  }
}
