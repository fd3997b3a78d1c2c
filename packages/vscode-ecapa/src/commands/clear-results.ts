import * as vscode from 'vscode';
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

/** `ecapa.clearResults`: all of them. Corrections by hand are work, so it asks when there are any. */
export async function clearResults({ store }: ResultsServices): Promise<void> {
  const corrected = store
    .all()
    .filter((result) => result.state === 'done' && result.correctedLabel !== undefined);
  if (corrected.length > 0) {
    const clear = vscode.l10n.t('Clear');
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t('{0} labels corrected by hand will be lost with the results.', corrected.length),
      { modal: true },
      clear,
    );
    if (answer !== clear) return;
  }
  store.clear();
}
