import type { EcapaError } from '@ecapa/core';
import * as vscode from 'vscode';
import { loadCore } from '../core.js';
import { audioSource } from '../engine/audio-source.js';
import type { Engine, EngineLease } from '../engine/engine.js';
import type { Result, Verdict } from './result.js';
import type { ResultStore } from './result-store.js';

/** How a run ended. Files that were not reached when it was cancelled keep what was known of them before. */
export interface RunSummary {
  readonly done: number;
  readonly failed: number;
  readonly total: number;
  readonly isCancelled: boolean;
}

/** Errors that every further file would end with too: the run stops and throws them. */
const FATAL: ReadonlySet<string> = new Set(['CLOSED', 'RUNTIME_UNAVAILABLE', 'DISK_FULL']);

/**
 * Classifies files, as many at a time as there are workers, and puts each result into the store as it comes.
 * A file's own error is its result. The model and head of the start are kept to the end, whatever the
 * settings become meanwhile.
 *
 * Throws EcapaError when model or head cannot be opened, or for what concerns all files.
 */
export async function classifyFiles(
  files: readonly vscode.Uri[],
  { engine, store }: { readonly engine: Engine; readonly store: ResultStore },
  options: {
    readonly signal: AbortSignal;
    readonly onProgress: (done: number, file: vscode.Uri) => void;
  },
): Promise<RunSummary> {
  const { isEcapaError } = await loadCore();
  const { signal, onProgress } = options;
  const before = new Map<string, Result | undefined>();
  for (const uri of files) {
    before.set(uri.toString(), store.get(uri.toString()));
    store.set({ uri: uri.toString(), state: 'queued' });
  }
  const lease = await engine.lease().catch((error: unknown) => {
    putBack(store, before);
    throw error;
  });
  const counts = { done: 0, failed: 0 };
  let next = 0;
  let fatal: { readonly error: unknown } | undefined;
  const worker = async (): Promise<void> => {
    while (!signal.aborted && fatal === undefined) {
      const file = files[next++];
      if (file === undefined) return;
      const uri = file.toString();
      store.set({ uri, state: 'running' });
      try {
        store.set(await classifyFile(file, lease, signal));
      } catch (error) {
        if (!isEcapaError(error) || FATAL.has(error.code)) {
          fatal ??= { error };
          return;
        }
        if (error.code === 'CANCELLED') return;
        counts.failed++;
        store.set({ uri, state: 'failed', error: plain(error) });
      }
      before.delete(uri);
      counts.done++;
      onProgress(counts.done, file);
    }
  };
  try {
    await Promise.all(Array.from({ length: lease.classifier.workers }, worker));
  } finally {
    lease.release();
    putBack(store, before);
  }
  if (fatal !== undefined) throw fatal.error;
  return { ...counts, total: files.length, isCancelled: signal.aborted };
}

async function classifyFile(file: vscode.Uri, lease: EngineLease, signal: AbortSignal): Promise<Result> {
  const source = await audioSource(file);
  const { size: sizeBytes, mtime: modifiedMs } = await vscode.workspace.fs.stat(file).then(
    (stat) => stat,
    () => ({ size: 0, mtime: 0 }), // it is gone: core says so
  );
  const result = await lease.classifier.classify(source, { head: lease.head, signal, name: nameOf(file) });
  const { embedding: _, timings: __, ...verdict } = result;
  return {
    uri: file.toString(),
    state: 'done',
    verdict: verdict satisfies Verdict,
    stamp: { sizeBytes, modifiedMs },
    identity: lease.identity,
  };
}

function putBack(store: ResultStore, before: ReadonlyMap<string, Result | undefined>): void {
  for (const [uri, result] of before) {
    if (result === undefined) store.delete(uri);
    else store.set(result);
  }
}

function nameOf(file: vscode.Uri): string {
  return file.scheme === 'file' ? file.fsPath : file.toString(true);
}

function plain({ code, message, file }: EcapaError) {
  return { code, message, ...(file === undefined ? {} : { file }) };
}
