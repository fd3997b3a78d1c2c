import type { ClassifyResult, ErrorData } from '@ecapa/core';
import type { EngineIdentity } from '../engine/engine.js';

/** A verdict as it is kept: core's, without what only concerns the moment. */
export type Verdict = Omit<ClassifyResult, 'embedding' | 'timings'>;

/** How a file looked when it was classified; a file that looks otherwise now has changed since. */
export interface FileStamp {
  readonly sizeBytes: number;
  readonly modifiedMs: number;
}

/** Why a verdict can no longer be trusted: the file, the model or the head is another one by now. */
export type Staleness = 'file' | 'model' | 'head';

/** What is known of one file. Plain data: it is kept as JSON. `uri` is the file's `Uri.toString()`. */
export type Result =
  | { readonly uri: string; readonly state: 'queued' | 'running' }
  | {
      readonly uri: string;
      readonly state: 'done';
      readonly verdict: Verdict;
      readonly stamp: FileStamp;
      readonly identity: EngineIdentity;
      readonly staleness?: Staleness;
      /** What a person says it is. */
      readonly correctedLabel?: string;
    }
  | {
      readonly uri: string;
      readonly state: 'failed';
      readonly error: ErrorData;
      readonly stamp?: FileStamp;
    };

export type DoneResult = Extract<Result, { state: 'done' }>;
export type FailedResult = Extract<Result, { state: 'failed' }>;
