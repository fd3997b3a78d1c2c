import * as vscode from 'vscode';
import { percent } from '../../../platform/figures.js';
import { showInformation, showWarning } from '../../../platform/notifications.js';
import { problemText } from '../../../platform/problem-text.js';
import { settled } from './result.js';
import type { RunSummary } from './runs.js';
import type { ResultsServices } from './services.js';

/** The one notification of a run, with what one may want next. Nobody waits for the answer. */
export function reportEnd(
  services: ResultsServices,
  summary: RunSummary | undefined,
  files: readonly vscode.Uri[],
  unreadableFolders: number,
): void {
  const { log } = services;
  const showResults = vscode.l10n.t('Show Results');
  const leastSure = vscode.l10n.t('Least Sure First');
  const showTimeline = vscode.l10n.t('Show Timeline');
  const showLog = vscode.l10n.t('Show Log');
  const folders =
    unreadableFolders === 0 ? '' : ` ${vscode.l10n.t('{0} folders could not be read.', unreadableFolders)}`;
  const [first] = files;
  const one =
    files.length === 1 && first !== undefined ? settled(services.store.get(first.toString())) : undefined;
  const text = `${summary === undefined ? vscode.l10n.t('There is no audio in what was selected.') : outcome(summary, first, one)}${folders}`;
  const hasProblems = unreadableFolders > 0 || (summary?.failed ?? 0) > 0;
  const actions =
    summary === undefined
      ? []
      : [
          showResults,
          ...(summary.done > 1 ? [leastSure] : []),
          ...(one?.state === 'done' ? [showTimeline] : []),
        ];
  if (hasProblems) actions.push(showLog);
  const show = hasProblems && summary?.done === summary?.failed ? showWarning : showInformation;
  void show(text, ...actions).then(
    (answer) => {
      if (answer === showLog) log.show();
      else if (answer === showTimeline) void vscode.commands.executeCommand('ecapa.showTimeline', first);
      else if (answer === leastSure) services.arrangement.change({ sort: 'leastSure', grouping: 'none' });
      if (answer === showResults || answer === leastSure)
        void vscode.commands.executeCommand('ecapa.results.focus');
    },
    (error: unknown) => log.error(String(error)),
  );
}

function outcome(
  { done, failed, fresh, total, isCancelled }: RunSummary,
  file: vscode.Uri | undefined,
  one: ReturnType<typeof settled>,
): string {
  if (isCancelled) return vscode.l10n.t('Cancelled after {0} of {1} files.', done, total);
  if (one?.state === 'failed') return problemText(one.error);
  if (one?.state === 'done' && file !== undefined) {
    const { label, probability } = one.verdict;
    return `${vscode.workspace.asRelativePath(file)}: ${label}, ${percent(probability)}`;
  }
  const parts: string[] = [];
  // Of a folder gone through again, what was done anew comes first, if anything was.
  if (done - failed - fresh > 0 || done === 0)
    parts.push(vscode.l10n.t('{0} audio files classified.', done - failed - fresh));
  if (fresh > 0) parts.push(vscode.l10n.t('{0} were up to date.', fresh));
  if (failed > 0) parts.push(vscode.l10n.t('{0} failed.', failed));
  return parts.join(' ');
}
