import * as vscode from 'vscode';
import { showInformation } from '../../../platform/notifications.js';
import { pickOne } from '../../../platform/quick-picks.js';
import { targetUris } from '../../../platform/targets.js';
import { type DoneResult, settled } from '../state/result.js';
import type { ResultsServices } from '../state/services.js';

type Choice = vscode.QuickPickItem & {
  readonly label: string;
  readonly does: 'correct' | 'ask' | 'takeBack';
};

/** `ecapa.correctLabel`: a person's label for the recordings; verdicts stay beside it, and heads can learn from it. */
export async function correctLabel(
  services: ResultsServices,
  clicked?: unknown,
  selection?: unknown,
): Promise<void> {
  const { store } = services;
  const found = (await targetUris(services, clicked ?? 'results', selection)).flatMap((uri) => {
    const result = store.get(uri.toString());
    return result?.state === 'done' ? [result] : [];
  });
  if (found.length === 0) {
    void showInformation(vscode.l10n.t('Classify a recording before you correct it.'));
    return;
  }
  const label = await pickLabel(services, found);
  if (label !== undefined) correct(services, found, label);
}

/** Sets a person's label for these results, or, with an empty label, takes it back. */
export function correct(
  { store }: Pick<ResultsServices, 'store'>,
  results: readonly DoneResult[],
  label: string,
): void {
  for (const { correctedLabel: _, ...result } of results)
    store.set(label === '' || label === result.verdict.label ? result : { ...result, correctedLabel: label });
}

async function pickLabel(
  { store }: ResultsServices,
  results: readonly DoneResult[],
): Promise<string | undefined> {
  const labels = new Set(results.flatMap(({ verdict }) => Object.keys(verdict.probabilities)));
  for (const result of store.all()) {
    const known = settled(result);
    if (known?.state === 'done' && known.correctedLabel !== undefined) labels.add(known.correctedLabel);
  }
  const choices: Choice[] = [...labels]
    .sort()
    .map((label) => ({ label, does: 'correct', iconPath: new vscode.ThemeIcon('tag') }));
  choices.push({
    label: vscode.l10n.t('Another label…'),
    does: 'ask',
    iconPath: new vscode.ThemeIcon('add'),
  });
  if (results.some(({ correctedLabel }) => correctedLabel !== undefined))
    choices.push({
      label: vscode.l10n.t('Take back the correction'),
      does: 'takeBack',
      iconPath: new vscode.ThemeIcon('discard'),
    });
  const picked = await pickOne(choices, {
    placeHolder:
      results.length === 1
        ? vscode.l10n.t('What is it?')
        : vscode.l10n.t('What are these {0} recordings?', results.length),
  });
  if (picked?.does === 'takeBack') return '';
  if (picked?.does !== 'ask') return picked?.label;
  const typed = await vscode.window.showInputBox({ prompt: vscode.l10n.t('What is it?') });
  return typed?.trim() || undefined;
}
