import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { EcapaApi } from '../../../src/extension.js';
import type { TrainingStage } from '../../../src/features/teach/state/training.js';
import { setting } from './results-world.js';
import { extension } from './workspace.js';

/** A training to follow: what it reported, and the means to end it. */
export interface Followed {
  readonly stages: TrainingStage[];
  readonly abort: AbortController;
  readonly options: {
    readonly signal: AbortSignal;
    readonly onCut: (done: number, total: number) => void;
    readonly onStage: (stage: TrainingStage) => void;
  };
}

/** `onStage` is called besides, e.g. to cancel in the middle. */
export function followed(
  onStage: (stage: TrainingStage, abort: AbortController) => void = () => undefined,
): Followed {
  const abort = new AbortController();
  const stages: TrainingStage[] = [];
  return {
    stages,
    abort,
    options: {
      signal: abort.signal,
      onCut: () => undefined,
      onStage: (stage) => {
        stages.push(stage);
        onStage(stage, abort);
      },
    },
  };
}

/** The extension with no classes, its own cache of embeddings and models, and the embedded model and head. */
export function useTeaching(): { readonly api: () => EcapaApi } {
  let api: EcapaApi | undefined;
  let cache: string | undefined;
  const before_ = process.env.ECAPA_CACHE_DIR;
  before(async () => {
    cache = mkdtempSync(join(tmpdir(), 'ecapa-teach-'));
    process.env.ECAPA_CACHE_DIR = cache;
    api = (await extension()).exports;
  });
  beforeEach(async () => {
    await api?.teaching.classes.update(() => []);
  });
  after(async () => {
    await api?.teaching.classes.update(() => []);
    await setting('head', undefined);
    await setting('model', undefined);
    if (before_ === undefined) delete process.env.ECAPA_CACHE_DIR;
    else process.env.ECAPA_CACHE_DIR = before_;
    if (cache !== undefined) rmSync(cache, { recursive: true, force: true });
  });
  return {
    api: () => {
      if (api === undefined) throw new Error('before() has not run');
      return api;
    },
  };
}

/** Names in a folder, hidden ones too; none when there is no folder. */
export function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** The clips of a class, by the last part of their names. */
export function clipsOf({ teaching }: EcapaApi, name: string): string[] {
  const clips = teaching.classes.list.find((one) => one.name === name)?.clips ?? [];
  return clips.map(({ uri }) => decodeURIComponent(uri.slice(uri.lastIndexOf('/') + 1)));
}

export const NO_TOKEN = new vscode.CancellationTokenSource().token;
