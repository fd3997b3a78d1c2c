import * as vscode from 'vscode';
import { findAudio } from '../../../platform/audio-files.js';
import { duration } from '../../../platform/figures.js';
import { withProgress } from '../../../platform/notifications.js';
import type { ProgressUpdate } from '../../../platform/progress-updates.js';
import { reportFailure } from '../../../platform/report-failure.js';
import { TimeLeft } from '../../../platform/time-left.js';
import { timeLeftText } from '../../../platform/time-left-text.js';
import { reportEnd } from './report-end.js';
import type { RunProgress, RunSummary } from './runs.js';
import type { ResultsServices } from './services.js';

/**
 * Classifies files and what is in folders, under a notification with counts, the time left and a way to cancel.
 * One notification at the end has the outcome and is not waited for. Never rejects: what keeps a run from its
 * work is shown as well. Undefined when there was nothing to do or nothing could be done.
 */
export async function runWithProgress(
  services: ResultsServices,
  selected: readonly vscode.Uri[],
  { skipFresh = false }: { readonly skipFresh?: boolean } = {},
): Promise<RunSummary | undefined> {
  const { runs, log } = services;
  try {
    return await withProgress(vscode.l10n.t('Classifying audio'), async (report, signal, token) => {
      let unreadable = 0;
      report({ message: vscode.l10n.t('looking for audio files…') });
      const files = await findAudio(selected, token, (folder, error) => {
        unreadable++;
        log.warn(`${folder.toString(true)}: ${String(error)}`);
      });
      if (files.length === 0) {
        if (!signal.aborted) reportEnd(services, undefined, files, unreadable);
        return undefined;
      }
      const summary = await runs.run(files, { signal, skipFresh, onProgress: reporter(report) });
      log.info(
        `${summary.done} of ${summary.total} files done, ${summary.failed} failed, ${summary.fresh} were up to date${summary.isCancelled ? ', cancelled' : ''}`,
      );
      reportEnd(services, summary, files, unreadable);
      return summary;
    });
  } catch (error) {
    await reportFailure(log, vscode.l10n.t('Classifying audio'), error);
    return undefined;
  }
}

/** Reports progress in words. */
function reporter(report: (update: ProgressUpdate) => void): (progress: RunProgress) => void {
  const now = (): number => performance.now() / 1000;
  const timeLeft = new TimeLeft(now());
  return (progress) => {
    const { done, total, file, doneSeconds, totalSeconds } = progress;
    // A single recording is followed by its seconds, many by their number.
    const ofOne = total === 1 && doneSeconds !== undefined && totalSeconds !== undefined && totalSeconds > 0;
    const share = ofOne ? Math.min(1, doneSeconds / totalSeconds) : done / total;
    const seconds = ofOne ? timeLeft.after(share, 1, now()) : timeLeft.afterFiles(progress, now());
    const parts = [
      total === 1 ? '' : vscode.l10n.t('{0} of {1}', done, total),
      ofOne ? vscode.l10n.t('{0} of {1}', duration(doneSeconds), duration(totalSeconds)) : '',
      seconds === undefined || share === 1 ? '' : timeLeftText(seconds),
      vscode.workspace.asRelativePath(file),
    ];
    report({ share, message: parts.filter((part) => part !== '').join(' · ') });
  };
}
