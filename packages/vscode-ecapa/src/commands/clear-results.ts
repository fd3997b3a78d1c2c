import * as vscode from 'vscode';
import { type SettledResult, settled } from '../results/result.js';
import type { ResultsServices } from '../results/services.js';
import { targetUris } from './targets.js';

/** `ecapa.removeResults`: forgets what is known of the selected files; the files themselves stay. */
export async function removeResults(
  services: ResultsServices,
  clicked?: unknown,
  selection?: unknown,
): Promise<void> {
  for (const file of await targetUris(services, clicked ?? 'results', selection)) {
    const uri = file.toString();
    const { store } = services;
    const result = store.get(uri);
    if (result?.state === 'queued' || result?.state === 'running') store.set({ uri, state: result.state });
    else store.delete(uri);
  }
}

/** `ecapa.clearResults`: all of them, with a way back. Corrections by hand are work, so it asks when there are any. */
export async function clearResults({ store }: ResultsServices): Promise<void> {
  const corrected = store
    .all()
    .filter((result) => result.state === 'done' && result.correctedLabel !== undefined);
  if (corrected.length > 0) {
    const clear = vscode.l10n.t('Clear');
    const answer = await vscode.window.showWarningMessage(
      corrected.length === 1
        ? vscode.l10n.t('1 label corrected by hand will be lost with the results.')
        : vscode.l10n.t('{0} labels corrected by hand will be lost with the results.', corrected.length),
      { modal: true },
      clear,
    );
    if (answer !== clear) return;
  }
  const cleared = store.all().flatMap((result) => settled(result) ?? []);
  store.clear();
  if (cleared.length > 0) void offerUndo(store, cleared);
}

/** What has been classified anew meanwhile stays. */
async function offerUndo(store: ResultsServices['store'], cleared: readonly SettledResult[]): Promise<void> {
  const undo = vscode.l10n.t('Undo');
  const message =
    cleared.length === 1
      ? vscode.l10n.t('1 result cleared.')
      : vscode.l10n.t('{0} results cleared.', cleared.length);
  if ((await vscode.window.showInformationMessage(message, undo)) === undo) store.restore(cleared);
}
