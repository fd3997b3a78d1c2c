import { eventLoopYielder, type FileStamp, isSameMovedStamp } from '@ecapa/core/host';
import * as vscode from 'vscode';
import type { Engine } from '../../../platform/engine/engine.js';
import { IdentityQuestion } from '../../../platform/engine/identity-question.js';
import { isFileNotFound } from '../../../platform/file-not-found.js';
import { stampOf } from '../../../platform/file-stamp.js';
import { renamedUri } from '../../../platform/renamed-uri.js';
import { readSettings } from '../../../platform/settings.js';
import { settled } from './result.js';
import type { ResultStore } from './result-store.js';
import type { ResultsHeader } from './results-text.js';
import { refreshed } from './staleness.js';

/** Events that belong together, such as those of a checkout, are handled at once. */
const LOOK_AFTER_MS = 250;
const LOOKS_AT_ONCE = 8;

/**
 * Keeps the results true: marks those stale whose file, model or head has become another, follows renamed files
 * and drops those of deleted ones. Files at work are left to their run.
 */
export class Freshness implements vscode.Disposable {
  readonly #store: ResultStore;
  readonly #engine: Engine;
  readonly #question: IdentityQuestion;
  readonly #subscriptions: vscode.Disposable[];
  readonly #touched = new Set<string>();
  readonly #deleted = new Set<string>();
  #head = readSettings().head;
  #looking: NodeJS.Timeout | undefined;

  constructor(store: ResultStore, engine: Engine, log: vscode.LogOutputChannel) {
    this.#store = store;
    this.#engine = engine;
    this.#question = new IdentityQuestion(engine, log);
    // All files: of a folder that is deleted, the event names only the folder.
    const watcher = vscode.workspace.createFileSystemWatcher('**/*');
    const touch = (uri: vscode.Uri): void => {
      if (uri.fsPath === this.#head) engine.reload(); // another program has written the head anew
      if (this.#store.get(uri.toString()) !== undefined) this.#later(this.#touched, uri.toString());
    };
    this.#subscriptions = [
      watcher,
      this.#question,
      watcher.onDidChange(touch),
      watcher.onDidCreate(touch),
      watcher.onDidDelete((uri) => {
        if (uri.fsPath === this.#head) engine.reload();
        if (this.#store.size > 0) this.#later(this.#deleted, uri.toString());
      }),
      vscode.workspace.onDidRenameFiles(({ files }) => {
        for (const { oldUri, newUri } of files) this.#follow(oldUri.toString(), newUri.toString());
      }),
      engine.onDidChange(() => {
        this.#head = readSettings().head;
        this.#compareIdentity();
      }),
      vscode.window.onDidChangeWindowState(({ focused }) => focused && this.#touchUnwatched()),
    ];
  }

  /** Looks at all files, and at the model and head when the settings name others than `header` does. */
  async start(header: ResultsHeader | undefined): Promise<void> {
    const { model, head } = readSettings();
    if (header !== undefined && (header.model !== model || header.head !== head)) this.#ask();
    await this.check(this.#store.all().map(({ uri }) => uri));
  }

  /** Looks at files anew. Never rejects. */
  async check(uris: readonly string[]): Promise<void> {
    let next = 0;
    const look = async (): Promise<void> => {
      for (;;) {
        const uri = uris[next++];
        if (uri === undefined) return;
        const file = vscode.Uri.parse(uri);
        const stamp = await stampOf(file);
        if (stamp !== undefined) this.#refresh(uri, stamp);
        else if (await isGone(file)) this.#drop(uri);
      }
    };
    await Promise.all(Array.from({ length: LOOKS_AT_ONCE }, look));
  }

  dispose(): void {
    clearTimeout(this.#looking);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #later(pending: Set<string>, uri: string): void {
    pending.add(uri);
    this.#looking ??= setTimeout(() => {
      this.#looking = undefined;
      const touched = [...this.#touched];
      const deleted = new Set(this.#deleted);
      this.#touched.clear();
      this.#deleted.clear();
      void this.#dropBelow(deleted).then(() => this.check(touched));
    }, LOOK_AFTER_MS);
  }

  async #dropBelow(deleted: ReadonlySet<string>): Promise<void> {
    if (deleted.size === 0) return;
    const yieldToEventLoop = eventLoopYielder();
    const suspects: string[] = [];
    for (const result of this.#store.all()) {
      await yieldToEventLoop();
      // A run has shown already that it is not there, and that is worth reading.
      if (result.state === 'failed' && result.error.code === 'FILE_NOT_FOUND') continue;
      const { uri } = result;
      for (let path = uri; path.length > 0; path = path.slice(0, Math.max(0, path.lastIndexOf('/')))) {
        if (deleted.has(path)) {
          suspects.push(uri);
          break;
        }
      }
    }
    // Programs save by deleting and writing anew: what is there again has changed, no more.
    await this.check(suspects);
  }

  #refresh(uri: string, stamp: FileStamp | undefined): void {
    const result = this.#store.get(uri);
    if (result === undefined || result !== settled(result)) return;
    const now = refreshed(result, { stamp, identity: this.#engine.identity });
    if (now !== result) this.#store.set(now);
  }

  #drop(uri: string): void {
    const result = this.#store.get(uri);
    if (result !== undefined && result === settled(result)) this.#store.delete(uri);
  }

  #follow(from: string, to: string): void {
    if (this.#store.get(from) !== undefined) {
      void this.#move(from, to);
      return;
    }
    for (const { uri } of this.#store.all()) {
      const renamed = renamedUri(uri, from, to);
      if (renamed !== uri) void this.#move(uri, renamed);
    }
  }

  /** Never rejects. The verdict goes with the file at once; its new stamp follows. */
  async #move(from: string, to: string): Promise<void> {
    this.#store.move(from, to);
    const stamp = await stampOf(vscode.Uri.parse(to));
    const result = settled(this.#store.get(to));
    if (stamp === undefined || result?.state !== 'done' || !isSameMovedStamp(result.stamp, stamp)) return;
    if (this.#store.get(to) === result)
      this.#store.set(refreshed({ ...result, stamp }, { stamp, identity: this.#engine.identity }));
  }

  #compareIdentity(): void {
    const { identity } = this.#engine;
    if (identity === undefined) {
      this.#ask();
      return;
    }
    for (const result of this.#store.all()) {
      const known = settled(result);
      if (known === undefined || known !== result) continue;
      const now = refreshed(known, { identity });
      if (now !== known) this.#store.set(now);
    }
  }

  /** Settings name another model or head: whether it is another one, only the engine knows. */
  #ask(): void {
    if (this.#store.all().some((result) => settled(result)?.state === 'done')) this.#question.ask();
  }

  /** Files outside the workspace are not watched. */
  #touchUnwatched(): void {
    for (const { uri } of this.#store.all())
      if (vscode.workspace.getWorkspaceFolder(vscode.Uri.parse(uri)) === undefined)
        this.#later(this.#touched, uri);
  }
}

/** True when the file is not there but its folder's root is: a drive that is not mounted takes no results away. */
async function isGone(file: vscode.Uri): Promise<boolean> {
  const root = vscode.workspace.getWorkspaceFolder(file)?.uri ?? vscode.Uri.joinPath(file, '..');
  if ((await stampOf(root)) === undefined) return false;
  return vscode.workspace.fs.stat(file).then(() => false, isFileNotFound);
}
