import type { Classifier, RuntimeInfo } from '@ecapa/core';
import type { EngineIdentity, EngineLease, ModelLease } from '@ecapa/core/host';
import * as vscode from 'vscode';
import { loadCore } from '../core.js';
import { readSettings, SECTION } from '../settings.js';

/** Worker processes of a model that nobody uses are closed after this time. */
const IDLE_SECONDS = 300;
/** Settings that only another engine can follow. */
const ENGINE_SETTINGS = ['model', 'workers', 'ffmpegPath', 'runtime'];

/**
 * The model and head that the settings name, loaded on first use in processes of their own. When settings change,
 * work under way keeps what it has; the next lease gets the new.
 */
export class Engine implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  /** Model or head have changed, or may have: verdicts at hand may be stale. */
  readonly onDidChange = this.#changed.event;
  readonly #subscription: vscode.Disposable;
  #isUsed = false;
  #identity: EngineIdentity | undefined;
  #runtime: RuntimeInfo | undefined;
  readonly #log: Pick<vscode.LogOutputChannel, 'info' | 'warn'>;

  constructor(log: Pick<vscode.LogOutputChannel, 'info' | 'warn'>) {
    this.#log = log;
    this.#subscription = vscode.workspace.onDidChangeConfiguration((event) => {
      const isChanged = (name: string): boolean => event.affectsConfiguration(`${SECTION}.${name}`);
      if (ENGINE_SETTINGS.some(isChanged)) this.#retire();
      if (isChanged('model') || isChanged('head')) this.reload();
    });
  }

  /** Of the last lease; undefined before the first one and after a change of settings. */
  get identity(): EngineIdentity | undefined {
    return this.#identity;
  }

  /** What computes, and why; undefined before the first lease. */
  get runtime(): RuntimeInfo | undefined {
    return this.#runtime;
  }

  /** The head's file was written over, or another head is named: what is known of it may no longer be true. */
  reload(): void {
    this.#identity = undefined;
    this.#changed.fire();
  }

  /** The model, also one that has no head yet. Throws what `Classifier.open` throws. */
  async leaseModel(): Promise<ModelLease> {
    const { leaseModel } = await loadCore();
    this.#isUsed = true;
    const leased = await leaseModel(engineOptions());
    this.#note(leased.classifier);
    return leased;
  }

  /** Throws what `Classifier.open` and `loadHead` throw. */
  async lease(): Promise<EngineLease> {
    const { lease } = await loadCore();
    this.#isUsed = true;
    const { head } = readSettings();
    const leased = await lease({ ...engineOptions(), ...(head === undefined ? {} : { head }) });
    this.#note(leased.classifier);
    const isNews = JSON.stringify(leased.identity) !== JSON.stringify(this.#identity);
    this.#identity = leased.identity;
    if (isNews) this.#changed.fire();
    return leased;
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
    this.#retire();
  }

  /** Logs which runtime computes whenever that has changed. */
  #note({ model: { runtime } }: Classifier): void {
    if (JSON.stringify(runtime) === JSON.stringify(this.#runtime)) return;
    this.#runtime = runtime;
    const { name, version, reason } = runtime;
    const what = `ONNX Runtime ${version}, ${name === 'native' ? 'native library' : 'WebAssembly'}`;
    if (reason === undefined) this.#log.info(what);
    else this.#log.warn(`${what}: ${reason.message}`);
    this.#changed.fire();
  }

  #retire(): void {
    if (this.#isUsed) void loadCore().then(({ retireEngines }) => retireEngines());
  }
}

function engineOptions() {
  const { model, workers, ffmpegPath, runtime } = readSettings();
  return {
    workers,
    runtime,
    idleSeconds: IDLE_SECONDS,
    ...(model === undefined ? {} : { model }),
    ...(ffmpegPath === undefined ? {} : { ffmpegPath }),
  };
}
