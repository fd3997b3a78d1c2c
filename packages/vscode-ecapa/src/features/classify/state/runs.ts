import type { EcapaError } from '@ecapa/core';
import type { EngineLease } from '@ecapa/core/host';
import { eventLoopYielder } from '@ecapa/core/host';
import * as vscode from 'vscode';
import { loadCore } from '../../../platform/core.js';
import { nameOf } from '../../../platform/engine/audio-source.js';
import type { Engine } from '../../../platform/engine/engine.js';
import { stampOf } from '../../../platform/file-stamp.js';
import { classifyFile, isFresh } from './classify-file.js';
import { type Result, type SettledResult, settled } from './result.js';
import type { ResultStore } from './result-store.js';
import { refreshed } from './staleness.js';

export interface RunOptions {
  readonly signal: AbortSignal;
  /** Leave files alone whose verdict is of the same file, model and head. */
  readonly skipFresh?: boolean;
  readonly onProgress?: (progress: RunProgress) => void;
}

/** Reported whenever a file is done, and along the way of a long one. */
export interface RunProgress {
  readonly done: number;
  readonly total: number;
  /** Of `done`, those whose verdict was still good. */
  readonly fresh: number;
  readonly file: vscode.Uri;
  /** Of `file`, while it is at work. */
  readonly doneSeconds?: number;
  readonly totalSeconds?: number;
}

/** How a run ended. Files that were not reached when it was cancelled keep what was known of them before. */
export interface RunSummary {
  /** Files that have a result now, failed and fresh ones included. */
  readonly done: number;
  readonly failed: number;
  /** Files whose verdict was still good. */
  readonly fresh: number;
  readonly total: number;
  readonly isCancelled: boolean;
}

/**
 * Classifies files, as many at a time as there are workers, and puts each result into the store as it comes. A
 * file's own error is its result. Several runs share the workers in turns; none does a file that another is at
 * or has done meanwhile. Each keeps the model and head of its start to its end, whatever the settings become.
 */
export class Runs implements vscode.Disposable {
  readonly #engine: Engine;
  readonly #store: ResultStore;
  readonly #log: vscode.LogOutputChannel;
  readonly #active = new Set<AbortController>();
  readonly #changed = new vscode.EventEmitter<void>();
  /** A run began or ended. */
  readonly onDidChange = this.#changed.event;
  /** How many runs wait for a file or are at it. */
  readonly #wanted = new Map<string, number>();
  readonly #working = new Map<string, Promise<unknown>>();
  /** By runs that overlap with those under way. */
  readonly #finished = new Set<string>();

  constructor(engine: Engine, store: ResultStore, log: vscode.LogOutputChannel) {
    this.#engine = engine;
    this.#store = store;
    this.#log = log;
  }

  /** How many runs are under way. */
  get count(): number {
    return this.#active.size;
  }

  /** How many files wait or are at work. */
  get filesLeft(): number {
    return this.#wanted.size;
  }

  cancelAll(): void {
    for (const abort of this.#active) abort.abort();
  }

  dispose(): void {
    this.cancelAll();
    this.#changed.dispose();
  }

  /** Throws EcapaError when model or head cannot be opened, or for what concerns all files. */
  async run(files: readonly vscode.Uri[], options: RunOptions): Promise<RunSummary> {
    const abort = new AbortController();
    const signal = AbortSignal.any([options.signal, abort.signal]);
    const left = new Set<string>();
    this.#active.add(abort);
    this.#changed.fire();
    try {
      const yieldToEventLoop = eventLoopYielder();
      for (const file of files) {
        await yieldToEventLoop();
        if (signal.aborted) break;
        this.#want(file.toString(), left);
      }
      const lease = await leaseUnlessAborted(this.#engine, signal);
      if (lease === undefined)
        return { done: 0, failed: 0, fresh: 0, total: files.length, isCancelled: true };
      try {
        return await this.#work(files, lease, left, { ...options, signal });
      } finally {
        lease.release();
      }
    } finally {
      for (const uri of left) this.#letGo(uri);
      this.#active.delete(abort);
      if (this.#active.size === 0) this.#finished.clear();
      this.#changed.fire();
    }
  }

  async #work(
    files: readonly vscode.Uri[],
    lease: EngineLease,
    left: Set<string>,
    options: RunOptions,
  ): Promise<RunSummary> {
    const { EcapaError, isEcapaError, processFiles } = await loadCore();
    const { signal, onProgress } = options;
    const counts = { done: 0, failed: 0, fresh: 0 };
    const work = async (file: vscode.Uri): Promise<SettledResult> => {
      const uri = file.toString();
      while (this.#working.has(uri)) await this.#working.get(uri);
      if (signal.aborted) throw new EcapaError('CANCELLED', `${nameOf(file)}: cancelled.`);
      const result = this.#classify(file, lease, {
        ...options,
        onProgress: (doneSeconds, totalSeconds) =>
          onProgress?.({
            done: counts.done,
            fresh: counts.fresh,
            total: files.length,
            file,
            doneSeconds,
            ...(totalSeconds === undefined ? {} : { totalSeconds }),
          }),
        onFresh: () => counts.fresh++,
      });
      const quiet = result.then(
        () => undefined,
        () => undefined,
      );
      this.#working.set(uri, quiet);
      try {
        return await result;
      } finally {
        if (this.#working.get(uri) === quiet) this.#working.delete(uri);
      }
    };
    const outcomes = processFiles(files, work, { concurrency: lease.classifier.workers, signal });
    try {
      for await (const outcome of outcomes) {
        const { file } = outcome;
        if ('value' in outcome && outcome.value.state === 'failed') counts.failed++;
        left.delete(file.toString());
        this.#letGo(file.toString());
        counts.done++;
        onProgress?.({ done: counts.done, fresh: counts.fresh, total: files.length, file });
      }
    } catch (error) {
      if (!isEcapaError(error) || error.code !== 'CANCELLED') throw error;
    }
    return { ...counts, total: files.length, isCancelled: signal.aborted && counts.done < files.length };
  }

  /** Throws CANCELLED, what concerns all files, and what is not an EcapaError at all. */
  async #classify(
    file: vscode.Uri,
    lease: EngineLease,
    options: Pick<RunOptions, 'signal' | 'skipFresh'> & {
      readonly onProgress: (doneSeconds: number, totalSeconds: number | undefined) => void;
      readonly onFresh: () => void;
    },
  ): Promise<SettledResult> {
    const { fileOutcome } = await loadCore();
    const uri = file.toString();
    const stamp = await stampOf(file);
    const previous = settled(this.#store.get(uri));
    // What another run has just found out need not be found out again.
    const isShared = this.#finished.has(uri);
    if ((options.skipFresh || isShared) && isFresh(previous, stamp, lease)) {
      if (!isShared) options.onFresh();
      return this.#finish(previous, lease);
    }
    const running: Result = {
      uri,
      state: 'running',
      ...(previous === undefined ? {} : { previous }),
    };
    this.#store.set(running);
    const corrected =
      previous?.correctedLabel === undefined ? {} : { correctedLabel: previous.correctedLabel };
    const outcome = await fileOutcome(file, () =>
      classifyFile(file, lease, {
        signal: options.signal,
        stamp,
        onProgress: (doneSeconds, totalSeconds) => {
          // Reported late, it must not undo what has become of the file.
          if (this.#store.get(uri)?.state !== 'running') return;
          this.#store.set({
            ...running,
            doneSeconds,
            ...(totalSeconds === undefined ? {} : { totalSeconds }),
          });
          options.onProgress(doneSeconds, totalSeconds);
        },
      }),
    );
    if ('value' in outcome) return this.#finish({ ...outcome.value, ...corrected }, lease);
    const { error } = outcome;
    this.#log.warn(`${nameOf(file)}: ${error.code}: ${error.message}`);
    return this.#finish(
      {
        uri,
        state: 'failed',
        error: plain(error),
        ...(stamp === undefined ? {} : { stamp }),
        ...corrected,
      },
      lease,
    );
  }

  #finish(result: SettledResult, { identity }: EngineLease): SettledResult {
    // The settings may have changed since the run began.
    const now = refreshed(result, { identity: this.#engine.identity ?? identity });
    this.#store.set(now);
    this.#finished.add(result.uri);
    return now;
  }

  #want(uri: string, left: Set<string>): void {
    if (left.has(uri)) return;
    left.add(uri);
    this.#wanted.set(uri, (this.#wanted.get(uri) ?? 0) + 1);
    const known = this.#store.get(uri);
    if (known?.state === 'queued' || known?.state === 'running') return;
    this.#store.set({ uri, state: 'queued', ...(known === undefined ? {} : { previous: known }) });
  }

  /** One run less that wants the file; when it was the last, nothing may go on looking as if it waited. */
  #letGo(uri: string): void {
    const result = this.#store.get(uri);
    const others = (this.#wanted.get(uri) ?? 1) - 1;
    if (others > 0) {
      this.#wanted.set(uri, others);
      if (result?.state === 'running' && !this.#working.has(uri))
        this.#store.set({ uri, state: 'queued', ...(result.previous && { previous: result.previous }) });
      return;
    }
    this.#wanted.delete(uri);
    if (result === undefined || result.state === 'done' || result.state === 'failed') return;
    if (result.previous === undefined) this.#store.delete(uri);
    else this.#store.set(refreshed(result.previous, { identity: this.#engine.identity }));
  }
}

/** A model can take its time to load: a run that is cancelled meanwhile does not wait for it. */
async function leaseUnlessAborted(engine: Engine, signal: AbortSignal): Promise<EngineLease | undefined> {
  const leasing = engine.lease();
  let stopWaiting: () => void = () => undefined;
  const aborted = new Promise<void>((resolve) => {
    stopWaiting = resolve;
    signal.addEventListener('abort', stopWaiting, { once: true });
    if (signal.aborted) resolve();
  });
  await Promise.race([leasing, aborted]);
  signal.removeEventListener('abort', stopWaiting);
  if (!signal.aborted) return leasing;
  leasing.then(
    (lease) => lease.release(),
    () => undefined, // nobody waits for it any more
  );
  return undefined;
}

function plain({ code, message, file }: EcapaError) {
  return { code, message, ...(file === undefined ? {} : { file }) };
}
