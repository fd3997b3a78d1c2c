import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { pickOne } from './quick-picks.js';

/** `.ecapa/NAME.json` in the workspace, or what the user chooses. */
export async function askForHeadFile(name: string): Promise<string | undefined> {
  const workspace = vscode.workspace.workspaceFolders?.find(({ uri }) => uri.scheme === 'file');
  if (workspace !== undefined) {
    const path = join(workspace.uri.fsPath, '.ecapa', `${name}.json`);
    const here = {
      label: vscode.workspace.asRelativePath(path),
      iconPath: new vscode.ThemeIcon('file'),
      ...(existsSync(path) && { description: vscode.l10n.t('will be written over') }),
    };
    const elsewhere = {
      label: vscode.l10n.t('Another name or place…'),
      iconPath: new vscode.ThemeIcon('folder-opened'),
    };
    const picked = await pickOne([here, elsewhere], {
      placeHolder: vscode.l10n.t('Where should the head be saved?'),
    });
    if (picked === undefined) return undefined;
    if (picked === here) return path;
  }
  const chosen = await vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.joinPath(workspace?.uri ?? vscode.Uri.file('/'), `${name}.json`),
    filters: { [vscode.l10n.t('Heads')]: ['json'] },
    title: vscode.l10n.t('Where should the head be saved?'),
  });
  return chosen?.fsPath;
}
