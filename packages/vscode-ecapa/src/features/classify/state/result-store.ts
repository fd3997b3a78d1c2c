import * as vscode from 'vscode';
import { type Result, type SettledResult, settled } from './result.js';

/** Changes are reported together: a view that redraws for each of 5,000 files would hold up the host. */
const TELL_AFTER_MS = 100;

/** All results of the workspace, in the order in which their files were first classified. */
export class ResultStore implements vscode.Disposable {
  readonly #results = new Map<string, Result>();
  readonly #changed = new vscode.EventEmitter<readonly string[]>();
  /** URIs whose results came, changed or went; fires at most ten times a second. */
  readonly onDidChange = this.#changed.event;
  readonly #untold = new Set<string>();
  #pendingReport: NodeJS.Timeout | undefined;

  get size(): number {
    return this.#results.size;
  }

  get(uri: string): Result | undefined {
    return this.#results.get(uri);
  }

  all(): readonly Result[] {
    return [...this.#results.values()];
  }

  set(result: Result): void {
    this.#results.set(result.uri, result);
    this.#report(result.uri);
  }

  delete(uri: string): void {
    if (this.#results.delete(uri)) this.#report(uri);
  }

  /** Takes a result out; of a file that is at work, what was known before. */
  forget(uri: string): void {
    const result = this.#results.get(uri);
    if (result?.state === 'queued' || result?.state === 'running') this.set({ uri, state: result.state });
    else this.delete(uri);
  }

  /** A file that was renamed keeps its verdict; one that is at work is finished under its old name. */
  move(from: string, to: string): void {
    const known = settled(this.#results.get(from));
    this.delete(from);
    if (known !== undefined) this.set({ ...known, uri: to });
  }

  /** What an earlier window knew; what this one has learnt meanwhile wins. */
  restore(results: Iterable<SettledResult>): void {
    for (const result of results) {
      const now = this.#results.get(result.uri);
      if (now === undefined) this.set(result);
      else if ((now.state === 'queued' || now.state === 'running') && now.previous === undefined)
        this.set({ ...now, previous: result });
    }
  }

  dispose(): void {
    clearTimeout(this.#pendingReport);
    this.#changed.dispose();
  }

  #report(uri: string): void {
    this.#untold.add(uri);
    this.#pendingReport ??= setTimeout(() => {
      this.#pendingReport = undefined;
      const uris = [...this.#untold];
      this.#untold.clear();
      this.#changed.fire(uris);
    }, TELL_AFTER_MS);
  }
}
