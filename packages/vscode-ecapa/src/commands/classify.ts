import * as vscode from 'vscode';
import { findAudio } from '../audio-files.js';
import type { Engine } from '../engine/engine.js';
import { classifyFiles } from '../results/classification.js';
import type { ResultStore } from '../results/result-store.js';
import { selectedUris } from './selection.js';

export interface ClassifyServices {
  readonly engine: Engine;
  readonly store: ResultStore;
  readonly log: vscode.LogOutputChannel;
}

/** `ecapa.classify` and `ecapa.classifyFolder`: files, folders or both, with one notification for the whole. */
export async function classify(
  services: ClassifyServices,
  clicked: vscode.Uri | undefined,
  selection: readonly vscode.Uri[] | undefined,
): Promise<void> {
  const selected = selectedUris(clicked, selection);
  const { log } = services;
  await vscode.window.withProgress(
    {
      location: vscode.ProgressLocation.Notification,
      title: vscode.l10n.t('Classifying audio'),
      cancellable: true,
    },
    async (progress, token) => {
      const abort = new AbortController();
      token.onCancellationRequested(() => abort.abort());
      const files = await findAudio(selected, token, (folder, error) =>
        log.warn(`${folder.toString(true)}: ${String(error)}`),
      );
      const summary = await classifyFiles(files, services, {
        signal: abort.signal,
        onProgress: (done, file) =>
          progress.report({
            increment: 100 / files.length,
            message: vscode.l10n.t(
              '{0} of {1}: {2}',
              done,
              files.length,
              vscode.workspace.asRelativePath(file),
            ),
          }),
      });
      log.info(`classified ${summary.done} of ${summary.total}, ${summary.failed} failed`);
    },
  );
}
