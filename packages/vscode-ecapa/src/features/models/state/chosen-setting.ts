import { isAbsolute, relative, sep } from 'node:path';
import * as vscode from 'vscode';
import { showWarning } from '../../../platform/notifications.js';
import { SECTION } from '../../../platform/settings.js';

/**
 * Sets `ecapa.model` or `ecapa.head` for this workspace, or for the user when no folder is open; undefined
 * goes back to the default. A path in the workspace is kept relative to it, so that it holds for everyone.
 */
export async function choose(setting: 'model' | 'head', value: string | undefined): Promise<void> {
  const hasWorkspace = (vscode.workspace.workspaceFolders?.length ?? 0) > 0;
  const section = vscode.workspace.getConfiguration(SECTION);
  const target = hasWorkspace ? vscode.ConfigurationTarget.Workspace : vscode.ConfigurationTarget.Global;
  // What the user set for all workspaces must not come through again.
  const isCovered = hasWorkspace && (section.inspect<unknown>(setting)?.globalValue ?? '') !== '';
  const none = isCovered ? '' : undefined;
  await section.update(setting, value === undefined ? none : portable(value), target);
}

function portable(value: string): string {
  const folder = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
  if (folder === undefined || !isAbsolute(value)) return value;
  const path = relative(folder.uri.fsPath, value);
  if (path.startsWith('..') || isAbsolute(path)) return value;
  return path
    .split(sep)
    .join('/')
    .replace(/^(?!\.)/, './');
}

/** Model and head of an untrusted workspace are not read: shows a message that offers to trust. True when it is trusted. */
export function explainTrust(): boolean {
  if (vscode.workspace.isTrusted) return true;
  const manage = vscode.l10n.t('Manage Workspace Trust');
  const message = vscode.l10n.t(
    'This workspace is not trusted, so only the embedded model and its head are used. Trust it to choose others.',
  );
  void showWarning(message, manage).then((answer) => {
    if (answer === manage) void vscode.commands.executeCommand('workbench.trust.manage');
  });
  return false;
}
