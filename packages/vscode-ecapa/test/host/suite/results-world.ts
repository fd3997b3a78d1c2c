import { join } from 'node:path';
import * as vscode from 'vscode';
import type { EcapaApi } from '../../../src/extension.js';
import type { DoneResult, FailedResult, Result } from '../../../src/features/classify/state/result.js';
import { extension, until, writeWav } from './workspace.js';

export async function api(): Promise<EcapaApi> {
  return (await extension()).exports;
}

export function isActive(result: Result): boolean {
  return result.state === 'queued' || result.state === 'running';
}

/** The result of a file that must have been classified, or a failure that says what there is instead. */
export function doneResult(store: EcapaApi['store'], file: vscode.Uri): DoneResult {
  const result = store.get(file.toString());
  if (result?.state !== 'done') throw new Error(`${file.path}: ${JSON.stringify(result)}`);
  return result;
}

export function failedResult(store: EcapaApi['store'], file: vscode.Uri): FailedResult {
  const result = store.get(file.toString());
  if (result?.state !== 'failed') throw new Error(`${file.path}: ${JSON.stringify(result)}`);
  return result;
}

/** Short recordings `clip-0.wav` ... each of a tone of its own. */
export function writeClips(folder: string, count: number, seconds = 1): vscode.Uri[] {
  return Array.from({ length: count }, (_, n) => {
    const name = `clip-${String(n).padStart(4, '0')}.wav`;
    const hz = 200 + 7 * n;
    return writeWav(join(folder, name), seconds, (i) => 0.3 * Math.sin((2 * Math.PI * hz * i) / 16_000));
  });
}

export async function setting(name: string, value: unknown): Promise<void> {
  await vscode.workspace.getConfiguration('ecapa').update(name, value, vscode.ConfigurationTarget.Workspace);
}

/** An empty list of results, nothing at work. */
export async function cleared(): Promise<EcapaApi> {
  const exports = await api();
  await exports.results.restored;
  await until('no run is under way', () => exports.results.runs.count === 0);
  for (const { uri } of exports.store.all()) exports.store.delete(uri);
  return exports;
}
