import { readRegularFile } from '@ecapa/core/host';
import * as vscode from 'vscode';

/**
 * Reads a file that is to be in memory whole: settings, caches, lists, labels. On disk only regular files, because a pipe
 * may block for ever and a device never ends.
 *
 * Rejects with core's typed read errors on disk, with what `workspace.fs` reports elsewhere, and with an `Error` for
 * more than `maximumBytes`.
 */
export async function readSmallFile(uri: vscode.Uri, maximumBytes: number): Promise<Uint8Array> {
  if (uri.scheme === 'file') return readRegularFile(uri.fsPath, { maximumBytes, mayBeEmpty: true });
  const { size } = await vscode.workspace.fs.stat(uri);
  if (size > maximumBytes) throw new Error(`${uri.toString(true)}: larger than ${maximumBytes} bytes`);
  return vscode.workspace.fs.readFile(uri);
}
