import * as vscode from 'vscode';
import { showInformation } from '../../../platform/notifications.js';
import { pickFiles, pickFolder, targetUris } from '../../../platform/targets.js';
import { settled } from '../state/result.js';
import { runWithProgress } from '../state/run-with-progress.js';
import type { RunSummary } from '../state/runs.js';
import type { ResultsServices } from '../state/services.js';

/** `ecapa.classify`: files, folders or both; from the palette without an audio file in sight, it asks. */
export async function classify(
  services: ResultsServices,
  clicked?: unknown,
  selection?: unknown,
): Promise<RunSummary | undefined> {
  const targets = await targetUris(services, clicked, selection);
  const selected = targets.length > 0 ? targets : await pickFiles();
  return selected.length === 0 ? undefined : runWithProgress(services, selected);
}

/** `ecapa.classifyFolder`: what is up to date in it is left alone, so that a cancelled run can be gone on with. */
export async function classifyFolder(
  services: ResultsServices,
  clicked?: unknown,
  selection?: unknown,
): Promise<RunSummary | undefined> {
  // From the palette or the view's title nothing in particular is meant.
  const targets = clicked === undefined ? [] : await targetUris(services, clicked, selection);
  const selected = targets.length > 0 ? targets : await pickFolder();
  return selected.length === 0 ? undefined : runWithProgress(services, selected, { skipFresh: true });
}

/** `ecapa.reclassifyStale`: all files whose verdict is out of date. */
export async function reclassifyStale(services: ResultsServices): Promise<RunSummary | undefined> {
  const stale = services.store.all().filter((result) => {
    const known = settled(result);
    return known?.state === 'done' && known.staleness !== undefined;
  });
  if (stale.length === 0) {
    void showInformation(vscode.l10n.t('All verdicts are up to date.'));
    return undefined;
  }
  return runWithProgress(
    services,
    stale.map(({ uri }) => vscode.Uri.parse(uri)),
  );
}
