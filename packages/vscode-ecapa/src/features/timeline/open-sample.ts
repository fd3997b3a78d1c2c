import * as vscode from 'vscode';
import { showInformation } from '../../platform/notifications.js';
import { TIMELINE_VIEW } from '../../platform/view-types.js';

const SAMPLE = 'radio-hour.opus';
/** What VS Code has a player of its own for, so that the timeline is only offered. */
const PLAYED = ['wav', 'mp3', 'ogg', 'oga', 'mp4', 'webm'];

/** `ecapa.openSample`: a copy of the bundled recording, which may be labelled like any other. */
export async function openSample({ extensionUri, globalStorageUri }: vscode.ExtensionContext): Promise<void> {
  const copy = vscode.Uri.joinPath(globalStorageUri, 'sample', SAMPLE);
  const isThere = await vscode.workspace.fs.stat(copy).then(
    () => true,
    () => false,
  );
  if (!isThere)
    await vscode.workspace.fs.copy(vscode.Uri.joinPath(extensionUri, 'media', 'sample', SAMPLE), copy, {
      overwrite: true,
    });
  await vscode.commands.executeCommand('vscode.openWith', copy, TIMELINE_VIEW);
}

/** `ecapa.openByDefault`: a click on any audio file opens its timeline from now on; the setting can be changed back. */
export async function openByDefault(): Promise<void> {
  const section = vscode.workspace.getConfiguration('workbench');
  const { globalValue } = section.inspect<Record<string, string>>('editorAssociations') ?? {};
  const associations = Object.fromEntries(PLAYED.map((extension) => [`*.${extension}`, TIMELINE_VIEW]));
  await section.update(
    'editorAssociations',
    { ...globalValue, ...associations },
    vscode.ConfigurationTarget.Global,
  );
  const open = vscode.l10n.t('Open Settings');
  const message = vscode.l10n.t(
    'Audio opens in the timeline now. “workbench.editorAssociations” changes that.',
  );
  void showInformation(message, open).then((answer) => {
    if (answer === open)
      void vscode.commands.executeCommand('workbench.action.openSettings', 'workbench.editorAssociations');
  });
}
