import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { type Classifier, checkModel, type Head } from '@ecapa/core';
import {
  currentHead,
  type EngineHold,
  type HeadedSettings,
  holdEngineOf,
  installedModelDirectory,
  type Jobs,
  makeWhole,
  resultOf,
  runJob,
} from '@ecapa/core/host';
import { type Clip, saveHead, type TeachOptions } from '@ecapa/core/train';

export interface SessionSettings extends HeadedSettings {
  /** Where a head trained in the flow is kept; it wins over `head` when it is there. */
  readonly trainedHeadFile: string;
}

/** How long a model stays loaded for the flow that is being redeployed. */
const REDEPLOY_SECONDS = 10;
/** A model that cannot be opened is not tried again with every message. */
const RETRY_SECONDS = 5;

/** A config node's engine and head. */
export class ModelSession {
  #settings: SessionSettings;
  #hold: EngineHold;
  #failedAt: number | undefined;
  #classifier: Classifier | undefined;
  #closed = false;

  constructor(settings: SessionSettings) {
    this.#settings = settings;
    this.#hold = this.#newHold();
  }

  /** The engine. Rejects with a typed error; tried again on a call 5 s later. */
  async engine(): Promise<Classifier> {
    if (this.#failedAt !== undefined && performance.now() - this.#failedAt > 1000 * RETRY_SECONDS) {
      await this.#hold.release(0);
      if (!this.#closed) this.#hold = this.#newHold();
    }
    return this.#hold.opened;
  }

  /** The head that verdicts come from: trained in the flow, named, or the model's own; as it is on disk now. */
  async head(): Promise<Head> {
    const engine = await this.engine();
    return (await currentHead(this.names.head, engine)).head;
  }

  /**
   * Goes on with a model where neither a model nor a head is named: clips were embedded by it before another one became
   * the default. One that is not installed, or a model that cannot be opened, changes nothing.
   */
  async goOnWith(modelId: string): Promise<void> {
    const isOpenToIt = (): boolean => !this.#closed && Object.keys(this.names).length === 0;
    if (!isOpenToIt() || (await installedModelDirectory(modelId)) === undefined) return;
    const current = await this.engine().catch(() => undefined); // its users report why
    // Meanwhile the flow may have been stopped, or a head been taught: a hold that is taken now would stay.
    if (current === undefined || current.model.id === modelId || !isOpenToIt()) return;
    const hold = this.#hold;
    this.#settings = { ...this.#settings, model: modelId };
    this.#hold = this.#newHold();
    await hold.release(REDEPLOY_SECONDS);
  }

  /** Keeps a head on disk, then uses it for all jobs that start from now on. Returns the file. */
  async replaceHead(head: Head): Promise<string> {
    const engine = await this.engine();
    checkModel(head, engine.model.id, engine.model.dimension);
    const file = this.#settings.trainedHeadFile;
    await mkdir(dirname(file), { recursive: true });
    await saveHead(file, head);
    return file;
  }

  /** Trains a head away from the event loop, keeps it on disk, then uses it for all jobs that start from now on. */
  async trainHead(
    clips: readonly Clip[],
    options: Omit<TeachOptions, 'modelId' | 'modelSha256' | 'signal'>,
    signal: AbortSignal,
  ): Promise<Jobs['train']['result']> {
    const { model } = await this.engine();
    const identified = { ...options, modelId: model.id, modelSha256: model.sha256 };
    return makeWhole(this.#settings.trainedHeadFile, (output) =>
      resultOf(runJob('train', { clips, options: identified, output }, { name: options.id, signal })),
    );
  }

  /** Model and head as they are named, where they are; known before the engine is open. */
  get names(): { readonly model?: string; readonly head?: string } {
    const { model, head: named, trainedHeadFile } = this.#settings;
    const head = existsSync(trainedHeadFile) ? trainedHeadFile : named;
    return { ...(model !== undefined && { model }), ...(head !== undefined && { head }) };
  }

  /** Where a head trained in the flow is kept. */
  get trainedHeadFile(): string {
    return this.#settings.trainedHeadFile;
  }

  /** Jobs that wait; 0 while the model is still loading. */
  get queued(): number {
    return this.#classifier?.stats().queued ?? 0;
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  async close(removed: boolean): Promise<void> {
    this.#closed = true;
    await this.#hold.release(removed ? 0 : REDEPLOY_SECONDS);
  }

  #newHold(): EngineHold {
    const { trainedHeadFile: _file, ...settings } = this.#settings;
    const hold = holdEngineOf({ ...settings, ...this.names });
    this.#failedAt = undefined;
    hold.opened.then(
      (classifier) => {
        this.#classifier = classifier;
      },
      () => {
        this.#failedAt = performance.now();
      },
    );
    return hold;
  }
}
