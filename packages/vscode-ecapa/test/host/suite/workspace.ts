import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import * as vscode from 'vscode';
import { wav } from '../../../../../test/e2e/sounds.js';
import type { EcapaApi } from '../../../src/extension.js';

/** The repository, for its fixtures. */
export const ROOT = process.env.ECAPA_TEST_ROOT ?? '';

/** The workspace's only folder; empty at the start. */
export function workspaceFolder(): string {
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  if (folder === undefined) throw new Error('no folder is open');
  return folder.uri.fsPath;
}

/** The activated extension under test. */
export async function extension(): Promise<vscode.Extension<EcapaApi>> {
  const found = vscode.extensions.getExtension<EcapaApi>('ecapa.vscode-ecapa');
  if (found === undefined) throw new Error('the extension is not there');
  await found.activate();
  return found;
}

/** An empty folder in the workspace. */
export function freshFolder(name: string): string {
  const folder = join(workspaceFolder(), name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Copies one of test/fixtures/samples into a folder. */
export function copySample(sample: string, folder: string, name = basename(sample)): vscode.Uri {
  const path = join(folder, name);
  copyFileSync(join(ROOT, 'test', 'fixtures', 'samples', sample), path);
  return vscode.Uri.file(path);
}

/** Writes a mono 16-bit WAV of 16 kHz; `sampleAt` gives values in -1...1 for each sample's index. */
export function writeWav(path: string, seconds: number, sampleAt: (index: number) => number): vscode.Uri {
  writeFileSync(path, wav(seconds, sampleAt));
  return vscode.Uri.file(path);
}

/** Waits until something holds; throws after `seconds`, saying what it waited for. */
export async function until(
  what: string,
  holds: () => boolean | Promise<boolean>,
  seconds = 30,
): Promise<void> {
  const deadline = Date.now() + 1000 * seconds;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`waited ${seconds} s in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/**
 * Waits until the editor has noticed everything that lies in a folder of the workspace by now. A file that is made and
 * deleted before that is, for the editor, one that never was: it reports neither.
 */
export async function noticed(folder: string): Promise<void> {
  const path = join(folder, 'noticed.tmp');
  const watcher = vscode.workspace.createFileSystemWatcher('**/noticed.tmp');
  try {
    await new Promise<void>((resolve) => {
      watcher.onDidCreate(({ fsPath }) => fsPath === path && resolve());
      writeFileSync(path, '');
    });
  } finally {
    watcher.dispose();
    rmSync(path);
  }
}
