import * as vscode from 'vscode';
import { badgeText, percent } from '../../../platform/figures.js';
import { labelColourId } from '../../../platform/label-colour.js';
import { problemOfFile } from '../../../platform/problem-text.js';
import { readSettings, SECTION } from '../../../platform/settings.js';
import { plainText } from '../../../platform/shown-text.js';
import { labelInForce, settled } from '../state/result.js';
import type { ResultStore } from '../state/result-store.js';
import { stalenessText } from './result-words.js';

/** VS Code takes no more URIs in one event. */
const MOST_URIS = 250;

/** Badges and colours on classified files, wherever VS Code shows files. Nothing else is decorated. */
export class Decorations implements vscode.FileDecorationProvider, vscode.Disposable {
  readonly #store: ResultStore;
  readonly #changed = new vscode.EventEmitter<vscode.Uri[] | undefined>();
  readonly onDidChangeFileDecorations = this.#changed.event;
  readonly #subscriptions: vscode.Disposable[];
  #isOn = readSettings().decorations;

  constructor(store: ResultStore) {
    this.#store = store;
    this.#subscriptions = [
      vscode.window.registerFileDecorationProvider(this),
      store.onDidChange((uris) => {
        if (!this.#isOn) return;
        const isMany = uris.length > MOST_URIS;
        this.#changed.fire(isMany ? undefined : uris.map((uri) => vscode.Uri.parse(uri)));
      }),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration(`${SECTION}.decorations`)) return;
        this.#isOn = readSettings().decorations;
        this.#changed.fire(undefined);
      }),
    ];
  }

  provideFileDecoration(uri: vscode.Uri): vscode.FileDecoration | undefined {
    if (!this.#isOn || this.#store.size === 0) return undefined;
    const known = settled(this.#store.get(uri.toString()));
    if (known === undefined) return undefined;
    if (known.state === 'failed')
      return new vscode.FileDecoration(
        '!',
        plainText(problemOfFile(known.error)),
        new vscode.ThemeColor('list.errorForeground'),
      );
    const { verdict, staleness } = known;
    const label = labelInForce(known);
    const isStale = staleness !== undefined;
    const heard = `${verdict.label} ${percent(verdict.probability)}`;
    const tooltip = isStale ? `${heard}, ${stalenessText(staleness)}` : heard;
    const colour = isStale ? 'ecapa.unknown' : labelColourId(label, Object.keys(verdict.probabilities));
    return new vscode.FileDecoration(
      badgeText(label, isStale),
      plainText(tooltip),
      new vscode.ThemeColor(colour),
    );
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
  }
}
