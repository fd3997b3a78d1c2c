import * as vscode from 'vscode';
import type { Result } from './result.js';

/** Changes are told together: a view that redraws for each of 5,000 files would hold up the host. */
const TELL_AFTER_MS = 100;

/** All results of the workspace, in the order in which their files were first classified. */
export class ResultStore implements vscode.Disposable {
  readonly #results = new Map<string, Result>();
  readonly #changed = new vscode.EventEmitter<readonly string[]>();
  /** URIs whose results came, changed or went; told at most ten times a second. */
  readonly onDidChange = this.#changed.event;
  readonly #untold = new Set<string>();
  #telling: NodeJS.Timeout | undefined;

  get(uri: string): Result | undefined {
    return this.#results.get(uri);
  }

  all(): readonly Result[] {
    return [...this.#results.values()];
  }

  set(result: Result): void {
    this.#results.set(result.uri, result);
    this.#tell(result.uri);
  }

  delete(uri: string): void {
    if (this.#results.delete(uri)) this.#tell(uri);
  }

  dispose(): void {
    clearTimeout(this.#telling);
    this.#changed.dispose();
  }

  #tell(uri: string): void {
    this.#untold.add(uri);
    this.#telling ??= setTimeout(() => {
      this.#telling = undefined;
      const uris = [...this.#untold];
      this.#untold.clear();
      this.#changed.fire(uris);
    }, TELL_AFTER_MS);
  }
}
