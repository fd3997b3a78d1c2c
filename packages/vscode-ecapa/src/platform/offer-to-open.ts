import * as vscode from 'vscode';
import { showInformation } from './notifications.js';

/** Reports a file that was written, and opens it on request: resolves with the answer. */
export async function offerToOpen(message: string, file: vscode.Uri): Promise<void> {
  const open = vscode.l10n.t('Open');
  if ((await showInformation(message, open)) === open)
    await vscode.commands.executeCommand('vscode.open', file);
}
