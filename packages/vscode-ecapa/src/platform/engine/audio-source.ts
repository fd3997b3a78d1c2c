import { stat } from 'node:fs/promises';
import type { AudioInput } from '@ecapa/core';
import * as vscode from 'vscode';
import { loadCore } from '../core.js';
import { readSettings } from '../settings.js';

/** What messages and core call a file. */
export function nameOf(file: vscode.Uri): string {
  return file.scheme === 'file' ? file.fsPath : file.toString(true);
}

/**
 * What core can read of a file: its path on disk, or, in a virtual workspace, its bytes, as `workspace.fs`
 * gives them all at once, up to the size that the user allows.
 *
 * Throws EcapaError FILE_NOT_FOUND, PERMISSION_DENIED, READ_FAILED, TOO_LONG.
 */
export async function audioSource(uri: vscode.Uri): Promise<AudioInput> {
  if (uri.scheme === 'file') {
    await refuseEndless(uri.fsPath);
    return uri.fsPath;
  }
  const { EcapaError } = await loadCore();
  const name = uri.toString(true);
  try {
    const limit = readSettings().remoteFileLimitBytes;
    const { size } = await vscode.workspace.fs.stat(uri);
    if (size > limit) {
      const megabytes = (bytes: number): number => Math.ceil(bytes / 1024 / 1024);
      throw new EcapaError(
        'TOO_LONG',
        vscode.l10n.t(
          '{0}: {1} MB in a virtual workspace, where the limit is {2} MB. Raise “ecapa.remoteFileLimitMegabytes” or copy the file to a disk.',
          name,
          megabytes(size),
          megabytes(limit),
        ),
        { file: name },
      );
    }
    return await vscode.workspace.fs.readFile(uri);
  } catch (cause) {
    if (!(cause instanceof vscode.FileSystemError)) throw cause;
    const options = { file: name, cause };
    if (cause.code === 'FileNotFound')
      throw new EcapaError('FILE_NOT_FOUND', `${name}: there is no such file.`, options);
    if (cause.code === 'NoPermissions')
      throw new EcapaError('PERMISSION_DENIED', `${name}: no permission to read it.`, options);
    throw new EcapaError('READ_FAILED', `${name}: it cannot be read (${cause.message}). Try again.`, options);
  }
}

/** A pipe, a socket or a device among recordings has no end that a run could wait for. */
async function refuseEndless(path: string): Promise<void> {
  const stats = await stat(path).catch(() => undefined); // its error is reported when it is read
  if (stats === undefined || stats.isFile() || stats.isDirectory()) return;
  const { EcapaError } = await loadCore();
  const message = vscode.l10n.t(
    '{0}: this is a pipe, a socket or a device, not a file. Copy its content into a file first.',
    path,
  );
  throw new EcapaError('READ_FAILED', message, { file: path });
}
