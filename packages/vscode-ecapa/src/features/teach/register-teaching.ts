import * as vscode from 'vscode';
import { moveToClass, newClass, remove, rename } from './commands/edit-classes.js';
import { explain } from './commands/explain.js';
import { markAs } from './commands/mark-as.js';
import { openClip } from './commands/open-clip.js';
import { correctedClips, takeCorrections, takeOver } from './commands/take-corrections.js';
import { trainFrom, trainFromClasses, trainFromFolders } from './commands/train.js';
import type { ClipSpan } from './state/class-list.js';
import { ClassStore } from './state/class-store.js';
import { ClassesDrop } from './state/classes-drop.js';
import { LastTraining } from './state/last-training.js';
import { markClips, type TeachServices } from './state/marking.js';
import { MissingClips } from './state/missing-clips.js';
import { ClassesTree } from './views/classes-tree.js';
import { ReportPage } from './views/report-page.js';

/** What this extension's tests can reach of teaching: what its commands do, without their questions. */
export interface TeachingApi {
  readonly classes: ClassStore;
  readonly missing: MissingClips;
  readonly drop: ClassesDrop;
  readonly report: ReportPage;
  mark(name: string, uris: readonly vscode.Uri[]): ReturnType<typeof markClips>;
  takeCorrections(): ReturnType<typeof takeOver>;
  train(
    ...args: Parameters<typeof trainFrom> extends [unknown, ...infer Rest] ? Rest : never
  ): ReturnType<typeof trainFrom>;
}

/** Registers the view of classes and all commands of teaching. */
export function registerTeaching(
  context: vscode.ExtensionContext,
  frame: Omit<TeachServices, 'classes' | 'context'> & {
    /** Shows a part of a recording whose timeline is open. */
    readonly lookAt: (file: vscode.Uri, span: ClipSpan) => void;
  },
): TeachingApi {
  // Without a folder open there is no storage of a workspace: classes are then the user's own.
  const classes = new ClassStore(context.storageUri ?? context.globalStorageUri, frame.log);
  const missing = new MissingClips(classes);
  const teach: TeachServices = { ...frame, classes, context };
  const report = new ReportPage(teach);
  const trainings = new LastTraining(context.storageUri ?? context.globalStorageUri, frame.log);
  const services = { ...teach, report, trainings, lookAt: frame.lookAt };
  const drop = new ClassesDrop(teach);
  const view = vscode.window.createTreeView('ecapa.classes', {
    treeDataProvider: new ClassesTree(classes, missing),
    dragAndDropController: drop,
    canSelectMany: true,
  });
  const command = <Args extends unknown[]>(
    name: string,
    run: (own: typeof services, ...args: Args) => unknown,
  ): vscode.Disposable => vscode.commands.registerCommand(name, (...args: Args) => run(services, ...args));
  context.subscriptions.push(
    classes,
    missing,
    report,
    view,
    view.onDidChangeVisibility(({ visible }) => visible && void missing.check()),
    command('ecapa.explain', explain),
    command('ecapa.markAs', markAs),
    command('ecapa.addClass', newClass),
    command('ecapa.renameClass', rename),
    command('ecapa.removeFromClasses', remove),
    command('ecapa.moveToClass', moveToClass),
    command('ecapa.takeCorrections', takeCorrections),
    command('ecapa.trainFromFolders', trainFromFolders),
    command('ecapa.trainFromClasses', trainFromClasses),
    command('ecapa.showReport', () => report.reopen()),
    command('ecapa.exportReport', (_, target?: vscode.Uri) => report.export(target)),
    command('ecapa.moveSuspect', (_, clip: string, name?: string) => report.move(clip, name)),
    command('ecapa.openClip', openClip),
    vscode.commands.registerCommand('ecapa.openWalkthrough', () =>
      vscode.commands.executeCommand('workbench.action.openWalkthrough', `${context.extension.id}#start`),
    ),
  );
  return {
    classes,
    missing,
    drop,
    report,
    mark: (name, uris) =>
      markClips(
        services,
        name,
        uris.map((uri) => ({ uri: uri.toString() })),
      ),
    takeCorrections: async () => takeOver(services, await correctedClips(services)),
    train: (source, options) => trainFrom(services, source, options),
  };
}
