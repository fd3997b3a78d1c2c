import { createHash } from 'node:crypto';
import type { Classifier, Head } from '@ecapa/core';
import * as vscode from 'vscode';
import { loadCore } from '../core.js';
import { stampOf } from '../file-stamp.js';
import { readSettings, SECTION, type Settings } from '../settings.js';

/** What a verdict depends on besides the audio; two verdicts of equal identity can be compared. */
export interface EngineIdentity {
  readonly modelId: string;
  readonly modelSha256: string;
  readonly headId: string;
  /** SHA-256 of the head file's text. */
  readonly headSha256: string;
}

/** One user's hold on the model alone, for what needs no head: it stays what it is until it is released. */
export interface ModelLease {
  readonly classifier: Classifier;
  /** Calling it again does nothing. */
  release(): void;
}

/** One user's hold on the engine: model and head stay what they are until it is released. */
export interface EngineLease extends ModelLease {
  /** Goes with each job. */
  readonly head: Head;
  readonly identity: EngineIdentity;
}

interface OpenClassifier {
  readonly key: string;
  readonly opened: Promise<Classifier>;
  users: number;
  isRetired: boolean;
  idle: NodeJS.Timeout | undefined;
}

/** Worker processes of a model that nobody uses are let go after this time. */
const IDLE_SECONDS = 300;

/**
 * The model and head that the settings name, loaded on first use in processes of their own.
 *
 * When settings change, whoever is at work keeps what he has; the next lease gets the new. A model that
 * could not be opened is tried anew by the next lease.
 */
export class Engine implements vscode.Disposable {
  readonly #changed = new vscode.EventEmitter<void>();
  /** Model or head have changed, or may have: verdicts at hand may be stale. */
  readonly onDidChange = this.#changed.event;
  readonly #subscription: vscode.Disposable;
  #current: OpenClassifier | undefined;
  #head: { readonly key: string; readonly found: Promise<FoundHead> } | undefined;
  #identity: EngineIdentity | undefined;

  constructor() {
    this.#subscription = vscode.workspace.onDidChangeConfiguration((event) => {
      if (event.affectsConfiguration(`${SECTION}.model`) || event.affectsConfiguration(`${SECTION}.head`))
        this.reload();
    });
  }

  /** Of the last lease; undefined before the first one and after a change of settings. */
  get identity(): EngineIdentity | undefined {
    return this.#identity;
  }

  /** Looks for the head anew: its file was written over, or another one is named. */
  reload(): void {
    this.#head = undefined;
    this.#identity = undefined;
    this.#changed.fire();
  }

  /** The model, also one that has no head yet. Throws what `Classifier.open` throws. */
  async leaseModel(settings = readSettings()): Promise<ModelLease> {
    const open = this.#open(settings);
    open.users++;
    clearTimeout(open.idle);
    let isReleased = false;
    const release = (): void => {
      if (isReleased) return;
      isReleased = true;
      open.users--;
      this.#closeWhenUnused(open);
    };
    try {
      return { classifier: await open.opened, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  /** Throws what `Classifier.open` and `loadHead` throw. */
  async lease(): Promise<EngineLease> {
    const settings = readSettings();
    const { classifier, release } = await this.leaseModel(settings);
    try {
      const { head, sha256 } = await this.#findHead(settings, classifier);
      const identity = {
        modelId: classifier.model.id,
        modelSha256: classifier.model.sha256,
        headId: head.id,
        headSha256: sha256,
      };
      const isNews = JSON.stringify(identity) !== JSON.stringify(this.#identity);
      this.#identity = identity;
      if (isNews) this.#changed.fire();
      return { classifier, head, identity, release };
    } catch (error) {
      release();
      throw error;
    }
  }

  dispose(): void {
    this.#subscription.dispose();
    this.#changed.dispose();
    const open = this.#current;
    this.#current = undefined;
    if (open !== undefined) void close(open);
  }

  #open({ model, workers, ffmpegPath }: Settings): OpenClassifier {
    const key = JSON.stringify([model, workers, ffmpegPath]);
    const current = this.#current;
    if (current?.key === key) return current;
    if (current !== undefined) {
      current.isRetired = true;
      this.#closeWhenUnused(current);
    }
    const opened = loadCore().then((core) =>
      core.Classifier.open({
        workers,
        ...(model === undefined ? {} : { model }),
        ...(ffmpegPath === undefined ? {} : { ffmpegPath }),
      }),
    );
    const open: OpenClassifier = { key, opened, users: 0, isRetired: false, idle: undefined };
    this.#current = open;
    opened.catch(() => {
      if (this.#current === open) this.#current = undefined;
    });
    return open;
  }

  #closeWhenUnused(open: OpenClassifier): void {
    if (open.users > 0) return;
    clearTimeout(open.idle);
    if (open.isRetired) {
      void close(open);
      return;
    }
    open.idle = setTimeout(() => {
      if (open.users > 0) return;
      if (this.#current === open) this.#current = undefined;
      void close(open);
    }, 1000 * IDLE_SECONDS);
  }

  /** Looks at the file each time: outside the workspace nobody tells that it was written over or deleted. */
  async #findHead({ head: name }: Settings, classifier: Classifier): Promise<FoundHead> {
    const path = name === undefined ? undefined : await (await loadCore()).locateHead(name);
    const stamp = path === undefined ? undefined : await stampOf(vscode.Uri.file(path));
    const key = JSON.stringify([path, stamp, classifier.model.sha256]);
    if (this.#head?.key === key) return this.#head.found;
    const found = findHead(path, classifier);
    const entry = { key, found };
    this.#head = entry;
    found.catch(() => {
      // A file that is put right later is read then.
      if (this.#head === entry) this.#head = undefined;
    });
    return found;
  }
}

interface FoundHead {
  readonly head: Head;
  readonly sha256: string;
}

async function findHead(path: string | undefined, classifier: Classifier): Promise<FoundHead> {
  const core = await loadCore();
  const head = path === undefined ? classifier.head : await core.loadHead(path);
  core.checkModel(head, classifier.model.id, classifier.model.dimension);
  return { head, sha256: createHash('sha256').update(core.serializeHead(head)).digest('hex') };
}

async function close({ opened, idle }: OpenClassifier): Promise<void> {
  clearTimeout(idle);
  await opened.then(
    (classifier) => classifier.close(),
    () => undefined, // never opened: nothing to close
  );
}
