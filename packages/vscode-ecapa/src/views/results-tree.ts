import * as vscode from 'vscode';
import type { Result } from '../results/result.js';
import type { ResultStore } from '../results/result-store.js';

/** The tree of results in the view `ecapa.results`. */
export class ResultsTree implements vscode.TreeDataProvider<Result> {
  readonly #store: ResultStore;
  readonly #changed = new vscode.EventEmitter<undefined>();
  readonly onDidChangeTreeData = this.#changed.event;

  constructor(store: ResultStore) {
    this.#store = store;
    store.onDidChange(() => this.#changed.fire(undefined));
  }

  getChildren(parent?: Result): Result[] {
    return parent === undefined ? [...this.#store.all()] : [];
  }

  getTreeItem(result: Result): vscode.TreeItem {
    const item = new vscode.TreeItem(vscode.Uri.parse(result.uri));
    if (result.state === 'done')
      item.description = `${result.verdict.label} ${Math.round(100 * result.verdict.probability)} %`;
    else if (result.state === 'failed') item.description = result.error.message;
    return item;
  }
}
