import type { EngineLease } from '@ecapa/core/host';
import { type FileStamp, stalenessOf } from '@ecapa/core/host';
import type * as vscode from 'vscode';
import { audioSource, nameOf } from '../../../platform/engine/audio-source.js';
import type { DoneResult, SettledResult, Verdict } from './result.js';

/** True for a verdict that classifying again would only repeat. */
export function isFresh(
  known: SettledResult | undefined,
  stamp: FileStamp | undefined,
  { identity }: EngineLease,
): known is DoneResult {
  return (
    known?.state === 'done' && stamp !== undefined && stalenessOf(known, { stamp, identity }) === undefined
  );
}

/** Throws EcapaError for whatever is wrong with the file. `stamp` is how it looked before it was read. */
export async function classifyFile(
  file: vscode.Uri,
  lease: EngineLease,
  options: {
    readonly signal: AbortSignal;
    readonly stamp: FileStamp | undefined;
    readonly onProgress: (doneSeconds: number, totalSeconds: number | undefined) => void;
  },
): Promise<DoneResult> {
  const { signal, onProgress, stamp = { sizeBytes: 0, modifiedMs: 0 } } = options;
  const source = await audioSource(file);
  const result = await lease.classifier.classify(source, {
    head: lease.head,
    signal,
    name: nameOf(file),
    onProgress,
  });
  const { embedding: _, timings: __, ...verdict } = result;
  return {
    uri: file.toString(),
    state: 'done',
    verdict: verdict satisfies Verdict,
    stamp,
    identity: lease.identity,
  };
}
