import * as vscode from 'vscode';
import { confirm, showInformation } from '../../../platform/notifications.js';
import { targetUris } from '../../../platform/targets.js';
import { type SettledResult, settled } from '../state/result.js';
import type { ResultStore } from '../state/result-store.js';
import type { ResultsServices } from '../state/services.js';

/** `ecapa.removeResults`: forgets what is known of the selected files; the files themselves stay. */
export async function removeResults(
  services: Pick<ResultsServices, 'store' | 'rows'>,
  clicked?: unknown,
  selection?: unknown,
): Promise<void> {
  const files = await targetUris(services, clicked ?? 'results', selection);
  await takeOut(
    services.store,
    files.map((file) => file.toString()),
  );
}

/** `ecapa.clearResults`: all of them. */
export async function clearResults({ store }: Pick<ResultsServices, 'store'>): Promise<void> {
  await takeOut(
    store,
    store.all().map(({ uri }) => uri),
  );
}

/** Corrections by hand are work: it asks when there are any, and there is a way back. */
async function takeOut(store: ResultStore, uris: readonly string[]): Promise<void> {
  const corrections = uris.filter((uri) => settled(store.get(uri))?.correctedLabel !== undefined).length;
  if (corrections > 0 && !(await mayLose(corrections))) return;
  const known = uris.flatMap((uri) => settled(store.get(uri)) ?? []);
  for (const uri of uris) store.forget(uri);
  if (known.length > 0) void offerUndo(store, known);
}

async function mayLose(corrections: number): Promise<boolean> {
  const clear = vscode.l10n.t('Clear');
  return confirm(
    corrections === 1
      ? vscode.l10n.t('1 label corrected by hand will be lost with the results.')
      : vscode.l10n.t('{0} labels corrected by hand will be lost with the results.', corrections),
    clear,
  );
}

/** What has been classified anew meanwhile stays. */
async function offerUndo(store: ResultStore, cleared: readonly SettledResult[]): Promise<void> {
  const undo = vscode.l10n.t('Undo');
  const count = cleared.length;
  const message =
    count === 1 ? vscode.l10n.t('1 result cleared.') : vscode.l10n.t('{0} results cleared.', count);
  if ((await showInformation(message, undo)) === undo) store.restore(cleared);
}
