import { basename, extname } from 'node:path';
import { GAP_LABEL } from '@ecapa/core/page';
import type { CutFile, CutMode } from '@ecapa/core/timeline';
import * as vscode from 'vscode';
import { PIECES_SUFFIX } from '../../platform/audio-files.js';
import { loadCore } from '../../platform/core.js';
import { showInformation, showWarning, withProgress } from '../../platform/notifications.js';
import { pickOne } from '../../platform/quick-picks.js';
import { runJob } from '../../platform/run-job.js';
import { readSettings } from '../../platform/settings.js';
import type { TimelineSession } from './session.js';

export interface CutRequest {
  readonly mode: CutMode;
  readonly label: string;
  /** `cut`: a folder; otherwise the file to write. */
  readonly target: vscode.Uri;
}

/**
 * Writes the parts of a recording where a label can be heard, or, where that is not known, which it covers, corrections included, in a process of its own: all files or
 * none. Throws what decoding and writing throw, and `CANCELLED`.
 */
export async function cut(
  session: TimelineSession,
  { mode, label, target }: CutRequest,
  signal: AbortSignal,
  onProgress?: (doneSeconds: number, totalSeconds: number | undefined) => void,
): Promise<readonly CutFile[]> {
  const { path, name } = await session.media.recording();
  const { ffmpegPath } = readSettings();
  const { segmentsWherePresent } = await loadCore();
  const tracks = session.report?.report.tracks;
  return runJob(
    'cut',
    {
      path,
      name,
      mode,
      label,
      segments:
        tracks === undefined ? session.segments : segmentsWherePresent(session.segments, tracks, label),
      output: target.fsPath,
      baseName: stemOf(session.uri),
      ...(ffmpegPath === undefined ? {} : { ffmpegPath }),
    },
    {
      name,
      signal,
      onEvent: ({ progress }) => onProgress?.(progress.doneSeconds, progress.totalSeconds),
    },
  );
}

/** Asks what to cut and where to, and does it under a notification that can cancel it. */
export async function cutAudio(session: TimelineSession): Promise<void> {
  const request = await ask(session);
  if (request === undefined) return;
  const { isEcapaError } = await loadCore();
  const files = await withProgress(
    vscode.l10n.t('Cutting {0}', basename(session.uri.path)),
    async (report, signal) => {
      try {
        return await cut(session, request, signal, (done, total) => {
          if (total !== undefined) report({ share: done / total });
        });
      } catch (error) {
        if (isEcapaError(error) && error.code === 'CANCELLED') return undefined;
        throw error;
      }
    },
  );
  if (files === undefined) return;
  const [first] = files;
  if (first === undefined) {
    void showInformation(
      vscode.l10n.t('There is no {0} in this recording, so nothing was written.', request.label),
    );
    return;
  }
  const show = vscode.l10n.t('Show in Explorer');
  const message =
    files.length === 1
      ? vscode.l10n.t('Written: {0}', vscode.workspace.asRelativePath(first.path))
      : vscode.l10n.t(
          '{0} files written to {1}',
          files.length,
          vscode.workspace.asRelativePath(request.target),
        );
  if ((await showInformation(message, show)) === show)
    await vscode.commands.executeCommand('revealInExplorer', vscode.Uri.file(first.path));
}

async function ask(session: TimelineSession): Promise<CutRequest | undefined> {
  const title = vscode.l10n.t('Cut Audio');
  const heard = Object.entries(session.report?.report.tracks ?? {}).filter(([, spans]) => spans.length > 0);
  const names = [...session.segments.map(({ label }) => label), ...heard.map(([label]) => label)];
  const present = [...new Set(names)].filter((label) => label !== GAP_LABEL);
  if (session.status.state !== 'done' || present.length === 0) {
    void showInformation(vscode.l10n.t('There is no whole timeline yet. Let the analysis finish first.'));
    return undefined;
  }
  if (session.status.staleReason === 'file') {
    void showWarning(
      vscode.l10n.t('The file has changed since it was analysed. Analyse it again before cutting it.'),
    );
    return undefined;
  }
  const labels = present.map((name) => ({ label: name }));
  const label = (await pickOne(labels, { title, placeHolder: vscode.l10n.t('Which label?') }))?.label;
  if (label === undefined) return undefined;
  const modes: { readonly mode: CutMode; readonly label: string; readonly detail: string }[] = [
    {
      mode: 'cut',
      label: vscode.l10n.t('A file for each segment'),
      detail: vscode.l10n.t('WAV files in a folder, named by time'),
    },
    {
      mode: 'keep',
      label: vscode.l10n.t('One file without the rest'),
      detail: vscode.l10n.t('All {0} joined in one WAV file', label),
    },
    {
      mode: 'mask',
      label: vscode.l10n.t('One file with the rest silenced'),
      detail: vscode.l10n.t('As long as the recording; times stay as they are'),
    },
  ];
  const mode = (await pickOne(modes, { title }))?.mode;
  if (mode === undefined) return undefined;
  const target = await askForTarget(session, mode, label, title);
  return target === undefined ? undefined : { mode, label, target };
}

async function askForTarget(
  session: TimelineSession,
  mode: CutMode,
  label: string,
  title: string,
): Promise<vscode.Uri | undefined> {
  const folder = vscode.Uri.joinPath(session.uri, '..');
  const isOnDisk = session.uri.scheme === 'file';
  if (mode !== 'cut')
    return vscode.window.showSaveDialog({
      title,
      filters: { WAV: ['wav'] },
      ...(isOnDisk
        ? { defaultUri: vscode.Uri.joinPath(folder, `${stemOf(session.uri)}.${fileSafe(label)}.wav`) }
        : {}),
    });
  const [chosen] =
    (await vscode.window.showOpenDialog({
      title,
      canSelectFolders: true,
      canSelectFiles: false,
      openLabel: vscode.l10n.t('Write Here'),
      ...(isOnDisk ? { defaultUri: folder } : {}),
    })) ?? [];
  if (chosen === undefined) return undefined;
  // A folder of their own, which runs over folders pass over: pieces are no recordings.
  const pieces = vscode.Uri.joinPath(chosen, `${stemOf(session.uri)}${PIECES_SUFFIX}`);
  await vscode.workspace.fs.createDirectory(pieces);
  return pieces;
}

function stemOf(uri: vscode.Uri): string {
  return basename(uri.path, extname(uri.path));
}

function fileSafe(label: string): string {
  return label.replace(/[^\p{L}\p{N}_-]+/gu, '_');
}
