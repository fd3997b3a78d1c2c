import * as vscode from 'vscode';
import { showInformation } from '../../../platform/notifications.js';
import { offerToOpen } from '../../../platform/offer-to-open.js';
import { loadOnDemand } from '../../../platform/on-demand.js';
import { reportFailure } from '../../../platform/report-failure.js';
import { writeWhole } from '../../../platform/write-whole.js';
import type { Named } from '../state/export-text.js';
import type { ResultsServices } from '../state/services.js';

/**
 * `ecapa.exportResults`: what the view shows, in its order, as CSV, TSV, JSON or JSON lines by the extension of the file.
 * Other extensions may name the file as `target`; otherwise the user is asked.
 */
export async function exportResults(
  { store, tree, log }: ResultsServices,
  target?: unknown,
): Promise<vscode.Uri | undefined> {
  tree.refresh();
  const results = tree.shownUris().flatMap((uri) => {
    const result = store.get(uri);
    return result === undefined ? [] : [{ file: nameFrom(vscode.Uri.parse(uri)), result }];
  });
  if (results.length === 0) {
    void showInformation(vscode.l10n.t('There are no results to export.'));
    return undefined;
  }
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const file =
    target instanceof vscode.Uri
      ? target
      : await vscode.window.showSaveDialog({
          title: vscode.l10n.t('Export results'),
          // An extension that is not among these, the dialog would add to.
          filters: { CSV: ['csv'], TSV: ['tsv'], JSON: ['json'], 'JSON Lines': ['jsonl', 'ndjson'] },
          ...(folder === undefined ? {} : { defaultUri: vscode.Uri.joinPath(folder.uri, 'verdicts.csv') }),
        });
  if (file === undefined) return undefined;
  try {
    const write = await writerFor(file);
    await writeWhole(file, write(results));
  } catch (error) {
    await reportFailure(log, vscode.l10n.t('Export results'), error);
    return undefined;
  }
  const name = vscode.workspace.asRelativePath(file);
  void offerToOpen(vscode.l10n.t('{0} results exported to {1}.', results.length, name), file);
  return file;
}

async function writerFor({ path }: vscode.Uri): Promise<(results: readonly Named[]) => string> {
  const { toCsv, toJson, toJsonLines, toTsv } = await loadOnDemand();
  if (/\.json$/i.test(path)) return toJson;
  if (/\.tsv$/i.test(path)) return toTsv;
  return /\.(jsonl|ndjson)$/i.test(path) ? toJsonLines : toCsv;
}

/** Relative to the workspace, as the files are called elsewhere in the view; else what it is called in full. */
function nameFrom(uri: vscode.Uri): string {
  const relative = vscode.workspace.asRelativePath(uri);
  return vscode.workspace.getWorkspaceFolder(uri) !== undefined || uri.scheme === 'file'
    ? relative
    : uri.toString(true);
}
