import * as vscode from 'vscode';
import { isAudioFile } from '../../../platform/audio-files.js';
import { showInformation } from '../../../platform/notifications.js';
import { selectedUris } from '../../../platform/selected-uris.js';
import { clipsOfUris, markClips, pickClass, type TeachServices } from '../state/marking.js';

/** `ecapa.markAs`: files, folders or rows of the results, all of which become clips of one class. */
export async function markAs(
  services: TeachServices,
  clicked: unknown,
  selection: readonly unknown[] | undefined,
): Promise<void> {
  const { rows } = services;
  const uris = rows.isRow(clicked)
    ? rows.urisOf(selection ?? [clicked]).map((uri) => vscode.Uri.parse(uri))
    : clicked instanceof vscode.Uri
      ? selectedUris(
          clicked,
          selection?.filter((one) => one instanceof vscode.Uri),
        )
      : selectedUris(undefined, undefined).filter((uri) => isAudioFile(uri)); // from the palette: of the editor
  if (uris.length === 0) {
    void showInformation(vscode.l10n.t('Select audio files in the Explorer or in the results first.'));
    return;
  }
  const search = new vscode.CancellationTokenSource();
  const clips = await clipsOfUris(services, uris, search.token).finally(() => search.dispose());
  if (clips.length === 0) {
    void showInformation(vscode.l10n.t('There is no audio in what was selected.'));
    return;
  }
  const name = await pickClass(
    services,
    clips.length === 1
      ? vscode.l10n.t('Which class is this clip?')
      : vscode.l10n.t('Which class are these {0} clips?', clips.length),
  );
  if (name !== undefined) await markClips(services, name, clips);
}
