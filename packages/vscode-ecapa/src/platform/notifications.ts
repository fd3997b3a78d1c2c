import * as vscode from 'vscode';
import { type ProgressUpdate, ProgressUpdates } from './progress-updates.js';
import { notificationText, plainText } from './shown-text.js';

/** Resolves with the action that was chosen; undefined when the message was closed. */
export async function showInformation(
  message: string,
  ...actions: readonly string[]
): Promise<string | undefined> {
  return vscode.window.showInformationMessage(notificationText(message), ...actions);
}

/** As `showInformation`. */
export async function showWarning(
  message: string,
  ...actions: readonly string[]
): Promise<string | undefined> {
  return vscode.window.showWarningMessage(notificationText(message), ...actions);
}

/** As `showInformation`. */
export async function showError(message: string, ...actions: readonly string[]): Promise<string | undefined> {
  return vscode.window.showErrorMessage(notificationText(message), ...actions);
}

/** Asks in a dialog that must be answered; true when `action` was chosen. */
export async function confirm(message: string, action: string): Promise<boolean> {
  const answer = await vscode.window.showWarningMessage(plainText(message), { modal: true }, action);
  return answer === action;
}

/** A short message in the status bar. */
export function showStatus(message: string): void {
  vscode.window.setStatusBarMessage(plainText(message).replaceAll('$(', '$ ('), 5000);
}

/**
 * Runs a task under a notification that can cancel it. Updates are shown at most four times a second, the last one
 * always. Rejects as the task does.
 */
export async function withProgress<Result>(
  title: string,
  task: (
    report: (update: ProgressUpdate) => void,
    signal: AbortSignal,
    token: vscode.CancellationToken,
  ) => Promise<Result>,
): Promise<Result> {
  const options = {
    location: vscode.ProgressLocation.Notification,
    title: notificationText(title),
    cancellable: true,
  };
  return vscode.window.withProgress(options, async (progress, token) => {
    const abort = new AbortController();
    const cancelled = token.onCancellationRequested(() => abort.abort());
    const updates = new ProgressUpdates((update) => progress.report(update));
    try {
      return await task((update) => updates.add(update), abort.signal, token);
    } finally {
      updates.end();
      cancelled.dispose();
    }
  });
}
