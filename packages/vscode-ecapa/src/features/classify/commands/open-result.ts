import * as vscode from 'vscode';
import { percent } from '../../../platform/figures.js';
import { problemOfFile } from '../../../platform/problem-text.js';
import { pickFiles, targetUris } from '../../../platform/targets.js';
import { TIMELINE_VIEW } from '../../../platform/view-types.js';
import { type DoneResult, settled } from '../state/result.js';
import type { ResultsServices } from '../state/services.js';

/** Nobody wants more editors at once by accident. */
const MOST_EDITORS = 10;

/** `ecapa.showTimeline`: the timeline editor of each file. */
export async function showTimeline(
  services: ResultsServices,
  clicked?: unknown,
  selection?: unknown,
  options: vscode.TextDocumentShowOptions = {},
): Promise<void> {
  const targets = await targetUris(services, clicked, selection);
  const files = targets.length > 0 ? targets : await pickFiles();
  for (const file of files.slice(0, MOST_EDITORS))
    await vscode.commands.executeCommand('vscode.openWith', file, TIMELINE_VIEW, {
      preview: files.length === 1,
      ...options,
    });
}

/** `ecapa.openFile`: as a double click in the Explorer would. */
export async function openFile(
  services: ResultsServices,
  clicked?: unknown,
  selection?: unknown,
): Promise<void> {
  const files = await targetUris(services, clicked ?? 'results', selection);
  for (const file of files.slice(0, MOST_EDITORS))
    await vscode.commands.executeCommand('vscode.open', file, { preview: files.length === 1 });
}

/** `ecapa.revealFile`: in the Explorer, or, outside the workspace, in the system's own. */
export async function revealFile(
  services: ResultsServices,
  clicked?: unknown,
  selection?: unknown,
): Promise<void> {
  const [file] = await targetUris(services, clicked ?? 'results', selection);
  if (file === undefined) return;
  const isInside = vscode.workspace.getWorkspaceFolder(file) !== undefined;
  await vscode.commands.executeCommand(isInside ? 'revealInExplorer' : 'revealFileInOS', file);
}

/** `ecapa.copyVerdict`: a line for each file, its path, label and probability apart by tabs, and a correction if there is one. */
export async function copyVerdict(
  services: ResultsServices,
  clicked?: unknown,
  selection?: unknown,
): Promise<void> {
  const files = await targetUris(services, clicked ?? 'results', selection);
  const lines = files.map((file) => {
    const known = settled(services.store.get(file.toString()));
    const path = vscode.workspace.asRelativePath(file);
    if (known === undefined) return path;
    return known.state === 'failed'
      ? `${path}\t${problemOfFile(known.error)}`
      : [path, known.verdict.label, percent(known.verdict.probability), ...corrected(known)].join('\t');
  });
  if (lines.length > 0) await vscode.env.clipboard.writeText(lines.join('\n'));
}

function corrected({ correctedLabel }: DoneResult): string[] {
  return correctedLabel === undefined ? [] : [vscode.l10n.t('corrected: {0}', correctedLabel)];
}
