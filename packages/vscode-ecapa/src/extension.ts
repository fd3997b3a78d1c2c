import * as vscode from 'vscode';
import { type ResultsApi, registerResults } from './features/classify/register-results.js';
import { ResultStore } from './features/classify/state/result-store.js';
import { registerTeaching, type TeachingApi } from './features/teach/register-teaching.js';
import { registerTimeline, type TimelineApi } from './features/timeline/register-timeline.js';
import { Engine } from './platform/engine/engine.js';

/** What other extensions, and this one's tests, can use. */
export interface EcapaApi {
  readonly engine: Engine;
  readonly store: ResultStore;
  readonly results: ResultsApi;
  readonly teaching: TeachingApi;
  readonly timelines: TimelineApi;
}

let leave: (() => Promise<void>) | undefined;

/** Registration only: everything else is loaded or started on first use. */
export function activate(context: vscode.ExtensionContext): EcapaApi {
  const log = vscode.window.createOutputChannel('ECAPA', { log: true });
  const engine = new Engine();
  const store = new ResultStore();
  const services = { engine, store, log };
  context.subscriptions.push(log, engine, store);
  const results = registerResults(context, services);
  leave = () => results.file.flush();
  const timelines = registerTimeline(context, services);
  const { corrections, editors } = timelines;
  return {
    engine,
    store,
    results,
    teaching: registerTeaching(context, { ...services, corrections, editors }),
    timelines,
  };
}

/** What came in last is kept. */
export async function deactivate(): Promise<void> {
  await leave?.();
}
