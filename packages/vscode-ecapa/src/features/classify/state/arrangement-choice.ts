import * as vscode from 'vscode';
import { type Arrangement, DEFAULT_ARRANGEMENT, type Facet, GROUPINGS, SORT_KEYS } from './arrangement.js';

const KEY = 'results.arrangement';

/** How the user wants the results of this workspace shown; kept with it. */
export class ArrangementChoice implements vscode.Disposable {
  readonly #memory: vscode.Memento;
  readonly #changed = new vscode.EventEmitter<void>();
  readonly onDidChange = this.#changed.event;
  #current: Arrangement;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
    const kept = Object(memory.get<unknown>(KEY)) as Partial<Arrangement>;
    this.#current = {
      sort: SORT_KEYS.find((key) => key === kept.sort) ?? DEFAULT_ARRANGEMENT.sort,
      grouping: GROUPINGS.find((grouping) => grouping === kept.grouping) ?? DEFAULT_ARRANGEMENT.grouping,
      filter: Array.isArray(kept.filter)
        ? kept.filter.filter((facet): facet is Facet => typeof facet === 'string')
        : [],
    };
    this.#tellContext();
  }

  get current(): Arrangement {
    return this.#current;
  }

  change(part: Partial<Arrangement>): void {
    this.#current = { ...this.#current, ...part };
    void this.#memory.update(KEY, this.#current);
    this.#tellContext();
    this.#changed.fire();
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #tellContext(): void {
    void vscode.commands.executeCommand('setContext', 'ecapa.isFiltered', this.#current.filter.length > 0);
  }
}
