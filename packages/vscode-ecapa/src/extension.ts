import * as vscode from 'vscode';
import { classify } from './commands/classify.js';
import { Engine } from './engine/engine.js';
import { ResultStore } from './results/result-store.js';
import { registerTeaching, type TeachingApi } from './teach/register-teaching.js';
import { registerTimeline, type TimelineApi } from './timeline/register-timeline.js';
import { ResultsTree } from './views/results-tree.js';

/** What other extensions, and this one's tests, can use. */
export interface EcapaApi {
  readonly engine: Engine;
  readonly store: ResultStore;
  readonly teaching: TeachingApi;
  readonly timelines: TimelineApi;
}

/** Registration only: everything else is loaded or started on first use. */
export function activate(context: vscode.ExtensionContext): EcapaApi {
  const log = vscode.window.createOutputChannel('ECAPA', { log: true });
  const engine = new Engine();
  const store = new ResultStore();
  const services = { engine, store, log };
  context.subscriptions.push(
    log,
    engine,
    store,
    vscode.window.createTreeView('ecapa.results', {
      treeDataProvider: new ResultsTree(store),
      canSelectMany: true,
    }),
    vscode.commands.registerCommand('ecapa.classify', (clicked?: vscode.Uri, all?: vscode.Uri[]) =>
      classify(services, clicked, all),
    ),
    vscode.commands.registerCommand('ecapa.classifyFolder', (clicked?: vscode.Uri, all?: vscode.Uri[]) =>
      classify(services, clicked, all),
    ),
  );
  return {
    engine,
    store,
    teaching: registerTeaching(context, services),
    timelines: registerTimeline(context, services),
  };
}
