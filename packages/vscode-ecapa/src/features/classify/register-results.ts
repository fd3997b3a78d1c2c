import * as vscode from 'vscode';
import type { Engine } from '../../platform/engine/engine.js';
import { clearFilter, filterResults, groupResults, sortResults } from './commands/arrange-results.js';
import { classify, classifyFolder, reclassifyStale } from './commands/classify.js';
import { clearResults, removeResults } from './commands/clear-results.js';
import { correctLabel } from './commands/correct-label.js';
import { exportResults } from './commands/export-results.js';
import { copyVerdict, openFile, revealFile, showTimeline } from './commands/open-result.js';
import { confirmResults, hearResult, labelResults, undoLabels } from './commands/review-results.js';
import { ArrangementChoice } from './state/arrangement-choice.js';
import { Freshness } from './state/freshness.js';
import { LabelSteps } from './state/label-steps.js';
import type { ResultStore } from './state/result-store.js';
import { ResultsFile } from './state/results-file.js';
import { Runs } from './state/runs.js';
import type { ResultsServices } from './state/services.js';
import { registerClassifyTool } from './tool/classify-tool.js';
import { Decorations } from './views/decorations.js';
import { DragResults } from './views/drag-results.js';
import type { ResultNode } from './views/result-nodes.js';
import { resultRows } from './views/result-rows.js';
import { ResultsTree } from './views/results-tree.js';
import { ViewState } from './views/view-state.js';

/** What this extension's other parts and its tests can reach of the results. */
export interface ResultsApi extends Pick<ResultsServices, 'runs' | 'arrangement' | 'tree' | 'view' | 'rows'> {
  /** Resolves when what an earlier window knew is there and has been compared with the files. */
  readonly restored: Promise<void>;
  readonly file: ResultsFile;
}

/** Registers the view of results with all its commands, the badges and the language-model tool. */
export function registerResults(
  context: vscode.ExtensionContext,
  frame: { readonly engine: Engine; readonly store: ResultStore; readonly log: vscode.LogOutputChannel },
): ResultsApi {
  const { engine, store, log } = frame;
  const arrangement = new ArrangementChoice(context.workspaceState);
  const runs = new Runs(engine, store, log);
  const tree = new ResultsTree(store, arrangement);
  const view: vscode.TreeView<ResultNode> = vscode.window.createTreeView('ecapa.results', {
    treeDataProvider: tree,
    canSelectMany: true,
    showCollapseAll: true,
    dragAndDropController: new DragResults(),
  });
  // Without a folder open there is no storage of a workspace: results are then the user's own.
  const storage = context.storageUri ?? context.globalStorageUri;
  const file = new ResultsFile(storage, store, log);
  const freshness = new Freshness(store, engine, log);
  const services = {
    ...frame,
    runs,
    arrangement,
    tree,
    view,
    rows: resultRows(view),
    labels: new LabelSteps(store),
  };
  const command = <Args extends unknown[]>(
    name: string,
    run: (own: typeof services, ...args: Args) => unknown,
  ): vscode.Disposable => vscode.commands.registerCommand(name, (...args: Args) => run(services, ...args));
  context.subscriptions.push(
    arrangement,
    runs,
    tree,
    view,
    file,
    freshness,
    new Decorations(store),
    new ViewState(services),
    registerClassifyTool(services),
    view.onDidChangeVisibility(({ visible }) => tree.setVisible(visible)),
    command('ecapa.classify', classify),
    command('ecapa.classifyFolder', classifyFolder),
    command('ecapa.reclassifyStale', reclassifyStale),
    command('ecapa.cancel', () => runs.cancelAll()),
    command('ecapa.showTimeline', showTimeline),
    command('ecapa.hearResult', hearResult),
    command('ecapa.openFile', openFile),
    command('ecapa.revealFile', revealFile),
    command('ecapa.copyVerdict', copyVerdict),
    command('ecapa.correctLabel', correctLabel),
    command('ecapa.confirmResults', confirmResults),
    command('ecapa.labelResults', labelResults),
    command('ecapa.undoLabels', undoLabels),
    command('ecapa.removeResults', removeResults),
    command('ecapa.clearResults', clearResults),
    command('ecapa.exportResults', exportResults),
    command('ecapa.sortResults', sortResults),
    command('ecapa.groupResults', groupResults),
    command('ecapa.filterResults', filterResults),
    command('ecapa.clearFilter', clearFilter),
    command('ecapa.showMoreResults', (_, node: ResultNode | undefined) => {
      if (node?.kind === 'more' && node.group !== undefined) tree.showMore(node.group);
    }),
    command('ecapa.showLog', () => log.show()),
  );
  tree.setVisible(view.visible);
  const restored = file.load().then((header) => freshness.start(header));
  return { runs, arrangement, tree, view, rows: services.rows, restored, file };
}
