import * as vscode from 'vscode';
import { showInformation } from '../../../platform/notifications.js';
import { begin } from '../../../platform/report-failure.js';
import { addClass, type ClassClip, removeClass, removeClips, renameClass } from '../state/class-list.js';
import { askForName, moveClipsTo, pickClass, type TeachServices } from '../state/marking.js';
import type { ClassNode } from '../views/classes-tree.js';

/** `ecapa.addClass` */
export async function newClass({ classes }: TeachServices): Promise<void> {
  const name = await askForName(classes);
  if (name !== undefined) await classes.update((list) => addClass(list, name));
}

/** `ecapa.renameClass` */
export async function rename({ classes }: TeachServices, node: ClassNode | undefined): Promise<void> {
  if (node?.kind !== 'class') return;
  const name = await askForName(classes, node.name);
  if (name !== undefined) await classes.update((list) => renameClass(list, node.name, name));
}

/** `ecapa.removeFromClasses`: whole classes and single clips; the files themselves stay. */
export async function remove(
  { classes, log }: TeachServices,
  node: ClassNode | undefined,
  selection: readonly ClassNode[] | undefined,
): Promise<void> {
  const nodes = nodesOf(node, selection);
  const names = nodes.flatMap((one) => (one.kind === 'class' ? [one.name] : []));
  const before = classes.list;
  await classes.update((list) =>
    removeClips(
      names.reduce((left, name) => removeClass(left, name), list),
      clipsOf(nodes),
    ),
  );
  const isWorthUndo = before.some(({ name, clips }) => names.includes(name) && clips.length > 0);
  if (isWorthUndo) begin(log, vscode.l10n.t('Undo'), () => offerUndo(classes, before, names));
}

async function offerUndo(
  classes: TeachServices['classes'],
  before: TeachServices['classes']['list'],
  names: readonly string[],
): Promise<void> {
  const undo = vscode.l10n.t('Undo');
  const message = vscode.l10n.t('Removed: {0}. The files stay where they are.', names.join(', '));
  const answer = await showInformation(message, undo);
  if (answer === undo) {
    const removed = before.filter(({ name }) => names.includes(name));
    await classes.update((list) => [
      ...list,
      ...removed.filter(({ name }) => !list.some((one) => one.name === name)),
    ]);
  }
}

/** `ecapa.moveToClass` */
export async function moveToClass(
  services: TeachServices,
  node: ClassNode | undefined,
  selection: readonly ClassNode[] | undefined,
): Promise<void> {
  const clips = clipsOf(nodesOf(node, selection));
  if (clips.length === 0) return;
  const name = await pickClass(services);
  if (name !== undefined) await moveClipsTo(services, name, clips);
}

/** The whole selection when the clicked row is part of it. */
function nodesOf(
  node: ClassNode | undefined,
  selection: readonly ClassNode[] | undefined,
): readonly ClassNode[] {
  if (selection !== undefined && selection.length > 0) return selection;
  return node === undefined ? [] : [node];
}

function clipsOf(nodes: readonly ClassNode[]): ClassClip[] {
  return nodes.flatMap((one) => (one.kind === 'clip' ? [one.clip] : []));
}
