import { basename } from 'node:path/posix';
import * as vscode from 'vscode';
import { loadCore } from '../../../platform/core.js';
import { showInformation } from '../../../platform/notifications.js';
import { pickOne } from '../../../platform/quick-picks.js';
import { clipKey } from './class-list.js';
import { moveClipsTo, pickClass, type TeachServices } from './marking.js';
import type { TrainingOutcome } from './training.js';

/**
 * Puts a clip of a training into another class, which is asked for unless given: in the list of classes when it is there,
 * else by moving its file to that class's folder, which the editor can undo. Resolves to the class, or to
 * undefined when nothing was chosen or the clip came from a list, which only its owner can change.
 *
 * Throws `WRITE_FAILED` when the file cannot be moved.
 */
export async function moveSuspect(
  services: TeachServices,
  { sources, report }: TrainingOutcome,
  clip: string,
  wanted?: string,
): Promise<string | undefined> {
  const source = sources[clip];
  if (source === undefined) return undefined;
  const { classes } = services;
  await classes.load();
  const key = clipKey(source);
  if (classes.list.some(({ clips }) => clips.some((one) => clipKey(one) === key))) {
    const name = wanted ?? (await pickClass(services));
    if (name !== undefined) await moveClipsTo(services, name, [source]);
    return name;
  }
  const folder = classFolder(source.uri, clip);
  if (folder === undefined) {
    void showInformation(
      vscode.l10n.t('{0} came from a list. Change its label there and train again.', clip),
    );
    return undefined;
  }
  const others = report.classes.map(({ label }) => label).filter((label) => label !== folder.label);
  const placeHolder = vscode.l10n.t('Into which class’s folder should the file be moved?');
  const items = others.map((label) => ({ label }));
  const name = wanted ?? (await pickOne(items, { placeHolder }))?.label;
  // A label of the report becomes the name of a folder: one that leads elsewhere does not.
  if (name === undefined || !others.includes(name) || !isFolderName(name)) return undefined;
  const from = vscode.Uri.parse(source.uri);
  const edit = new vscode.WorkspaceEdit();
  const to = vscode.Uri.joinPath(folder.root, name, basename(from.path));
  edit.renameFile(from, to, { overwrite: false });
  if (!(await vscode.workspace.applyEdit(edit))) {
    const { EcapaError } = await loadCore();
    throw new EcapaError(
      'WRITE_FAILED',
      vscode.l10n.t('{0} could not be moved to {1}. Is there a file of that name already?', clip, to.fsPath),
    );
  }
  return name;
}

function isFolderName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !/[\\/]/.test(name);
}

/** The folder of all classes and the clip's own class, when the clip's name begins with it. */
function classFolder(
  uri: string,
  clip: string,
): { readonly root: vscode.Uri; readonly label: string } | undefined {
  const file = vscode.Uri.parse(uri);
  const [label] = clip.split('/');
  if (label === undefined || label === clip || !file.path.endsWith(`/${clip}`)) return undefined;
  return { root: file.with({ path: file.path.slice(0, -clip.length - 1) }), label };
}
