import * as vscode from 'vscode';
import { moveToClass, newClass, remove, rename } from '../commands/edit-classes.js';
import { markAs } from '../commands/mark-as.js';
import { ClassesTree } from '../views/classes-tree.js';
import { ClassStore } from './class-store.js';
import { ClassesDrop } from './classes-drop.js';
import type { TeachServices } from './marking.js';
import { MissingClips } from './missing-clips.js';

/** What this extension's tests can reach of teaching. */
export interface TeachingApi {
  readonly classes: ClassStore;
  readonly missing: MissingClips;
}

/** Registers the view of classes and all commands of teaching. */
export function registerTeaching(
  context: vscode.ExtensionContext,
  frame: Pick<TeachServices, 'engine' | 'store' | 'log'>,
): TeachingApi {
  // Without a folder open there is no storage of a workspace: classes are then the user's own.
  const classes = new ClassStore(context.storageUri ?? context.globalStorageUri, frame.log);
  const missing = new MissingClips(classes);
  const services: TeachServices = { ...frame, classes, context };
  const view = vscode.window.createTreeView('ecapa.classes', {
    treeDataProvider: new ClassesTree(classes, missing),
    dragAndDropController: new ClassesDrop(services),
    canSelectMany: true,
  });
  const command = <Args extends unknown[]>(
    name: string,
    run: (services: TeachServices, ...args: Args) => unknown,
  ): vscode.Disposable => vscode.commands.registerCommand(name, (...args: Args) => run(services, ...args));
  context.subscriptions.push(
    classes,
    missing,
    view,
    view.onDidChangeVisibility(({ visible }) => visible && void missing.check()),
    command('ecapa.markAs', markAs),
    command('ecapa.addClass', newClass),
    command('ecapa.renameClass', rename),
    command('ecapa.removeFromClasses', remove),
    command('ecapa.moveToClass', moveToClass),
  );
  return { classes, missing };
}
