import * as vscode from 'vscode';
import { readSettings, SECTION } from '../../../platform/settings.js';
import { reviewCounts } from '../state/label-steps.js';
import { settled } from '../state/result.js';
import type { ResultsServices } from '../state/services.js';

/** The counts and context keys that follow the results. */
const FOLLOW_MS = 500;

/** What stands around the rows: the badge while files are at work, the message of a filter, context keys. */
export class ViewState implements vscode.Disposable {
  readonly #services: ResultsServices;
  readonly #subscriptions: vscode.Disposable[];
  readonly #keys = new Map<string, unknown>();
  #following: NodeJS.Timeout | undefined;

  constructor(services: ResultsServices) {
    this.#services = services;
    const { store, runs, tree, arrangement } = services;
    this.#subscriptions = [
      store.onDidChange(() => this.#soon()),
      runs.onDidChange(() => this.#soon()),
      tree.onDidArrange(() => this.#soon()),
      arrangement.onDidChange(() => this.#soon()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration(`${SECTION}.extraExtensions`)) this.#tellExtensions();
      }),
    ];
    this.#tellExtensions();
    this.#update();
  }

  dispose(): void {
    clearTimeout(this.#following);
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #soon(): void {
    this.#following ??= setTimeout(() => {
      this.#following = undefined;
      this.#update();
    }, FOLLOW_MS);
  }

  #update(): void {
    const { store, runs, tree, arrangement, view } = this.#services;
    const { filter } = arrangement.current;
    const left = runs.filesLeft;
    view.badge =
      left === 0 ? undefined : { value: left, tooltip: vscode.l10n.t('{0} audio files to classify', left) };
    const shown = filter.length === 0 ? store.size : tree.shownUris().length;
    const review = reviewCounts(store.all());
    const parts = [
      ...(filter.length === 0 ? [] : [vscode.l10n.t('{0} of {1}', shown, store.size)]),
      ...(review.done === 0 ? [] : [vscode.l10n.t('{0} reviewed, {1} left', review.done, review.left)]),
    ];
    view.description = parts.join(' · ');
    // A message would take the place of the welcome.
    if (shown === 0 && store.size > 0) view.message = vscode.l10n.t('No result passes the filter.');
    else if (view.message !== undefined && view.message !== '') view.message = '';
    const isStale = store.all().some((result) => {
      const known = settled(result);
      return known?.state === 'done' && known.staleness !== undefined;
    });
    this.#setContext('ecapa.isRunning', runs.count > 0);
    this.#setContext('ecapa.hasResults', store.size > 0);
    this.#setContext('ecapa.hasStale', isStale);
  }

  /** `when` clauses compare as written: both ways in which extensions are written are there. */
  #tellExtensions(): void {
    const { extraExtensions } = readSettings();
    this.#setContext('ecapa.extraExtensions', [
      ...extraExtensions,
      ...extraExtensions.map((extension) => extension.toUpperCase()),
    ]);
  }

  #setContext(key: string, value: unknown): void {
    if (this.#keys.get(key) === value) return;
    this.#keys.set(key, value);
    void vscode.commands.executeCommand('setContext', key, value);
  }
}
