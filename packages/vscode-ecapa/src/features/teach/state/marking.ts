import * as vscode from 'vscode';
import { findAudio } from '../../../platform/audio-files.js';
import type { Engine } from '../../../platform/engine/engine.js';
import type { FileRows } from '../../../platform/file-rows.js';
import { showStatus, showWarning } from '../../../platform/notifications.js';
import { pickOne } from '../../../platform/quick-picks.js';
import { notificationText } from '../../../platform/shown-text.js';
import {
  type ClassClip,
  type ClipSpan,
  moveClips,
  nameProblem,
  type Placement,
  placeClips,
} from './class-list.js';
import type { ClassStore } from './class-store.js';

/** What people have put right, for teaching to learn from. */
export interface CorrectionSource {
  /** Whole recordings, by their `Uri.toString()`. */
  recordings(): readonly { readonly uri: string; readonly label: string }[];
  /** Parts of recordings. Rejects when they cannot be read. */
  segments(): Promise<readonly (ClipSpan & { readonly uri: string; readonly label: string })[]>;
}

/** What teaching works with. */
export interface TeachServices {
  readonly engine: Engine;
  readonly rows: FileRows;
  readonly corrections: CorrectionSource;
  readonly classes: ClassStore;
  readonly log: vscode.LogOutputChannel;
  readonly context: vscode.ExtensionContext;
}

/** Whole-file clips of what was selected: files as they are, folders for the audio in them. */
export async function clipsOfUris(
  { log }: Pick<TeachServices, 'log'>,
  uris: readonly vscode.Uri[],
  token: vscode.CancellationToken,
): Promise<ClassClip[]> {
  const files = await findAudio(uris, token, (folder, error) =>
    log.warn(`${folder.toString(true)}: ${String(error)}`),
  );
  return files.map((file) => ({ uri: file.toString() }));
}

/**
 * Puts clips into a class. Those that are in another one are refused, and a message names them and offers to
 * move them; it is not waited for.
 */
export async function markClips(
  services: Pick<TeachServices, 'classes'>,
  name: string,
  clips: readonly ClassClip[],
): Promise<Omit<Placement, 'list'>> {
  let placement: Placement | undefined;
  await services.classes.update((list) => {
    placement = placeClips(list, name, clips);
    return placement.added.length === 0 ? list : placement.list;
  });
  const { added = [], refused = [] } = placement ?? {};
  if (refused.length > 0) void tellRefused(services, name, refused);
  else if (added.length > 0) {
    showStatus(
      added.length === 1
        ? vscode.l10n.t('1 clip added to “{0}”', name)
        : vscode.l10n.t('{0} clips added to “{1}”', added.length, name),
    );
  }
  return { added, refused };
}

async function tellRefused(
  services: Pick<TeachServices, 'classes'>,
  name: string,
  refused: Placement['refused'],
): Promise<void> {
  const [first] = refused;
  if (first === undefined) return;
  const file = vscode.workspace.asRelativePath(vscode.Uri.parse(first.clip.uri));
  const message =
    refused.length === 1
      ? vscode.l10n.t(
          '{0} is in class “{1}” already. A clip cannot be in two classes: the head would learn a contradiction.',
          file,
          first.isIn,
        )
      : vscode.l10n.t(
          '{0} clips are in another class already, e.g. {1} in “{2}”. A clip cannot be in two classes: the head would learn a contradiction.',
          refused.length,
          file,
          first.isIn,
        );
  const move = vscode.l10n.t('Move to “{0}”', name);
  const answer = await showWarning(message, move);
  if (answer === move)
    await moveClipsTo(
      services,
      name,
      refused.map(({ clip }) => clip),
    );
}

export async function moveClipsTo(
  { classes }: Pick<TeachServices, 'classes'>,
  name: string,
  clips: readonly ClassClip[],
): Promise<void> {
  await classes.update((list) => moveClips(list, name, clips));
}

/** Asks for one of the classes or the name of a new one. */
export async function pickClass(
  { classes }: Pick<TeachServices, 'classes'>,
  placeHolder = vscode.l10n.t('Which class?'),
): Promise<string | undefined> {
  await classes.load();
  const { list } = classes;
  if (list.length === 0) return askForName(classes);
  const isNew = { label: vscode.l10n.t('New class…'), iconPath: new vscode.ThemeIcon('add') };
  const items = list.map(({ name, clips }) => ({
    label: name,
    description: clips.length === 1 ? vscode.l10n.t('1 clip') : vscode.l10n.t('{0} clips', clips.length),
    iconPath: new vscode.ThemeIcon('tag'),
  }));
  const picked = await pickOne<vscode.QuickPickItem>([...items, isNew], { placeHolder });
  return picked === isNew ? askForName(classes) : picked?.label;
}

/** Asks for a name that no class has yet; `current` is the one that is being changed. */
export async function askForName(classes: ClassStore, current?: string): Promise<string | undefined> {
  await classes.load();
  const name = await vscode.window.showInputBox({
    title: current === undefined ? vscode.l10n.t('New Class') : vscode.l10n.t('Rename Class'),
    prompt: vscode.l10n.t('What is heard in its clips, e.g. “siren”'),
    value: current ?? '',
    validateInput: (text) => {
      const problem = nameProblem(classes.list, text, current);
      if (problem === 'empty') return vscode.l10n.t('Give the class a name.');
      if (problem === 'taken')
        return notificationText(vscode.l10n.t('There is a class “{0}” already.', text.trim()));
      return undefined;
    },
  });
  return name?.trim();
}
