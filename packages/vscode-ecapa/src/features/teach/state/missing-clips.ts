import * as vscode from 'vscode';
import type { ClassStore } from './class-store.js';

/** Files looked at side by side. */
const AT_ONCE = 16;

/** Which files of the classes are not where they were: looked up when classes or files change and on demand. */
export class MissingClips implements vscode.Disposable {
  readonly #classes: ClassStore;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  readonly #subscriptions: vscode.Disposable[];
  #uris: ReadonlySet<string> = new Set();
  #round = 0;

  constructor(classes: ClassStore) {
    this.#classes = classes;
    const check = (): void => void this.check();
    this.#subscriptions = [
      classes.onDidChange(check),
      vscode.workspace.onDidDeleteFiles(check),
      vscode.workspace.onDidCreateFiles(check),
      vscode.workspace.onDidRenameFiles(check),
    ];
  }

  has(uri: string): boolean {
    return this.#uris.has(uri);
  }

  async check(): Promise<void> {
    const round = ++this.#round;
    const waiting = [...new Set(this.#classes.list.flatMap(({ clips }) => clips.map(({ uri }) => uri)))];
    const missing = new Set<string>();
    const look = async (): Promise<void> => {
      for (let uri = waiting.pop(); uri !== undefined && round === this.#round; uri = waiting.pop()) {
        const isThere = await vscode.workspace.fs.stat(vscode.Uri.parse(uri)).then(
          () => true,
          () => false,
        );
        if (!isThere) missing.add(uri);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, look));
    if (round !== this.#round) return; // a later look knows better
    const isSame = missing.size === this.#uris.size && [...missing].every((uri) => this.#uris.has(uri));
    this.#uris = missing;
    if (!isSame) this.#changed.fire();
  }

  dispose(): void {
    this.#round++;
    this.#changed.dispose();
    for (const subscription of this.#subscriptions) subscription.dispose();
  }
}
