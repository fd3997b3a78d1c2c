import * as vscode from 'vscode';
import { loadCore } from './core.js';

/**
 * Writes a file whole or not at all: under a temporary name in the same folder, which is made when it is not
 * there, then renamed. On disk it does so itself, for `workspace.fs.rename` deletes the old file first.
 *
 * Throws `writeFileAtomically`'s EcapaError on disk, and what `workspace.fs` throws elsewhere.
 */
export async function writeWhole(file: vscode.Uri, data: string | Uint8Array): Promise<void> {
  const { makeFolder, temporarySibling, writeFileAtomically } = await loadCore();
  if (file.scheme === 'file') {
    await makeFolder(vscode.Uri.joinPath(file, '..').fsPath);
    await writeFileAtomically(file.fsPath, data);
    return;
  }
  const { fs } = vscode.workspace;
  const temporary = file.with({ path: temporarySibling(file.path, 'posix') });
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  try {
    await fs.writeFile(temporary, bytes);
    await fs.rename(temporary, file, { overwrite: true });
  } catch (error) {
    await fs.delete(temporary).then(undefined, () => undefined); // the error that matters is the first
    throw error;
  }
}
