import * as vscode from 'vscode';
import { EXPLORER_EXTENSIONS, isAudioFile } from './audio-files.js';
import { copiedPaths } from './explorer-selection.js';
import type { FileRows } from './file-rows.js';
import { pickOne } from './quick-picks.js';
import { selectedUris } from './selected-uris.js';
import { readSettings } from './settings.js';

/** What a keyboard shortcut passes to a command: which list has the focus. */
export type Focus = 'explorer' | 'results';

/**
 * The files and folders a command is meant for: what was clicked or selected in the Explorer, in an editor's
 * title or in the results; by a shortcut, what is selected where the focus is; from the palette, the audio in
 * the active editor. Empty when there is none of this.
 */
export async function targetUris(
  { rows }: { readonly rows: FileRows },
  clicked: unknown,
  selection: unknown,
): Promise<readonly vscode.Uri[]> {
  if (clicked === 'explorer') return explorerSelection();
  if (clicked === 'results') return parsed(rows.selectedUris);
  const all = Array.isArray(selection) ? selection : undefined;
  if (rows.isRow(clicked)) return parsed(rows.urisOf(all?.filter((one) => rows.isRow(one)) ?? [clicked]));
  if (clicked instanceof vscode.Uri)
    return selectedUris(
      clicked,
      all?.filter((one) => one instanceof vscode.Uri),
    );
  return selectedUris(undefined, undefined).filter((uri) => isAudioFile(uri));
}

/** Asks for audio files on the machine where the extension runs. */
export async function pickFiles(): Promise<readonly vscode.Uri[]> {
  const extensions = [...EXPLORER_EXTENSIONS, ...readSettings().extraExtensions].map((one) => one.slice(1));
  const picked = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Classify audio files'),
    openLabel: vscode.l10n.t('Classify'),
    canSelectMany: true,
    filters: { [vscode.l10n.t('Audio')]: extensions, [vscode.l10n.t('All files')]: ['*'] },
  });
  return picked ?? [];
}

/** The only folder of the workspace, the one of several that the user picks, or one from a dialog. */
export async function pickFolder(): Promise<readonly vscode.Uri[]> {
  const folders = vscode.workspace.workspaceFolders ?? [];
  if (folders.length > 1) {
    const items = folders.map(({ name, uri }) => ({
      label: name,
      description: uri.fsPath,
      iconPath: vscode.ThemeIcon.Folder,
      uris: [uri],
    }));
    const all = {
      label: vscode.l10n.t('All Folders'),
      description: '',
      iconPath: new vscode.ThemeIcon('root-folder'),
      uris: folders.map(({ uri }) => uri),
    };
    const placeHolder = vscode.l10n.t('Which folder is to be classified?');
    return (await pickOne([all, ...items], { placeHolder }))?.uris ?? [];
  }
  const [only] = folders;
  if (only !== undefined) return [only.uri];
  const picked = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Classify a folder'),
    openLabel: vscode.l10n.t('Classify'),
    canSelectFiles: false,
    canSelectFolders: true,
  });
  return picked ?? [];
}

async function explorerSelection(): Promise<readonly vscode.Uri[]> {
  const paths = await copiedPaths(vscode.env.clipboard, () => vscode.commands.executeCommand('copyFilePath'));
  const [folder] = vscode.workspace.workspaceFolders ?? [];
  const isOnDisk = folder === undefined || folder.uri.scheme === 'file';
  return paths.map((path) => (isOnDisk ? vscode.Uri.file(path) : folder.uri.with({ path })));
}

function parsed(uris: readonly string[]): vscode.Uri[] {
  return uris.map((uri) => vscode.Uri.parse(uri));
}
