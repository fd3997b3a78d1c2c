import * as vscode from 'vscode';
import { loadCore } from '../../platform/core.js';
import { pickOne } from '../../platform/quick-picks.js';
import { readSmallFile } from '../../platform/read-small-file.js';
import { withoutOverlaps } from './label-file.js';
import type { TimelineSession } from './session.js';

/** Some half a million labels. */
const MOST_BYTES = 64 * 1024 * 1024;

/** What imported labels are for. */
export type ImportUse = 'compare' | 'correct';

/** Asks for a file of labels and what they are for. Rejects as `importLabelsFrom`. */
export async function importLabels(session: TimelineSession): Promise<void> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: vscode.l10n.t('Import Labels'),
      openLabel: vscode.l10n.t('Import'),
      ...(session.uri.scheme === 'file' && { defaultUri: vscode.Uri.joinPath(session.uri, '..') }),
      filters: {
        [vscode.l10n.t('Labels')]: ['txt', 'TextGrid', 'rttm', 'csv', 'tsv', 'json', 'jsonl'],
        [vscode.l10n.t('All files')]: ['*'],
      },
    })) ?? [];
  if (file === undefined) return;
  const uses = [
    {
      label: vscode.l10n.t('Compare'),
      detail: vscode.l10n.t('In a lane of their own, with how far they agree'),
      iconPath: new vscode.ThemeIcon('diff'),
      use: 'compare' as const,
    },
    {
      label: vscode.l10n.t('Correct'),
      detail: vscode.l10n.t('In place of the labels that were put right by hand; this can be undone'),
      iconPath: new vscode.ThemeIcon('edit'),
      use: 'correct' as const,
    },
  ];
  const title = vscode.l10n.t('Import Labels');
  const picked = await pickOne(uses, { title, placeHolder: vscode.l10n.t('What are the labels for?') });
  if (picked !== undefined) await importLabelsFrom(session, file, picked.use);
}

/** Rejects with `LABELS_INVALID` for a file that holds no labels, and when it cannot be read. */
export async function importLabelsFrom(
  session: TimelineSession,
  file: vscode.Uri,
  use: ImportUse,
): Promise<void> {
  const { parseLabels, EcapaError } = await loadCore();
  const name = vscode.workspace.asRelativePath(file);
  const text = new TextDecoder().decode(await readSmallFile(file, MOST_BYTES));
  const labels = withoutOverlaps(parseLabels(text, name).labels);
  if (labels.length === 0)
    throw new EcapaError('LABELS_INVALID', vscode.l10n.t('{0}: there are no labels in it.', name), {
      file: name,
    });
  if (use === 'compare') await session.compare(name, labels);
  else await session.labelling.edit({ do: 'replace', corrections: labels });
}
