import * as vscode from 'vscode';
import { showStatus } from '../../../platform/notifications.js';
import { targetUris } from '../../../platform/targets.js';
import type { LabelSteps } from '../state/label-steps.js';
import { settled } from '../state/result.js';
import type { ResultsServices } from '../state/services.js';
import { showTimeline } from './open-result.js';

export interface ReviewServices extends ResultsServices {
  readonly labels: LabelSteps;
}

/** `ecapa.confirmResults`: the verdicts of the selected recordings are right. */
export async function confirmResults(
  services: ReviewServices,
  clicked?: unknown,
  selection?: unknown,
): Promise<void> {
  const uris = await selected(services, clicked, selection);
  services.labels.label(uris, ({ verdict }) => verdict.label);
  await selectNext(services, uris);
}

/** `ecapa.labelResults`: gives the selected recordings the label of this place, from 1, in alphabetical order. */
export async function labelResults(services: ReviewServices, place: unknown): Promise<void> {
  const index = Number(place) - 1;
  const uris = await selected(services, undefined, undefined);
  services.labels.label(uris, ({ verdict }) => Object.keys(verdict.probabilities).sort()[index]);
  await selectNext(services, uris);
}

/** `ecapa.hearResult`: plays the selected recording in its timeline, or stops it; the focus stays where it is. */
export async function hearResult(
  services: ResultsServices,
  clicked?: unknown,
  selection?: unknown,
): Promise<void> {
  const [file] = await targetUris(services, clicked ?? 'results', selection);
  if (file === undefined) return;
  await showTimeline(services, file, undefined, { preserveFocus: true });
  await vscode.commands.executeCommand('ecapa.hearTimeline', file);
}

/** `ecapa.undoLabels`: takes back what the last of these two has done, however many recordings that was. */
export function undoLabels({ labels }: ReviewServices): void {
  const count = labels.undo();
  showStatus(
    count === 0
      ? vscode.l10n.t('There is no label to take back.')
      : vscode.l10n.t('{0} labels taken back', count),
  );
}

async function selected(
  services: ReviewServices,
  clicked: unknown,
  selection: unknown,
): Promise<readonly string[]> {
  return (await targetUris(services, clicked ?? 'results', selection)).map((uri) => uri.toString());
}

/** The next recording below that nobody has decided on; in the order shown, which is least sure first by default. */
async function selectNext({ tree, view, store }: ReviewServices, uris: readonly string[]): Promise<void> {
  const shown = tree.shownUris();
  const last = Math.max(...uris.map((uri) => shown.indexOf(uri)));
  const next = shown.slice(last + 1).find((uri) => {
    const result = settled(store.get(uri));
    return result?.state === 'done' && result.correctedLabel === undefined;
  });
  const row = next === undefined ? undefined : tree.rowOf(next);
  if (row !== undefined) await view.reveal(row, { select: true, focus: true });
}
