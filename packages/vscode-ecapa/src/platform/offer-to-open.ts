import * as vscode from 'vscode';

/** Tells of a file that was written, and opens it when that is asked for: resolves with the answer. */
export async function offerToOpen(message: string, file: vscode.Uri): Promise<void> {
  const open = vscode.l10n.t('Open');
  if ((await vscode.window.showInformationMessage(message, open)) === open)
    await vscode.commands.executeCommand('vscode.open', file);
}
