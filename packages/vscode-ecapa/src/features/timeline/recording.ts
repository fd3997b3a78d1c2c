import { createHash, randomBytes } from 'node:crypto';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import type { FileStamp } from '@ecapa/core/host';
import type * as vscode from 'vscode';
import { audioSource } from '../../platform/engine/audio-source.js';

/** A recording where programs can read it. */
export interface LocalRecording {
  readonly path: string;
  /** What messages call it. */
  readonly name: string;
  /** A copy that goes when the editor closes. */
  readonly isCopy: boolean;
  dispose(): Promise<void>;
}

/**
 * The file itself, or, in a virtual workspace, a copy of it in `temporary`.
 * Throws what `audioSource` throws.
 */
export async function localRecording(uri: vscode.Uri, temporary: vscode.Uri): Promise<LocalRecording> {
  const source = await audioSource(uri);
  if (typeof source === 'string')
    return { path: source, name: source, isCopy: false, dispose: () => Promise.resolve() };
  const folder = temporary.fsPath;
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${randomBytes(8).toString('hex')}${extname(basename(uri.path))}`);
  await writeFile(path, source as Uint8Array);
  return { path, name: uri.toString(true), isCopy: true, dispose: () => rm(path, { force: true }) };
}

/** Stands for the file as it looks now, for names of files made from it. */
export function stampKey(uri: vscode.Uri, stamp: FileStamp): string {
  const text = JSON.stringify([uri.toString(), stamp.sizeBytes, stamp.modifiedMs]);
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}
